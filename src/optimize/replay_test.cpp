#include "optimize/replay.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/random.h"
#include "optimize/testing_eras.h"

namespace volant::optimize {
namespace {

using testing::Era;
using testing::Kept;
using testing::KeptLog;
using testing::KeptReader;
using testing::MemoryWeights;
using testing::snapshot_of;

constexpr std::string_view kEarlier = R"yaml(
name: shop
subject: user
entities: { user: {}, book: {} }
events:
  open: { user: id, book: id }
features:
  user.opens: { count: open, by: user }
  book.opens: { count: open, by: book, window: 7d }
models:
  shelf:
    decide: { rank: book }
    outcome: { event: open, within: 10m, otherwise: 0 }
    features: [user.*, book.*]
)yaml";
const std::string kLater = [] {
    std::string yaml(kEarlier);
    return yaml.replace(yaml.find("window: 7d"), 10, "window: 1h");
}();

class Replay : public ::testing::Test {
  protected:
    Replay()
        : folder_(std::filesystem::temp_directory_path() /
                  ("volant_replay_" + std::to_string(::getpid()) + "_" +
                   ::testing::UnitTest::GetInstance()->current_test_info()->name())),
          store_(folder_) {
        std::filesystem::remove_all(folder_);
    }
    ~Replay() override { std::filesystem::remove_all(folder_); }

    void live(Era& era, int records) {
        for (int i = 0; i < records; ++i) {
            const std::string user = "u" + std::to_string(random_.below(9));
            if (random_.chance(0.2)) {
                predictions_.push_back(era.rank(user, {"b0", "b1", "b2", "b3"}));
            } else {
                era.open(user, "b" + std::to_string(random_.below(4)));
            }
        }
    }
    // As a server's keeper would.
    void snapshot(const Era& era) {
        const log::Lsn lsn = era.wheel().lsn();
        ASSERT_TRUE(store_.write(lsn, era.wheel().time(), snapshot_of(era.wheel())).ok());
        ASSERT_TRUE(store_.publish(lsn).ok());
    }
    std::uint64_t predictions(log::Lsn after, log::Lsn through) const {
        return static_cast<std::uint64_t>(
            std::count_if(predictions_.begin(), predictions_.end(),
                          [&](log::Lsn lsn) { return lsn > after && lsn <= through; }));
    }
    ReplayReport verify(log::Lsn oldest) {
        ReplayInput input;
        input.open = [this](log::Lsn from) -> Result<std::unique_ptr<log::Reader>> {
            return std::unique_ptr<log::Reader>(new KeptReader(log_, from));
        };
        input.oldest = oldest;
        input.snapshots = &store_;
        input.weights = [](const spec::Spec&) { return std::make_unique<MemoryWeights>(); };
        input.workspace_seed = Era::kSeed;
        auto report = verify_replay(input);
        VOLANT_CHECK(report.ok());
        return std::move(*report);
    }
    // Expects `exact` and `beyond` and nothing else.
    void expect(log::Lsn oldest, std::uint64_t exact, std::uint64_t beyond) {
        const ReplayReport report = verify(oldest);
        EXPECT_EQ(report.exact, exact);
        EXPECT_EQ(report.beyond_horizon, beyond);
        EXPECT_EQ(report.mismatched, 0u)
            << report.first_mismatch->what << " at lsn " << report.first_mismatch->lsn;
    }

    const std::filesystem::path folder_;
    log::SnapshotStore store_;
    KeptLog log_;
    Random random_{1};
    std::vector<log::Lsn> predictions_;
};

TEST_F(Replay, ALogWithItsBeginningIsProvenByItself) {
    Era first(kEarlier, log_);
    first.begin();
    live(first, 500);
    Era second(kLater, log_);  // folds the log anew
    second.begin();
    live(second, 500);
    expect(1, predictions_.size(), 0);
}

TEST_F(Replay, BehindTheHorizonEveryPredictionIsVerifiedFromItsSnapshot) {
    Era first(kEarlier, log_);
    first.begin();
    live(first, 300);
    snapshot(first);
    const log::Lsn horizon = log_.size();
    live(first, 300);
    snapshot(first);
    live(first, 100);
    const log::Lsn oldest = horizon - 50;  // retention drops whole segments
    expect(oldest, predictions(horizon, log_.size()), predictions(oldest - 1, horizon));
}

TEST_F(Replay, WithoutASnapshotEverythingLiesBeyondTheHorizon) {
    Era first(kEarlier, log_);
    first.begin();
    live(first, 300);
    expect(100, 0, predictions(99, log_.size()));
}

TEST_F(Replay, AnAlteredEventBehindTheHorizonIsSeen) {
    Era first(kEarlier, log_);
    first.begin();
    live(first, 100);
    snapshot(first);
    const log::Lsn horizon = log_.size();
    live(first, 300);
    const auto event =
        std::find_if(log_.begin() + static_cast<std::ptrdiff_t>(horizon), log_.end(),
                     [](const Kept& kept) { return kept.record.type == log::RecordType::kEvent; });
    Kept& altered = *event;
    const std::size_t item = altered.clear.rfind("b");
    altered.clear[item + 1] = altered.clear[item + 1] == '0' ? '1' : '0';
    altered.record.clear = altered.clear;
    const ReplayReport report = verify(horizon + 1);
    EXPECT_GT(report.mismatched, 0u);
    EXPECT_GT(report.first_mismatch->lsn, horizon);
}

TEST_F(Replay, AChangeBehindTheHorizonIsVerifiedFromTheFirstSnapshotOfItsSpecification) {
    Era first(kEarlier, log_);
    first.begin();
    live(first, 300);
    snapshot(first);
    const log::Lsn horizon = log_.size();
    live(first, 200);
    Era second(kLater, log_);
    ASSERT_TRUE(second.wheel().take_over(store_.load(horizon)->state).ok());
    for (std::size_t i = horizon; i < log_.size(); ++i) second.wheel().apply(log_[i].record);
    snapshot(second);  // the runner does, when it has taken a snapshot over
    const log::Lsn changed = log_.size();
    second.begin();
    live(second, 200);
    snapshot(second);
    live(second, 100);
    expect(horizon + 1, predictions(horizon, log_.size()), 0);

    // That snapshot is lost: the predictions up to the next one have nothing to be proven from.
    ASSERT_TRUE(store_.remove(changed).ok());
    const log::Lsn next = store_.list()->back().lsn;
    expect(horizon + 1, predictions(horizon, changed) + predictions(next, log_.size()),
           predictions(changed, next));
}

TEST_F(Replay, AChangeThatLeavesTheFoldsNeedsNoSnapshotOfItsOwn) {
    Era first(kEarlier, log_);
    first.begin();
    live(first, 300);
    snapshot(first);
    const log::Lsn horizon = log_.size();
    live(first, 100);
    Era second(std::string(kEarlier) + "    loop: { explore: 0.5 }\n", log_);
    ASSERT_TRUE(second.wheel().restore(store_.load(horizon)->state).ok());
    second.begin();
    live(second, 200);
    expect(horizon + 1, predictions(horizon, log_.size()), 0);
}

}  // namespace
}  // namespace volant::optimize
