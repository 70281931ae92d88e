#include "deploy/live_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/random.h"
#include "deploy/testing.h"

namespace volant::deploy {
namespace {

using testing::kReturns;
using testing::kShelf;
using testing::Shop;
using testing::shop_yaml;

std::string bytes_of(const model::LinearModel& weights) {
    std::string bytes;
    weights.save(bytes);
    return bytes;
}

// Closed answers about who returns, one after another.
class LiveModelsTest : public ::testing::Test {
  protected:
    feedback::Closed answer(log::Lsn lsn, double outcome, int opens) const {
        feedback::Closed closed;
        closed.lsn = lsn;
        closed.model = kReturns;
        closed.spec_lsn = 1;
        closed.subject = "u" + std::to_string(lsn);
        feedback::ShownItem shown;
        model::Columns::encode(std::vector<Value>{"phone", opens}, shown.row);
        shown.outcome = outcome;
        closed.shown = {shown};
        return closed;
    }
    // `count` answers whose outcome hangs on what is known; the record after each closes it.
    void close(Shop& shop, int count, std::uint64_t seed = 1) {
        Random random(seed);
        for (int i = 0; i < count; ++i) {
            const int opens = static_cast<int>(random.below(4));
            const log::Lsn lsn = ++shop.lsn;
            shop.live.closed(answer(lsn, opens > 1 ? 1 : 0, opens), ++shop.lsn);
        }
    }
    static model::LinearModel fresh(const Shop& shop) {
        return model::LinearModel(shop.spec.models[kReturns].learner);
    }
    static std::string snapshot(const LiveModels& live) {
        std::string bytes;
        live.snapshot(bytes);
        return bytes;
    }
};

TEST_F(LiveModelsTest, JudgesBeforeItLearns) {
    Shop shop;
    shop.weights.keep(1, fresh(shop));
    shop.serve(kReturns, 1);
    const model::Columns columns(shop.spec, kReturns);
    model::LinearModel by_hand = fresh(shop);
    Random random(1);
    for (int i = 0; i < 200; ++i) {
        const int opens = static_cast<int>(random.below(4));
        const double outcome = opens > 1 ? 1 : 0;
        std::vector<model::Term> terms;
        columns.terms(std::vector<Value>{"phone", opens}, 0, terms);
        const double expected = by_hand.loss(by_hand.predict(terms), outcome);
        const log::Lsn lsn = ++shop.lsn;
        shop.live.closed(answer(lsn, outcome, opens), ++shop.lsn);
        ASSERT_EQ(shop.version_losses.size(), static_cast<std::size_t>(i) + 1);
        EXPECT_EQ(shop.version_losses.back().second, expected);
        by_hand.learn(terms, outcome);
    }
    EXPECT_EQ(bytes_of(*shop.live.version(kReturns, 1)->weights), bytes_of(by_hand));
    EXPECT_EQ(shop.live.updates(kReturns), 200u);
    EXPECT_EQ(shop.live.version(kReturns, 1)->learner_lsn, shop.lsn - 1)
        << "the answer, not what closed it";
}

TEST_F(LiveModelsTest, OneThatIsNotOnlineIsJudgedAndStaysAsItWasTrained) {
    Shop shop(shop_yaml("online: true", "online: false"));
    shop.weights.keep(1, fresh(shop));
    shop.serve(kReturns, 1);
    const std::string before = bytes_of(*shop.live.version(kReturns, 1)->weights);
    close(shop, 50);
    EXPECT_EQ(shop.version_losses.size(), 50u);
    EXPECT_EQ(bytes_of(*shop.live.version(kReturns, 1)->weights), before);
    EXPECT_EQ(shop.live.updates(kReturns), 0u);
}

// A version's state is (package, learner lsn): however late it comes, it ends where one that was
// there all along does.
TEST_F(LiveModelsTest, ALateVersionCatchesUpToTheBit) {
    for (const int before : {0, 1, 70, 199}) {
        Shop early, late;
        early.weights.keep(1, fresh(early));
        early.serve(kReturns, 1);
        close(early, 200);

        close(late, before);
        // A training that ends here has learned the first ones.
        model::LinearModel trained = fresh(late);
        const model::Columns columns(late.spec, kReturns);
        Random random(1);
        for (int i = 0; i < before; ++i) {
            const int opens = static_cast<int>(random.below(4));
            std::vector<model::Term> terms;
            columns.terms(std::vector<Value>{"phone", opens}, 0, terms);
            trained.learn(terms, opens > 1 ? 1 : 0);
        }
        const log::Lsn trained_lsn = late.lsn;
        for (int i = before; i < 200; ++i) {
            const int opens = static_cast<int>(random.below(4));
            const log::Lsn lsn = ++late.lsn;
            late.live.closed(answer(lsn, opens > 1 ? 1 : 0, opens), ++late.lsn);
        }
        late.weights.keep(1, trained);
        late.serve(kReturns, 1, trained_lsn);
        EXPECT_EQ(bytes_of(*late.live.version(kReturns, 1)->weights),
                  bytes_of(*early.live.version(kReturns, 1)->weights))
            << before;
    }
}

TEST_F(LiveModelsTest, WhatWasForgottenCannotBeCaughtUpWith) {
    Shop shop;
    close(shop, 100);
    const log::Lsn early = shop.lsn;
    EXPECT_TRUE(shop.live.can_catch_up(kReturns, 0));
    close(shop, 20'000);
    EXPECT_FALSE(shop.live.can_catch_up(kReturns, 0));
    EXPECT_FALSE(shop.live.can_catch_up(kReturns, early - 1));
    EXPECT_TRUE(shop.live.can_catch_up(kReturns, early)) << "all that closed since is there";
    EXPECT_TRUE(shop.live.can_catch_up(kShelf, 0)) << "the other model closed nothing";
}

TEST_F(LiveModelsTest, APackageThatCannotBeReadLeavesNoVersion) {
    Shop shop;
    shop.live.add_version(kReturns, 1, 0);
    EXPECT_EQ(shop.live.version(kReturns, 1), nullptr);
    close(shop, 10);
    EXPECT_TRUE(shop.version_losses.empty());
    EXPECT_EQ(shop.baseline_losses.size(), 10u);
}

TEST_F(LiveModelsTest, RowsOfASpecificationThatIsNotKnownTeachNothing) {
    Shop shop;
    feedback::Closed closed = answer(5, 1, 2);
    closed.spec_lsn = 99;
    shop.live.closed(closed, 6);
    closed.spec_lsn = 1;
    closed.shown[0].row = "no row";
    shop.live.closed(closed, 7);
    closed = answer(8, 1, 2);
    closed.shown[0].outcome.reset();  // nothing came, and `otherwise` says nothing
    shop.live.closed(closed, 9);
    EXPECT_TRUE(shop.baseline_losses.empty());
    EXPECT_EQ(shop.live.baseline(kReturns).answers(), 0u);
}

TEST_F(LiveModelsTest, RowsAreReadAsTheyWereWritten) {
    Shop shop;
    const auto later = *spec::parse_spec([] {
        std::string text = shop_yaml();
        text.replace(text.find("inputs: { device: string }", text.find("returns")), 26,
                     "inputs: { device: string, hour: int }");
        return text;
    }());
    shop.live.add_spec(50, later);
    EXPECT_EQ(shop.live.spec_lsn(), 50u);
    EXPECT_EQ(shop.live.columns(kReturns, 1)->size(), 2u);
    EXPECT_EQ(shop.live.columns(kReturns, 50)->size(), 3u);
    EXPECT_EQ(shop.live.columns(kReturns, 49), nullptr);
    close(shop, 3);  // rows of the first one
    EXPECT_EQ(shop.baseline_losses.size(), 3u);
}

// With the first outcome an item's popularity is counted; the closing must not count it again.
TEST_F(LiveModelsTest, AnOutcomeIsCountedOnce) {
    Shop shop;
    feedback::Closed closed;
    closed.lsn = 5;
    closed.model = kShelf;
    closed.spec_lsn = 1;
    for (const char* book : {"a", "b"}) {
        feedback::ShownItem shown;
        shown.item = book;
        model::Columns::encode(std::vector<Value>{"phone", "u1", book, 0, 0}, shown.row);
        shown.outcome = 0;
        closed.shown.push_back(shown);
    }
    closed.shown[1].outcome = 1;
    closed.shown[1].came = true;
    shop.live.outcome(closed, 1);
    EXPECT_EQ(shop.live.baseline(kShelf).answers(), 1u);
    shop.live.closed(closed, 6);
    EXPECT_EQ(shop.live.baseline(kShelf).answers(), 2u);
}

TEST_F(LiveModelsTest, ASnapshotIsTheWholeState) {
    Shop shop, again;
    close(shop, 300);
    shop.weights.keep(1, fresh(shop));
    shop.serve(kReturns, 1, 200);
    close(shop, 50, 2);
    const std::string bytes = snapshot(shop.live);
    ASSERT_TRUE(again.live.restore(bytes).ok());
    EXPECT_EQ(snapshot(again.live), bytes);
    again.lsn = shop.lsn;
    close(shop, 50, 3);
    close(again, 50, 3);
    EXPECT_EQ(snapshot(again.live), snapshot(shop.live)) << "both go on alike";
    shop.live.drop_version(kReturns, 1);
    EXPECT_EQ(shop.live.version(kReturns, 1), nullptr);
}

TEST_F(LiveModelsTest, ADamagedSnapshotIsRefused) {
    Shop shop;
    close(shop, 5);
    shop.weights.keep(1, fresh(shop));
    shop.serve(kReturns, 1);
    const std::string bytes = snapshot(shop.live);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        Shop other;
        EXPECT_FALSE(other.live.restore(std::string_view(bytes).substr(0, size)).ok()) << size;
    }
    Shop other;
    EXPECT_FALSE(other.live.restore(bytes + "x").ok());
}

}  // namespace
}  // namespace volant::deploy
