#include "core/bounded_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace volant {
namespace {

TEST(BoundedQueue, KeepsOrderAndTakesEverythingAtOnce) {
    BoundedQueue<int> queue(8);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(queue.push(i), Push::kDone);
    std::vector<int> out = {99};
    EXPECT_TRUE(queue.pop_all(out));
    EXPECT_EQ(out, (std::vector<int>{0, 1, 2, 3, 4}));
    EXPECT_EQ(queue.size(), 0u);
}

TEST(BoundedQueue, RefusesWhenFullAndLeavesTheItem) {
    BoundedQueue<std::unique_ptr<int>> queue(1);
    auto first = std::make_unique<int>(1);
    auto second = std::make_unique<int>(2);
    EXPECT_EQ(queue.push(first), Push::kDone);
    EXPECT_EQ(first, nullptr);
    EXPECT_EQ(queue.push(second), Push::kFull);
    ASSERT_NE(second, nullptr);
    std::vector<std::unique_ptr<int>> out;
    EXPECT_TRUE(queue.pop_all(out));
    EXPECT_EQ(queue.push(second), Push::kDone);
}

TEST(BoundedQueue, ClosesAfterWhatWaits) {
    BoundedQueue<int> queue(8);
    int item = 1;
    queue.push(item);
    queue.close();
    EXPECT_EQ(queue.push(item), Push::kClosed);
    std::vector<int> out;
    EXPECT_TRUE(queue.pop_all(out));
    EXPECT_EQ(out.size(), 1u);
    EXPECT_FALSE(queue.pop_all(out));
}

TEST(BoundedQueue, AnEmptyOneAnswersAfterTheWait) {
    BoundedQueue<int> queue(8);
    std::vector<int> out;
    EXPECT_TRUE(queue.pop_all(out, 1 * kMillisecond));
    EXPECT_TRUE(out.empty());
}

TEST(BoundedQueue, LosesNothingBetweenThreads) {
    constexpr int kProducers = 3, kItems = 20'000;
    BoundedQueue<std::pair<int, int>> queue(64);
    std::vector<std::thread> producers;
    for (int p = 0; p < kProducers; ++p) {
        producers.emplace_back([&queue, p] {
            for (int i = 0; i < kItems; ++i) {
                std::pair<int, int> item{p, i};
                while (queue.push(item) == Push::kFull) std::this_thread::yield();
            }
        });
    }
    std::vector<int> next(kProducers, 0);
    std::vector<std::pair<int, int>> out;
    for (int taken = 0; taken < kProducers * kItems; taken += static_cast<int>(out.size())) {
        ASSERT_TRUE(queue.pop_all(out));
        ASSERT_LE(out.size(), 64u);
        for (const auto& [producer, i] : out)
            EXPECT_EQ(i, next[static_cast<std::size_t>(producer)]++);
    }
    for (auto& producer : producers) producer.join();
    queue.close();
    EXPECT_FALSE(queue.pop_all(out));
}

}  // namespace
}  // namespace volant
