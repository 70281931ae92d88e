#include "feedback/waiting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/random.h"

namespace volant::feedback {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Micros kAlways = 1;  // a time at which all answers of these tests wait

std::vector<log::Lsn> open_at(const Waiting& waiting, Waiting::Key key, Micros time) {
    std::vector<log::Lsn> out;
    for (const Waiting::Answer& answer : waiting.of(key))
        if (answer.waits_at(time)) out.push_back(answer.lsn);
    return out;
}

TEST(Waiting, KeepsTheOrderOfTheLogWhateverTheOrderOfAdding) {
    Waiting waiting;
    for (const log::Lsn lsn : {5, 2, 9}) waiting.add(7, {lsn, 0, 10});
    EXPECT_THAT(open_at(waiting, 7, kAlways), ElementsAre(2, 5, 9));
    EXPECT_THAT(open_at(waiting, 8, kAlways), IsEmpty());
}

TEST(Waiting, AnswersWaitWithinTheirWindow) {
    Waiting waiting;
    waiting.add(7, {1, 10, 20});
    waiting.add(7, {2, 15, 25});
    EXPECT_THAT(open_at(waiting, 7, 9), IsEmpty());
    EXPECT_THAT(open_at(waiting, 7, 10), ElementsAre(1));
    EXPECT_THAT(open_at(waiting, 7, 20), ElementsAre(1, 2));
    EXPECT_THAT(open_at(waiting, 7, 25), ElementsAre(2));
}

TEST(Waiting, WhatIsRemovedWaitsNoMoreAndTheLastTakesTheListAlong) {
    Waiting waiting;
    for (log::Lsn lsn = 1; lsn <= 3; ++lsn) waiting.add(7, {lsn, 0, 10});
    waiting.remove(7, 2);
    waiting.remove(7, 2);
    waiting.remove(7, 99);
    waiting.remove(8, 1);
    EXPECT_THAT(open_at(waiting, 7, kAlways), ElementsAre(1, 3));
    waiting.remove(7, 1);
    EXPECT_THAT(open_at(waiting, 7, kAlways), ElementsAre(3));
    waiting.remove(7, 3);
    EXPECT_EQ(waiting.keys(), 0u);
}

TEST(Waiting, OneThatShowsAnItemTwiceGoesAtOnce) {
    Waiting waiting;
    waiting.add(7, {1, 0, 10});
    waiting.add(7, {2, 0, 10});
    waiting.add(7, {2, 0, 10});
    waiting.remove(7, 2);
    waiting.remove(7, 2);
    EXPECT_THAT(open_at(waiting, 7, kAlways), ElementsAre(1));
}

TEST(Waiting, HoldsWhatAListOfListsWouldHold) {
    Random random(1);
    Waiting waiting;
    std::map<Waiting::Key, std::vector<log::Lsn>> oracle;
    log::Lsn next = 1;
    for (int step = 0; step < 20'000; ++step) {
        const Waiting::Key key = random.below(5);
        std::vector<log::Lsn>& open = oracle[key];
        if (random.chance(step < 10'000 ? 0.6 : 0.4)) {
            waiting.add(key, {next, 0, 10});
            open.push_back(next++);
        } else if (!open.empty()) {
            const auto gone = open.begin() + static_cast<std::ptrdiff_t>(random.below(open.size()));
            waiting.remove(key, *gone);
            open.erase(gone);
        }
        if (step % 97 == 0) {
            ASSERT_EQ(open_at(waiting, key, kAlways), open) << step;
        }
        ASSERT_LE(waiting.of(key).size(), 2 * open.size() + 1) << "what is closed goes in time";
    }
}

// 200,000 answers for one id, closed from the middle: a walk over the list for each would take
// minutes.
TEST(Waiting, ABusyIdClosesAsFastAsAQuietOne) {
    constexpr log::Lsn kMany = 200'000;
    Waiting waiting;
    for (log::Lsn lsn = 1; lsn <= kMany; ++lsn) waiting.add(7, {lsn, 0, 10});
    for (log::Lsn lsn = kMany / 2; lsn >= 1; --lsn) {
        waiting.remove(7, lsn);
        waiting.remove(7, kMany + 1 - lsn);
    }
    EXPECT_EQ(waiting.keys(), 0u);
}

}  // namespace
}  // namespace volant::feedback
