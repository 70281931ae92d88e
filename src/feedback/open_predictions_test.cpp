#include "feedback/open_predictions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "feedback/testing.h"

namespace volant::feedback {
namespace {

using testing::answer;
using testing::contracts;
using ::testing::ElementsAre;
using ::testing::Eq;
using testing::event;
using testing::kMood;
using testing::kReturns;
using testing::kShelf;
using testing::kSpends;
using testing::kStars;
using ::testing::Optional;

constexpr Micros kStart = 1'000'000 * kSecond;

class OpenPredictionsTest : public ::testing::Test {
  protected:
    OpenPredictionsTest() : open_(spec_, [this](const Closed& c) { closed_.push_back(c); }) {}

    void give(int model, log::Lsn lsn, Micros at, std::vector<std::string> items = {""},
              std::string subject = "u1") {
        open_.open(answer(spec_, model, lsn, at, std::move(subject), std::move(items)));
    }
    void happen(const std::string& type, Micros at, const std::string& book,
                std::optional<double> stars = {}, const std::string& user = "u1") {
        open_.event(event(spec_, type, at, user, book, stars)->view);
    }
    void identify(const std::string& user, const std::string& anonymous) {
        collect::EventDraft draft;
        draft.type = "$identify";
        draft.entities = {{testing::kUser, user}};
        draft.properties = {{"anonymous", Value(anonymous)}};
        open_.event(collect::testing::Recorded(spec_, draft).view);
    }
    FeedbackState say(log::Lsn lsn, double outcome, const std::string& item = "",
                      Micros at = kStart) {
        Feedback feedback;
        feedback.prediction = lsn;
        feedback.item = item;
        feedback.outcome = outcome;
        return open_.feedback(feedback, at);
    }
    // The outcomes of the only answer that has closed.
    std::vector<std::optional<double>> outcomes() const {
        std::vector<std::optional<double>> out;
        EXPECT_EQ(closed_.size(), 1u);
        if (closed_.empty()) return out;
        for (const ShownItem& shown : closed_.back().shown) out.push_back(shown.outcome);
        return out;
    }
    std::vector<log::Lsn> closed_lsns() const {
        std::vector<log::Lsn> out;
        for (const Closed& closed : closed_) out.push_back(closed.lsn);
        return out;
    }

