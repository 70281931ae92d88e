#include "collect/properties.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/random.h"

namespace volant::collect {
namespace {

using Pairs = std::vector<std::pair<std::string, Value>>;

std::string part(const Pairs& pairs) {
    std::string bytes;
    Writer out(bytes);
    out.varint(pairs.size());
    for (const auto& [name, value] : pairs) {
        out.string(name);
        out.value(value);
    }
    return bytes;
}

Pairs pairs_of(const Properties& properties) {
    Pairs pairs;
    for (const Property& property : properties) pairs.emplace_back(property.name, property.value());
    return pairs;
}

Properties read(std::string_view bytes) {
    Properties properties;
    Cursor in(bytes);
    properties.read(in);
    EXPECT_TRUE(in.ok() && in.done());
    return properties;
}

TEST(Properties, AreTheSameReadNowOrLater) {
    Random random(31);
    Properties later;
    for (int round = 0; round < 500; ++round) {
        Pairs parts[2], both;
        for (Pairs& pairs : parts)
            for (std::uint64_t i = random.below(6); i > 0; --i) {
                const std::string name = "name" + std::to_string(random.below(1000));
                const Value list = List{Value(1), Value("x")};
                pairs.emplace_back(name, random.below(2) == 0 ? Value(1.5) : list);
                both.push_back(pairs.back());
            }
        if (parts[0].empty()) both = parts[1];
        const std::string clear = part(parts[0]), sealed = part(parts[1]);
        later.clear();
        later.read_later(parts[0].size(), std::string_view(clear).substr(1));
        later.read_later(parts[1].size(), std::string_view(sealed).substr(1));
        ASSERT_EQ(later.size(), both.size());
        std::vector<const Property*> found;  // in any order, and none moves
        for (std::uint64_t i = random.below(4); i > 0 && !both.empty(); --i) {
            const std::string& name = both[random.below(both.size())].first;
            found.push_back(later.find(name));
            ASSERT_TRUE(found.back() != nullptr && found.back()->name == name);
            ASSERT_EQ(later.size(), both.size());
        }
        EXPECT_EQ(later.find("nobody"), nullptr);
        for (const Property* property : found) EXPECT_EQ(later.find(property->name), property);
        EXPECT_EQ(pairs_of(later), both);
    }
}

TEST(Properties, OfASameNameTheFirstIsFound) {
    const std::string bytes = part({{"a", Value(1)}, {"a", Value(2)}});
    const Properties now = read(bytes);
    Properties later;
    later.read_later(2, std::string_view(bytes).substr(1));
    EXPECT_EQ(now.find("a")->value(), Value(1));
    EXPECT_EQ(later.find("a")->value(), Value(1));
}

TEST(Properties, ABadPartIsSeen) {
    const std::string bytes = part({{"a", Value("text")}, {"b", Value(2)}});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        Properties properties;
        Cursor in(std::string_view(bytes).substr(0, size));
        properties.read(in);
        EXPECT_FALSE(in.ok()) << size;
    }
}

}  // namespace
}  // namespace volant::collect
