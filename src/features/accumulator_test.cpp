// Every operation with every kind of window against the oracle: random samples, late ones, equal
// times, long silences; merges; snapshots at random places.
#include "features/accumulator.h"

#include <gtest/gtest.h>

#include "core/hash.h"
#include "core/random.h"
#include "features/operations.h"
#include "features/oracle.h"

namespace volant::features {
namespace {

using spec::Op;
using testing::Seen;

struct Case {
    std::string name;
    spec::FeatureDecl feature;
};

std::vector<Case> cases() {
    std::vector<Case> all;
    const Micros windows[] = {1000, kMinute,  100 * kSecond, kHour,
                              kDay, 7 * kDay, 30 * kDay,     kNever};
    for (const Op op : {Op::kCount, Op::kSum, Op::kMean, Op::kMin, Op::kMax, Op::kRatio,
                        Op::kDistinct, Op::kLast, Op::kSince}) {
        for (const Micros window : windows) {
            spec::FeatureDecl f;
            f.op = op;
            f.window = window;
            f.prior_hits = 1;
            f.prior_tries = 4;
            f.sources.resize(op == Op::kRatio ? 2 : 1);
            const std::string name = std::string(operation(op).name) + "_" +
                                     (window == kNever ? "all" : format_duration(window));
            all.push_back({name, f});
            if (op == Op::kLast) {
                f.n = 7;
                all.push_back({name + "_n7", f});
            }
        }
    }
    spec::FeatureDecl decay;
    decay.op = Op::kDecay;
    decay.half_life = kHour;
    all.push_back({"decay", decay});
    return all;
}

// One key's state, and all that it has seen.
struct Subject {
    std::vector<std::uint64_t> bytes;
    std::vector<Seen> seen;
    std::byte* state() { return reinterpret_cast<std::byte*>(bytes.data()); }
};

class AccumulatorTest : public ::testing::TestWithParam<Case> {
  protected:
    AccumulatorTest()
        : feature_(GetParam().feature),
          accumulator_(operation(feature_.op).make(feature_)),
          random_(hash64(GetParam().name)) {}

    Subject subject() const {
        return {std::vector<std::uint64_t>(accumulator_->state_bytes() / 8, 0), {}};
    }
    // A step of the stream: mostly forward by a share of the window, sometimes a silence, often
    // none.
    void pass_time() {
        const Micros length = feature_.window == kNever ? kDay : feature_.window;
        if (random_.chance(0.3)) return;
        now_ += static_cast<Micros>(random_.exponential(static_cast<double>(length) / 50));
        if (random_.chance(0.02)) now_ += length * static_cast<Micros>(random_.below(4));
    }
    void observe(Subject& subject) {
        const Micros length = feature_.window == kNever ? kDay : feature_.window;
        Seen seen;
        seen.time = now_;
        if (random_.chance(0.2)) {
            seen.time -= static_cast<Micros>(random_.below(static_cast<std::uint64_t>(2 * length)));
        }
        seen.lsn = ++lsn_;
        seen.source = feature_.op == Op::kRatio ? static_cast<int>(random_.below(2)) : 0;
        const double number = static_cast<double>(random_.below(200)) * 0.25 - 20;
        if (feature_.op == Op::kRatio || feature_.op == Op::kCount || feature_.op == Op::kSince) {
            seen.value = Value{};
        } else if (feature_.op == Op::kLast && random_.chance(0.5)) {
            seen.value = std::string(random_.below(30), 'x');
        } else {
            seen.value = number;
        }
        std::string encoded;
        Writer(encoded).value(seen.value);
        const Datum datum = read_datum(encoded);
        Sample sample;
        sample.time = seen.time;
        sample.lsn = seen.lsn;
        sample.source = seen.source;
        sample.number = testing::number_of(seen.value.has_number() ? seen : Seen{});
        sample.identity = identity_of(datum);
        sample.datum = &datum;
        accumulator_->observe(subject.state(), sample, arena_);
        subject.seen.push_back(seen);
    }
    void check(Subject& subject, Micros at) {
        const std::byte* state = subject.state();
        const Value found = accumulator_->read({&state, 1}, at, arena_);
        const Value expected = testing::oracle(feature_, subject.seen, at);
        ASSERT_TRUE(testing::agrees(feature_, found, expected))
            << GetParam().name << " at " << at << ": " << describe(found) << ", expected "
            << describe(expected) << " after " << subject.seen.size();
    }
    std::string save(Subject& subject) const {
        std::string out;
        Writer writer(out);
        accumulator_->save(subject.state(), arena_, writer);
        return out;
    }

