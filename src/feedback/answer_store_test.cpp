#include "feedback/answer_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "core/random.h"
#include "feedback/answer_bytes.h"
#include "feedback/closed_queue.h"

namespace volant::feedback {
namespace {

OpenPrediction random_answer(Random& random, log::Lsn lsn) {
    OpenPrediction answer;
    answer.lsn = lsn;
    answer.model = static_cast<int>(random.below(3));
    answer.version = static_cast<std::uint32_t>(random.below(1000));
    answer.arm = static_cast<Arm>(random.below(3));
    answer.sampled = random.chance(0.1);
    answer.spec_lsn = random.below(100);
    answer.predicted_at = static_cast<Micros>(random.below(1u << 30)) * 1000 - 500;
    answer.deadline = answer.predicted_at + static_cast<Micros>(random.below(1u << 30));
    answer.subject = "user-" + std::to_string(random.below(1000));
    for (std::uint64_t i = random.below(4); i > 0; --i) {
        ShownItem& shown = answer.shown.emplace_back();
        shown.item = std::string(random.below(20), 'i');
        // Some are longer than a whole chunk.
        shown.row = std::string(random.chance(0.01) ? 40'000 : random.below(200), 'r');
        shown.score = random.normal();
        shown.propensity = random.chance(0.5) ? 1 : random.uniform();
        if (random.chance(0.3)) shown.outcome = random.normal();
        shown.came = shown.outcome && random.chance(0.5);
    }
    return answer;
}

// The stored form has every field.
std::string bytes_of(const OpenPrediction& answer) {
    std::string bytes;
    Writer writer(bytes);
    put(writer, answer);
    for (const ShownItem& shown : answer.shown) bytes += shown.came ? '1' : '0';
    return bytes;
}

TEST(AnswerBytesTest, NothingIsLost) {
    Random random(1);
    for (int i = 0; i < 2000; ++i) {
        const OpenPrediction answer = random_answer(random, random.next() >> 20);
        std::string packed;
        pack(answer, packed);
        Cursor in(packed);
        EXPECT_EQ(bytes_of(unpack(in)), bytes_of(answer));
        EXPECT_TRUE(in.ok() && in.done());
    }
}

// Against a map: any order of puts, replacements and erasures.
TEST(AnswerStoreTest, IsAMapByLsn) {
    Random random(2);
    AnswerStore store;
    std::map<log::Lsn, std::string> expected;
    for (int step = 0; step < 30'000; ++step) {
        // Phases of growing and of shrinking.
        const bool grows = step / 5'000 % 2 == 0;
        const log::Lsn lsn = 1 + random.below(3000);
        if (random.chance(grows ? 0.8 : 0.3)) {
            const OpenPrediction answer = random_answer(random, lsn);
            store.put(answer);
            expected[lsn] = bytes_of(answer);
        } else {
            EXPECT_EQ(store.erase(lsn), expected.erase(lsn) > 0);
        }
        const log::Lsn looked = 1 + random.below(3000);
        const auto found = store.find(looked);
        const auto known = expected.find(looked);
        ASSERT_EQ(found.has_value(), known != expected.end());
        ASSERT_EQ(store.contains(looked), found.has_value());
        if (found) {
            ASSERT_EQ(bytes_of(*found), known->second);
        }
        ASSERT_EQ(store.count(), expected.size());
    }
    for (const auto& [lsn, bytes] : expected) EXPECT_EQ(bytes_of(*store.find(lsn)), bytes);
    store.clear();
    EXPECT_EQ(store.count(), 0u);
    EXPECT_FALSE(store.find(expected.begin()->first));
}

OpenPrediction small_answer(log::Lsn lsn) {
    OpenPrediction answer;
    answer.lsn = lsn;
    answer.model = 0;
    answer.subject = "u123";
    answer.predicted_at = 1'700'000'000'000'000;
    answer.deadline = answer.predicted_at + 10'000'000;
    answer.shown.emplace_back().row = std::string(24, 'r');
    return answer;
}

TEST(AnswerStoreTest, AnAnswerTakesItsRowAndSomeTensOfBytes) {
    constexpr std::size_t kAnswers = 100'000;
    AnswerStore store;
    for (log::Lsn lsn = 1; lsn <= kAnswers; ++lsn) store.put(small_answer(1'000'000 + lsn));
    EXPECT_LT(store.bytes() / kAnswers, 24u + 64u);
}

TEST(AnswerStoreTest, TheFewThatStayOpenDoNotHoldTheMemoryOfTheManyThatClosed) {
    AnswerStore store;
    for (log::Lsn lsn = 1; lsn <= 100'000; ++lsn) {
        store.put(small_answer(lsn));
        // All but one in two hundred close while their chunk is new, or long after.
        const log::Lsn closing = lsn % 2 == 0 ? lsn : lsn > 5'000 ? lsn - 5'000 : 0;
        if (closing % 200 != 0) store.erase(closing);
    }
    EXPECT_LT(store.count(), 4'000u);
    EXPECT_LT(store.bytes(), std::size_t{1} << 20);
}

TEST(ClosedQueueTest, GivesBackWhatWasPushedOldestFirst) {
    Random random(3);
    ClosedQueue queue;
    std::vector<std::pair<log::Lsn, std::string>> expected;
    const auto bytes = [](const Closed& closed) {
        return bytes_of(closed) + std::to_string(closed.closed_at) +
               (closed.by_outcome ? "o" : "d");
    };
    for (log::Lsn at = 1; at < 3000; ++at) {
        const Closed closed{random_answer(random, at), static_cast<Micros>(random.below(1u << 30)),
                            random.chance(0.5)};
        queue.push(at, closed);
        expected.emplace_back(at, bytes(closed));
        if (queue.size() > 1000) {
            EXPECT_EQ(queue.pop(), expected.front().first);
            expected.erase(expected.begin());
        }
    }
    std::vector<std::pair<log::Lsn, std::string>> found;
    queue.each([&](log::Lsn at, const Closed& closed) { found.emplace_back(at, bytes(closed)); });
    EXPECT_EQ(found, expected);
    while (queue.size() > 0) queue.pop();
    queue.push(7, Closed{});
    EXPECT_EQ(queue.pop(), 7u);
}

}  // namespace
}  // namespace volant::feedback
