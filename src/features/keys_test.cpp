#include "features/keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <map>
#include <set>

#include "core/random.h"

namespace volant::features {
namespace {

std::uint64_t whole(Key key) {
    return std::uint64_t{key.first} << 32 | key.second;
}

// Puts, sights, erasures, renamings and evictions against a map and a list.
TEST(BoundedKeys, AgreeWithAMapAndAList) {
    constexpr std::size_t kMax = 60;
    BoundedKeys keys(kMax, {true, true});
    std::map<std::uint64_t, Slot> truth;
    std::list<std::uint64_t> by_age;  // oldest first
    std::vector<Slot> free;
    for (Slot slot = kMax; slot-- > 0;) free.push_back(slot);
    Random random(1);
    const auto any_key = [&] {
        return Key{static_cast<std::uint32_t>(random.below(12)),
                   static_cast<std::uint32_t>(random.below(12))};
    };
    for (int step = 0; step < 20'000; ++step) {
        const Key key = any_key();
        const Slot slot = keys.find(key);
        const auto found = truth.find(whole(key));
        ASSERT_EQ(slot, found == truth.end() ? kNoSlot : found->second);
        if (slot == kNoSlot) {
            if (keys.full()) {
                const Slot oldest = keys.oldest();
                ASSERT_EQ(whole(keys.key(oldest)), by_age.front());
                keys.erase(oldest);
                truth.erase(by_age.front());
                by_age.pop_front();
                free.push_back(oldest);
            }
            keys.put(key, free.back());
            truth[whole(key)] = free.back();
            free.pop_back();
            by_age.push_back(whole(key));
        } else if (const double what = random.uniform(); what < 0.1) {
            keys.erase(slot);
            truth.erase(found);
            by_age.remove(whole(key));
            free.push_back(slot);
        } else if (what < 0.2) {
            const Key other = any_key();
            if (keys.find(other) != kNoSlot) continue;
            keys.rekey(slot, other);
            truth.erase(found);
            truth[whole(other)] = slot;
            std::replace(by_age.begin(), by_age.end(), whole(key), whole(other));
        } else {
            keys.seen(slot);
            if (truth.size() * 2 < kMax) continue;  // ages are not kept up yet
            by_age.remove(whole(key));
            by_age.push_back(whole(key));
        }
        ASSERT_EQ(keys.count(), truth.size());
    }
    std::vector<std::uint64_t> ages;
    for (Slot slot = keys.oldest(); slot != kNoSlot; slot = keys.newer(slot)) {
        ages.push_back(whole(keys.key(slot)));
    }
    EXPECT_TRUE(std::equal(ages.begin(), ages.end(), by_age.begin(), by_age.end()));
    // The chains hold every key once, under either part.
    for (const int part : {0, 1}) {
        BoundedKeys copy = keys;
        std::set<std::uint64_t> chained;
        for (std::uint32_t index = 0; index < 12; ++index) {
            for (Slot slot; (slot = copy.any_with(part, index)) != kNoSlot; copy.erase(slot)) {
                const Key key = copy.key(slot);
                EXPECT_EQ(part == 0 ? key.first : key.second, index);
                chained.insert(whole(key));
            }
        }
        EXPECT_EQ(chained.size(), truth.size());
        EXPECT_EQ(copy.count(), 0u);
    }
}

TEST(BoundedKeys, GrowToMany) {
    BoundedKeys keys(1u << 20, {false, false});
    for (std::uint32_t i = 0; i < 50'000; ++i) keys.put({i, i * 7}, i);
    for (std::uint32_t i = 0; i < 50'000; ++i) ASSERT_EQ(keys.find({i, i * 7}), i);
    EXPECT_EQ(keys.find({1, 1}), kNoSlot);
}

TEST(EntityKeys, AreAnArray) {
    EntityKeys keys;
    EXPECT_EQ(keys.find(5), kNoSlot);
    keys.erase(5);
    keys.put(5, 2);
    EXPECT_EQ(keys.find(5), 2u);
    EXPECT_EQ(keys.count(), 1u);
    keys.erase(5);
    EXPECT_EQ(keys.find(5), kNoSlot);
    EXPECT_EQ(keys.count(), 0u);
}

}  // namespace
}  // namespace volant::features