    spec::FeatureDecl feature_;
    std::unique_ptr<Accumulator> accumulator_;
    Arena arena_;
    Random random_;
    Micros now_ = -40 * kDay;  // crosses the epoch
    log::Lsn lsn_ = 0;
};

TEST_P(AccumulatorTest, AgreesWithBruteForce) {
    Subject subject = this->subject();
    check(subject, now_);
    for (int i = 0; i < 1500; ++i) {
        pass_time();
        observe(subject);
        if (i % 7 == 0) check(subject, now_);
        if (i % 31 == 0) check(subject, now_ + static_cast<Micros>(random_.below(kHour)));
        if (HasFatalFailure()) return;
    }
    accumulator_->release(subject.state(), arena_);
    EXPECT_EQ(arena_.live_bytes(), 0u);
}

TEST_P(AccumulatorTest, MergedStateIsThatOfBothStreams) {
    for (int round = 0; round < 60; ++round) {
        Subject a = subject();
        Subject b = subject();
        for (std::uint64_t i = random_.below(60); i > 0; --i) {
            pass_time();
            observe(random_.chance(0.5) ? a : b);
        }
        const std::byte* both[] = {a.state(), b.state()};
        Subject joined = subject();
        joined.seen = a.seen;
        joined.seen.insert(joined.seen.end(), b.seen.begin(), b.seen.end());
        const Value linked = accumulator_->read(both, now_, arena_);
        ASSERT_TRUE(testing::agrees(feature_, linked, testing::oracle(feature_, joined.seen, now_)))
            << "read together: " << describe(linked);

        accumulator_->merge(a.state(), b.state(), arena_);
        a.seen = joined.seen;
        check(a, now_);
        for (int i = 0; i < 20; ++i) {
            pass_time();
            observe(a);
        }
        check(a, now_);
        if (HasFatalFailure()) return;
        accumulator_->release(a.state(), arena_);
        ASSERT_EQ(arena_.live_bytes(), 0u) << "blocks of the merged state were lost";
    }
}

TEST_P(AccumulatorTest, RestoredStateGoesOnAsTheOldOneWould) {
    Subject subject = this->subject();
    for (int i = 0; i < 600; ++i) {
        pass_time();
        observe(subject);
        if (i % 29 != 0) continue;
        Subject restored = this->subject();
        restored.seen = subject.seen;
        const std::string saved = save(subject);
        Cursor cursor(saved);
        accumulator_->load(restored.state(), arena_, cursor);
        ASSERT_TRUE(cursor.ok() && cursor.done());
        ASSERT_EQ(save(restored), saved);
        accumulator_->release(subject.state(), arena_);
        subject = restored;
        check(subject, now_);
        if (HasFatalFailure()) return;
    }
}

TEST_P(AccumulatorTest, BrokenBytesAreRefusedWithoutHarm) {
    Subject subject = this->subject();
    for (int i = 0; i < 80; ++i) {
        pass_time();
        observe(subject);
    }
    const std::string saved = save(subject);
    for (std::size_t size = 0; size < saved.size(); ++size) {
        Subject cut = this->subject();
        Cursor cursor(std::string_view(saved).substr(0, size));
        accumulator_->load(cut.state(), arena_, cursor);
        ASSERT_FALSE(cursor.ok()) << size << " of " << saved.size();
    }
    for (int i = 0; i < 500; ++i) {
        std::string bent = saved;
        bent[random_.below(bent.size())] ^= static_cast<char>(1 << random_.below(8));
        Subject other = this->subject();
        Cursor cursor(bent);
        accumulator_->load(other.state(), arena_, cursor);
        const std::byte* state = other.state();
        if (cursor.ok()) (void)accumulator_->read({&state, 1}, now_, arena_);  // under asan
    }
}

INSTANTIATE_TEST_SUITE_P(All, AccumulatorTest, ::testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace volant::features
