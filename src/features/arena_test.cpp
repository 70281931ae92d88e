#include "features/arena.h"

#include <gtest/gtest.h>

#include <cstring>

#include "core/random.h"

namespace volant::features {
namespace {

// Every live block keeps its own bytes whatever is taken and given back around it.
TEST(Arena, BlocksDoNotOverlap) {
    struct Live {
        Arena::Block block;
        std::size_t size;
        unsigned char fill;
    };
    Arena arena;
    Random random(2);
    std::vector<Live> live;
    for (int step = 0; step < 5'000; ++step) {
        if (live.size() < 200 || random.chance(0.5)) {
            const std::size_t size =
                1 + random.below(random.chance(0.05) ? Arena::kBlockBytesMax : 300);
            const Live made{arena.allocate(size), size,
                            static_cast<unsigned char>(random.below(256))};
            ASSERT_NE(made.block, 0u);
            ASSERT_EQ(reinterpret_cast<std::uintptr_t>(arena.at(made.block)) % 8, 0u);
            std::memset(arena.at(made.block), made.fill, size);
            live.push_back(made);
        } else {
            const std::size_t i = random.below(live.size());
            for (std::size_t k = 0; k < live[i].size; ++k) {
                ASSERT_EQ(static_cast<unsigned char>(arena.at(live[i].block)[k]), live[i].fill);
            }
            arena.release(live[i].block, live[i].size);
            live[i] = live.back();
            live.pop_back();
        }
    }
    for (const Live& block : live) arena.release(block.block, block.size);
    EXPECT_EQ(arena.live_bytes(), 0u);
}

TEST(Arena, FreedBlocksAreUsedAgain) {
    Arena arena;
    for (int i = 0; i < 100'000; ++i) arena.release(arena.allocate(5'000), 5'000);
    EXPECT_EQ(arena.bytes(), 1u << 20);
}

}  // namespace
}  // namespace volant::features