    spec::Spec spec_ = contracts();
    OpenPredictions open_;
    std::vector<Closed> closed_;
};

TEST_F(OpenPredictionsTest, AnAnswerAboutOneThingClosesAtItsFirstOutcome) {
    give(kReturns, 5, kStart);
    EXPECT_EQ(open_.would(5), FeedbackState::kClosed);
    EXPECT_EQ(say(5, 1, "", kStart + 7), FeedbackState::kClosed);
    EXPECT_THAT(outcomes(), ElementsAre(Optional(1.0)));
    EXPECT_TRUE(closed_[0].by_outcome);
    EXPECT_EQ(closed_[0].closed_at, kStart + 7);
    EXPECT_FALSE(open_.find(5));
    EXPECT_EQ(open_.open_count(kReturns), 0u);
}

TEST_F(OpenPredictionsTest, WhatComesAfterTheFirstOutcomeIsLateAndChangesNothing) {
    give(kReturns, 5, kStart);
    say(5, 0);
    EXPECT_EQ(say(5, 1), FeedbackState::kLate);
    open_.expire(kStart + kDay);
    EXPECT_THAT(outcomes(), ElementsAre(Optional(0.0)));
}

TEST_F(OpenPredictionsTest, WithoutAnOutcomeTheContractsAssumptionHolds) {
    give(kReturns, 5, kStart);
    open_.expire(kStart + kHour - 1);
    EXPECT_TRUE(closed_.empty());
    open_.expire(kStart + kHour);
    EXPECT_THAT(outcomes(), ElementsAre(Optional(0.0)));
    EXPECT_FALSE(closed_[0].by_outcome);
    EXPECT_EQ(closed_[0].closed_at, kStart + kHour);
    EXPECT_EQ(open_.counts(kReturns).expired, 1u);
}

TEST_F(OpenPredictionsTest, WithoutAnAssumptionThereIsNoOutcome) {
    give(kStars, 5, kStart, {"a", "b"});
    happen("rate", kStart + 1, "b", 4);
    open_.expire(kStart + kDay);
    EXPECT_THAT(outcomes(), ElementsAre(Eq(std::nullopt), Optional(4.0)));
}

TEST_F(OpenPredictionsTest, SumAddsUpUntilTheWindowCloses) {
    give(kSpends, 5, kStart);
    EXPECT_EQ(say(5, 2.5), FeedbackState::kOpen);
    happen("rate", kStart + 1, "a", 3);
    EXPECT_EQ(say(5, -1), FeedbackState::kOpen);
    open_.expire(kStart + 2 * kHour);
    EXPECT_THAT(outcomes(), ElementsAre(Optional(4.5)));
}

TEST_F(OpenPredictionsTest, MaxKeepsTheLargest) {
    give(kStars, 5, kStart, {"a"});
    for (const double stars : {3.0, 5.0, 2.0}) happen("rate", kStart + 1, "a", stars);
    open_.expire(kStart + kDay);
    EXPECT_THAT(outcomes(), ElementsAre(Optional(5.0)));
}

TEST_F(OpenPredictionsTest, LastKeepsTheLatestWord) {
    give(kMood, 5, kStart);
    for (const double mood : {3.0, 5.0, 2.0}) EXPECT_EQ(say(5, mood), FeedbackState::kOpen);
    open_.expire(kStart + kDay);
    EXPECT_THAT(outcomes(), ElementsAre(Optional(2.0)));
}

TEST_F(OpenPredictionsTest, ARankingStaysOpenAndHasOneOutcomeAnItem) {
    give(kShelf, 5, kStart, {"a", "b", "c"});
    happen("open", kStart + 1, "b");
    EXPECT_EQ(say(5, 1, "c"), FeedbackState::kOpen);
    EXPECT_EQ(say(5, 0, "c"), FeedbackState::kOpen);  // `first` keeps the first
    EXPECT_TRUE(closed_.empty());
    open_.expire(kStart + 30 * kMinute);
    EXPECT_THAT(outcomes(), ElementsAre(Optional(0.0), Optional(1.0), Optional(1.0)));
}

TEST_F(OpenPredictionsTest, TheLastShowingOfAnItemGetsTheCredit) {
    give(kShelf, 5, kStart, {"a", "b"});
    give(kShelf, 6, kStart + 1, {"b", "c"});
    give(kShelf, 7, kStart + 2, {"c"});
    happen("open", kStart + 3, "b");
    EXPECT_EQ(open_.find(5)->shown[1].outcome, std::nullopt);
    EXPECT_THAT(open_.find(6)->shown[0].outcome, Optional(1.0));
    EXPECT_EQ(open_.counts(kShelf).joined, 1u);
}

TEST_F(OpenPredictionsTest, AnEventFromBetweenTwoShowingsBelongsToTheEarlier) {
    give(kShelf, 5, kStart, {"a"});
    give(kShelf, 6, kStart + kMinute, {"a"});
    happen("open", kStart + 1, "a");  // it happened before the second was given, and came late
    EXPECT_THAT(open_.find(5)->shown[0].outcome, Optional(1.0));
    EXPECT_EQ(open_.find(6)->shown[0].outcome, std::nullopt);
}

TEST_F(OpenPredictionsTest, EveryOpenAnswerAboutAnEntityGetsItsEvent) {
    give(kSpends, 5, kStart);
    give(kSpends, 6, kStart + kMinute);
    happen("rate", kStart + kHour, "a", 3);
    EXPECT_THAT(open_.find(5)->shown[0].outcome, Optional(3.0));
    EXPECT_THAT(open_.find(6)->shown[0].outcome, Optional(3.0));
}

TEST_F(OpenPredictionsTest, OneEventClosesAllAnswersThatWaitForTheFirst) {
    give(kReturns, 5, kStart);
    give(kReturns, 6, kStart + 1);
    happen("open", kStart + 2, "a");
    EXPECT_THAT(closed_lsns(), ElementsAre(5, 6));
}

TEST_F(OpenPredictionsTest, AnEventBeforeTheAnswerOrAfterItsDeadlineIsNotItsOutcome) {
    give(kShelf, 5, kStart, {"a"});
    happen("open", kStart - 1, "a");
    happen("open", kStart + 30 * kMinute + 1, "a");
    EXPECT_EQ(open_.find(5)->shown[0].outcome, std::nullopt);
    EXPECT_EQ(open_.counts(kShelf).unmatched, 2u);
    happen("open", kStart, "a");
    EXPECT_THAT(open_.find(5)->shown[0].outcome, Optional(1.0));
}

TEST_F(OpenPredictionsTest, OthersEventsAndOtherItemsDoNotJoin) {
    give(kShelf, 5, kStart, {"a"});
    happen("open", kStart + 1, "b");
    happen("open", kStart + 1, "a", {}, "u2");
    happen("rate", kStart + 1, "a", 5);
    EXPECT_EQ(open_.find(5)->shown[0].outcome, std::nullopt);
}

TEST_F(OpenPredictionsTest, AfterIdentifyThePersonsEventsAreOutcomesOfWhatTheCookieWasShown) {
    give(kShelf, 5, kStart, {"a"}, "cookie");
    give(kReturns, 6, kStart, {""}, "cookie");
    happen("open", kStart + 1, "a", {}, "ada");
    EXPECT_EQ(open_.find(5)->shown[0].outcome, std::nullopt) << "nobody has said who it is";
    identify("ada", "cookie");
    happen("open", kStart + 2, "a", {}, "ada");
    EXPECT_THAT(open_.find(5)->shown[0].outcome, Optional(1.0));
    EXPECT_THAT(closed_lsns(), ElementsAre(6));
    EXPECT_EQ(open_.counts(kShelf).joined, 1u);
}

TEST_F(OpenPredictionsTest, AndTheCookiesEventsOutcomesOfWhatThePersonWasShown) {
    identify("ada", "cookie");
    give(kSpends, 5, kStart, {""}, "ada");
    give(kSpends, 6, kStart, {""}, "cookie");
    happen("rate", kStart + 1, "a", 2, "cookie");
    happen("rate", kStart + 2, "a", 3, "ada");
    EXPECT_THAT(open_.find(5)->shown[0].outcome, Optional(5.0));
    EXPECT_THAT(open_.find(6)->shown[0].outcome, Optional(5.0));
}

TEST_F(OpenPredictionsTest, TheLastShowingToAnyIdOfThePersonGetsTheCredit) {
    identify("ada", "cookie");
    give(kShelf, 5, kStart, {"a"}, "ada");
    give(kShelf, 6, kStart + 1, {"a"}, "cookie");
    give(kShelf, 7, kStart + 2, {"a"}, "bob");
    happen("open", kStart + 3, "a", {}, "ada");
    EXPECT_EQ(open_.find(5)->shown[0].outcome, std::nullopt);
    EXPECT_THAT(open_.find(6)->shown[0].outcome, Optional(1.0));
    EXPECT_EQ(open_.find(7)->shown[0].outcome, std::nullopt);
}

TEST_F(OpenPredictionsTest, AnEventWithoutTheNumberIsNoOutcome) {
    give(kStars, 5, kStart, {"a"});
    happen("rate", kStart + 1, "a");
    EXPECT_EQ(open_.find(5)->shown[0].outcome, std::nullopt);
    EXPECT_EQ(open_.counts(kStars).unmatched, 1u);
}

TEST_F(OpenPredictionsTest, ANumberBeyondAnyOutcomeIsNoneWhicheverWayItCame) {
    give(kSpends, 5, kStart);
    happen("rate", kStart + 1, "a", 1e200);
    happen("rate", kStart + 1, "a", -1e16);
    EXPECT_EQ(say(5, 1e200), FeedbackState::kOpen);
    EXPECT_EQ(open_.counts(kSpends).unmatched, 2u);
    EXPECT_EQ(open_.counts(kSpends).given, 0u);
    happen("rate", kStart + 2, "a", spec::kOutcomeMax);
    open_.expire(kStart + kDay);
    EXPECT_THAT(outcomes(), ElementsAre(Optional(spec::kOutcomeMax)));
}

TEST_F(OpenPredictionsTest, ClosingsComeInOrderOfDeadlineThenPlace) {
    give(kSpends, 2, kStart);           // due in 2 h
    give(kReturns, 3, kStart + kHour);  // the same moment
    give(kShelf, 4, kStart, {"a"});     // due in 30 min
    give(kReturns, 5, kStart, {""}, "u2");
    EXPECT_EQ(open_.next_deadline(), kStart + 30 * kMinute);
    open_.expire(kStart + kDay);
    EXPECT_THAT(closed_lsns(), ElementsAre(4, 5, 2, 3));
    EXPECT_EQ(open_.next_deadline(), kNever);
}

TEST_F(OpenPredictionsTest, PastTheBoundTheOldestOfTheModelIsDroppedWithoutALabel) {
    spec_.server.open_max = 2;
    give(kShelf, 2, kStart, {"a"});
    give(kReturns, 3, kStart);
    give(kShelf, 4, kStart + 1, {"a"});
    give(kShelf, 5, kStart + 2, {"a"});
    EXPECT_EQ(open_.counts(kShelf).dropped, 1u);
    EXPECT_EQ(open_.open_count(kShelf), 2u);
    EXPECT_FALSE(open_.find(2));
    EXPECT_TRUE(open_.find(3));
    EXPECT_EQ(say(2, 1, "a"), FeedbackState::kLate);
    happen("open", kStart, "a");  // only the dropped one was there by then
    EXPECT_EQ(open_.counts(kShelf).unmatched, 1u);
    open_.expire(kStart + kDay);
    EXPECT_THAT(closed_lsns(), ElementsAre(3, 4, 5));  // 3 by the event
}

TEST_F(OpenPredictionsTest, TheBoundCountsShownItemsAndHasRoomForOneAnswerAlways) {
    spec_.server.open_max = 4;
    give(kShelf, 2, kStart, {"a", "b"});
    give(kShelf, 3, kStart + 1, {"a"});
    give(kShelf, 4, kStart + 2, {"a", "b", "c"});  // room for one more beside it
    EXPECT_FALSE(open_.find(2));
    EXPECT_TRUE(open_.find(3));
    give(kShelf, 5, kStart + 3, {"a", "b", "c", "d", "e"});
    EXPECT_EQ(open_.open_count(kShelf), 1u);
    EXPECT_TRUE(open_.find(5));
    EXPECT_EQ(open_.counts(kShelf).dropped, 3u);
}

TEST_F(OpenPredictionsTest, AnAnswerWithALargeRowCountsAsOneItemForEachKibibyte) {
    spec_.server.open_max = 4;
    give(kReturns, 2, kStart);
    OpenPrediction large = answer(spec_, kReturns, 3, kStart + 1, "u2");
    large.shown[0].row.assign(3 * 1024, 'x');
    open_.open(large);
    EXPECT_TRUE(open_.find(2));
    give(kReturns, 4, kStart + 2);
    EXPECT_FALSE(open_.find(2));
    EXPECT_TRUE(open_.find(3));
    give(kReturns, 5, kStart + 3);
    EXPECT_FALSE(open_.find(3));
    EXPECT_EQ(open_.open_count(kReturns), 2u);
}

TEST_F(OpenPredictionsTest, UnknownPlacesAreLate) {
    EXPECT_EQ(say(99, 1), FeedbackState::kLate);
    EXPECT_EQ(open_.would(99), FeedbackState::kLate);
}

TEST_F(OpenPredictionsTest, AShorterContractClosesItsAnswersInOrderToo) {
    give(kReturns, 2, kStart);
    OpenPrediction shorter = answer(spec_, kReturns, 3, kStart + 1, "u2");
    shorter.deadline = kStart + kMinute;
    open_.open(shorter);
    EXPECT_EQ(open_.next_deadline(), kStart + kMinute);
    open_.expire(kStart + kDay);
    EXPECT_THAT(closed_lsns(), ElementsAre(3, 2));
}

// One id, or nobody in particular, with 100,000 open answers: a walk over all of them for each that
// closes, or for each event that is the outcome of none, would take minutes.
TEST_F(OpenPredictionsTest, ABusySubjectCostsNoMoreThanAQuietOne) {
    constexpr log::Lsn kMany = 50'000;
    for (log::Lsn lsn = 1; lsn <= kMany; ++lsn) {
        give(kReturns, lsn, kStart, {""}, "u1");
        give(kReturns, kMany + lsn, kStart, {""}, "");
    }
    for (int i = 0; i < 1'000; ++i) happen("open", kStart - 1, "a");
    EXPECT_EQ(open_.counts(kReturns).unmatched, 1'000u);
    for (log::Lsn lsn = 2 * kMany; lsn > 10; --lsn) say(lsn, 1);
    EXPECT_EQ(open_.open_count(kReturns), 10u);
    happen("open", kStart + 1, "a");
    EXPECT_EQ(open_.open_count(kReturns), 0u);
    EXPECT_EQ(closed_.size(), 2 * kMany);
}

TEST_F(OpenPredictionsTest, EventsCloseNoAnswersAboutNobody) {
    give(kReturns, 5, kStart, {""}, "");
    happen("open", kStart + 1, "a", {}, "");
    EXPECT_EQ(open_.open_count(kReturns), 1u);
    EXPECT_EQ(say(5, 1), FeedbackState::kClosed);
}

TEST_F(OpenPredictionsTest, DamagedSnapshotsAreRefused) {
    give(kShelf, 5, kStart, {"a", "b"});
    give(kMood, 6, kStart);
    identify("ada", "cookie");
    std::string bytes;
    open_.snapshot(bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        OpenPredictions other(spec_, [](const Closed&) {});
        const Status restored = other.restore(std::string_view(bytes).substr(0, size));
        ASSERT_FALSE(restored.ok()) << size;
        EXPECT_EQ(restored.error().code, Code::kCorrupt);
    }
}

TEST(Contract, Aggregates) {
    using spec::Aggregate;
    for (const auto how : {Aggregate::kFirst, Aggregate::kLast, Aggregate::kSum, Aggregate::kMax})
        EXPECT_THAT(aggregate(how, std::nullopt, -3), Optional(-3.0));
    EXPECT_THAT(aggregate(Aggregate::kFirst, 2, 5), Optional(2.0));
    EXPECT_THAT(aggregate(Aggregate::kLast, 2, 5), Optional(5.0));
    EXPECT_THAT(aggregate(Aggregate::kSum, 2, 5), Optional(7.0));
    EXPECT_THAT(aggregate(Aggregate::kMax, 2, 5), Optional(5.0));
    EXPECT_THAT(aggregate(Aggregate::kMax, 2, -5), Optional(2.0));
}

}  // namespace
}  // namespace volant::feedback
