#include "core/bytes.h"

#include <gtest/gtest.h>

#include "core/random.h"

namespace volant {
namespace {

Value random_value(Random& random, int depth = 0) {
    switch (random.below(depth < 3 ? 8 : 7)) {
        case 0:
            return {};
        case 1:
            return random.chance(0.5);
        case 2:
            return static_cast<std::int64_t>(random.next());
        case 3:
            return random.normal() * 1e6;
        case 4:
            return std::string(random.below(40), 'x');
        case 5:
            return Time{static_cast<Micros>(random.next() >> 8)};
        case 6:
            return Point{random.uniform() * 90, random.uniform() * 180};
        default: {
            List list;
            for (std::uint64_t i = random.below(5); i > 0; --i)
                list.push_back(random_value(random, depth + 1));
            return list;
        }
    }
}

TEST(Bytes, AppendsTextsOfEverySize) {
    std::string all(200, '\0'), expected;
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>(i);
    Bytes bytes;
    for (std::size_t size = 0; size < 100; ++size) {
        const std::string_view text = std::string_view(all).substr(size, size);
        bytes.append(text);
        expected += text;
        ASSERT_EQ(bytes.view(), expected) << size;
    }
}

TEST(Bytes, ValuesComeBackAsTheyWere) {
    Random random(3);
    for (int i = 0; i < 2000; ++i) {
        const Value value = random_value(random);
        std::string bytes;
        Writer(bytes).value(value);
        Cursor cursor(bytes);
        EXPECT_EQ(cursor.value(), value);
        EXPECT_TRUE(cursor.ok() && cursor.done());
        Cursor skipping(bytes);
        skipping.skip_value();
        EXPECT_TRUE(skipping.ok() && skipping.done());
    }
}

TEST(Bytes, BothWritersWriteTheSame) {
    Random random(5);
    std::string text;
    Bytes bytes;
    Writer a(text);
    BytesWriter b(bytes);
    for (int i = 0; i < 2000; ++i) {
        const Value value = random_value(random);
        const std::uint64_t number = random.next() >> random.below(64);
        const auto write = [&](auto& out) {
            out.value(value);
            out.varint(number);
            out.tagged(Type::kInt, number);
            out.string(std::string(number % 50, 'y'));
            out.u8(static_cast<std::uint8_t>(number));
            out.u64(number);
        };
        write(a);
        write(b);
        if (i % 100 == 0) {
            const std::size_t place = number % (text.size() + 1);
            text.insert(place, "inserted");
            bytes.insert(place, "inserted");
        }
    }
    EXPECT_EQ(bytes.view(), text);
    Bytes moved = std::move(bytes);
    EXPECT_EQ(moved.view(), text);
    EXPECT_EQ(bytes.size(), 0u);
    bytes.append("again");
    EXPECT_EQ(bytes.view(), "again");
    moved.clear();
    EXPECT_EQ(moved.view(), "");
}

TEST(Bytes, EveryCutIsNoticed) {
    Random random(4);
    for (int i = 0; i < 200; ++i) {
        std::string bytes;
        Writer(bytes).value(random_value(random));
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            Cursor cursor(std::string_view(bytes).substr(0, size));
            cursor.value();
            EXPECT_FALSE(cursor.ok());
        }
    }
}

TEST(Bytes, RandomBytesNeverReadPastTheEnd) {
    Random random(5);
    for (int i = 0; i < 5000; ++i) {
        std::string bytes(random.below(64), '\0');
        for (char& c : bytes) c = static_cast<char>(random.next());
        Cursor cursor(bytes);
        while (cursor.ok() && !cursor.done()) cursor.value();
    }
}

TEST(Bytes, IntegersComeBackAtTheirEdges) {
    std::string bytes;
    Writer writer(bytes);
    for (const std::int64_t v : {INT64_MIN, INT64_MAX, std::int64_t{0}, std::int64_t{-1}})
        writer.zigzag(v);
    writer.varint(UINT64_MAX);
    Cursor cursor(bytes);
    for (const std::int64_t v : {INT64_MIN, INT64_MAX, std::int64_t{0}, std::int64_t{-1}})
        EXPECT_EQ(cursor.zigzag(), v);
    EXPECT_EQ(cursor.varint(), UINT64_MAX);
    EXPECT_TRUE(cursor.ok() && cursor.done());
}

}  // namespace
}  // namespace volant
