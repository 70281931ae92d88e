#include "features/feature_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "features/testing.h"

namespace volant::features {
namespace {

using spec::Op;
using testing::all_features;
using testing::bookshop;
using ::testing::HasSubstr;
using testing::kBook;
using testing::kUser;
using testing::Shop;
using testing::Stream;
using testing::Twin;

constexpr Micros kStart = 1'700'000'000 * kSecond;

collect::EventDraft draft_of(std::string type, std::string user, std::string book, Micros time) {
    collect::EventDraft draft;
    draft.type = std::move(type);
    draft.time = time;
    if (!user.empty()) draft.entities.push_back({kUser, std::move(user)});
    if (!book.empty()) draft.entities.push_back({kBook, std::move(book)});
    return draft;
}

// A shop with the given features alone.
struct SmallShop {
    explicit SmallShop(std::vector<spec::FeatureDecl> features, std::uint64_t entities_max = 1000)
        : spec(bookshop()), shop([&]() -> const spec::Spec& {
              spec.features = std::move(features);
              spec.server.entities_max = entities_max;
              return spec;
          }()) {}
    void observe(const collect::EventDraft& draft) { shop.observe(draft, ++lsn, *draft.time); }
    Value read(int feature, std::string_view user, std::string_view book, Micros at) const {
        return shop.store.read(feature, shop.keys(user, book), at);
    }
    spec::Spec spec;
    Shop shop;
    log::Lsn lsn = 0;
};

void expect_all_agree(const Shop& shop, const Twin& twin, const Keys& keys, Micros at) {
    const std::vector<int> features = all_features(shop.spec);
    std::vector<Value> values(features.size());
    shop.store.read(features, keys, at, values);
    for (const int f : features) {
        const spec::FeatureDecl& decl = shop.spec.features[static_cast<std::size_t>(f)];
        const Value expected = twin.read(decl, keys, at);
        const Value& found = values[static_cast<std::size_t>(f)];
        ASSERT_TRUE(testing::agrees(decl, found, expected))
            << shop.store.describe(f) << " (feature " << f << "): " << describe(found)
            << ", expected " << describe(expected);
        ASSERT_EQ(shop.store.read(f, keys, at), found) << "read alone, feature " << f;
    }
}

class FeatureStoreStream : public ::testing::TestWithParam<int> {};

TEST_P(FeatureStoreStream, EveryFeatureAgreesWithBruteForce) {
    spec::Spec spec = bookshop();
    // Even streams keep fewer ids than there are: the longest unseen are evicted all the time.
    if (GetParam() % 2 == 0) spec.server.entities_max = 9;
    Shop shop(spec);
    Twin twin(shop);
    Stream stream(static_cast<std::uint64_t>(GetParam()));
    for (log::Lsn lsn = 1; lsn <= 700; ++lsn) {
        shop.observe(stream.next(), lsn, stream.known_at(),
                     [&](const collect::EventView& event) { twin.observe(event); });
        if (lsn % 20 != 0) continue;
        const Keys keys = shop.keys(stream.user(), stream.book());
        expect_all_agree(shop, twin, keys, stream.known_at());
        expect_all_agree(shop, twin, keys, stream.known_at() + kHour);
        if (::testing::Test::HasFatalFailure()) return;
    }
    EXPECT_GT(shop.store.dropped_late(), 0u) << "the stream should have tried late events";
}

// Restored at any place, it goes on as if it had never stopped, and writes the same bytes.
TEST_P(FeatureStoreStream, SnapshotsRestoreBitForBit) {
    spec::Spec spec = bookshop();
    if (GetParam() % 2 == 0) spec.server.entities_max = 9;
    Shop straight(spec);
    auto hopping = std::make_unique<Shop>(spec);
    Stream stream(static_cast<std::uint64_t>(GetParam()) + 100);
    const std::vector<int> features = all_features(spec);
    for (log::Lsn lsn = 1; lsn <= 600; ++lsn) {
        const collect::EventDraft draft = stream.next();
        straight.observe(draft, lsn, stream.known_at());
        hopping->observe(draft, lsn, stream.known_at());
        if (!stream.random().chance(0.03)) continue;
        std::string entities, state;
        hopping->entities.snapshot(entities);
        hopping->store.snapshot(state);
        hopping = std::make_unique<Shop>(spec);
        ASSERT_TRUE(hopping->entities.restore(entities).ok());
        ASSERT_TRUE(hopping->store.restore(state).ok());
        std::string straight_state;
        straight.store.snapshot(straight_state);
        ASSERT_EQ(state, straight_state) << "at lsn " << lsn;
        std::vector<Value> a(features.size());
        std::vector<Value> b(features.size());
        const Keys keys = straight.keys(stream.user(), stream.book());
        straight.store.read(features, keys, stream.known_at(), a);
        hopping->store.read(features, keys, stream.known_at(), b);
        ASSERT_EQ(a, b);
    }
}

TEST_P(FeatureStoreStream, RowsAreTheSameReadsCandidateByCandidate) {
    const spec::Spec spec = bookshop();
    Shop shop(spec);
    Stream stream(static_cast<std::uint64_t>(GetParam()) + 200);
    for (log::Lsn lsn = 1; lsn <= 400; ++lsn) shop.observe(stream.next(), lsn, stream.known_at());
    const std::vector<int> features = all_features(spec);
    Rows rows;
    for (const int varying : {kBook, kUser}) {
        std::vector<collect::EntityIndex> candidates = shop.entities.live(varying, 100);
        candidates.push_back(collect::kNoEntity);
        Keys keys = shop.keys("u1", "book-1");
        shop.store.read_rows(features, keys, varying, candidates, stream.known_at(), rows);
        ASSERT_EQ(rows.rows(), candidates.size());
        for (std::size_t row = 0; row < candidates.size(); ++row) {
            keys[static_cast<std::size_t>(varying)] = candidates[row];
            for (std::size_t i = 0; i < features.size(); ++i) {
                ASSERT_EQ(rows.at(row, i), shop.store.read(features[i], keys, stream.known_at()))
                    << "feature " << i << ", row " << row;
            }
        }
    }
    EXPECT_FALSE(rows.shared(0)) << "a user's feature varies with the user";
    const Keys keys = shop.keys("u1", "book-1");
    const collect::EntityIndex nothing[] = {collect::kNoEntity};
    shop.store.read_rows(features, keys, -1, nothing, stream.known_at(), rows);
    for (std::size_t i = 0; i < features.size(); ++i) {
        EXPECT_TRUE(rows.shared(i));
        EXPECT_EQ(rows.at(0, i), shop.store.read(features[i], keys, stream.known_at()));
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, FeatureStoreStream, ::testing::Range(0, 4));

// What was read at a moment is what a replay of the log up to that moment reads.
TEST(FeatureStore, OnlineBackfillAndReplayReadTheSame) {
    const spec::Spec spec = bookshop();
    Shop online(spec);
    Stream stream(7);
    std::vector<std::pair<collect::EventDraft, Micros>> log;
    std::vector<std::vector<Value>> served;
    const std::vector<int> features = all_features(spec);
    const auto serve = [&](const Shop& shop, Micros at) {
        std::vector<Value> values(features.size());
        shop.store.read(features, shop.keys("u1", "book-2"), at, values);
        return values;
    };
    for (log::Lsn lsn = 1; lsn <= 300; ++lsn) {
        const collect::EventDraft draft = stream.next();
        log.emplace_back(draft, stream.known_at());
        online.observe(draft, lsn, stream.known_at());
        served.push_back(serve(online, stream.known_at()));
    }
    for (const std::size_t place : {0u, 57u, 130u, 299u}) {
        Shop replay(spec);
        for (std::size_t i = 0; i <= place; ++i) replay.observe(log[i].first, i + 1, log[i].second);
        EXPECT_EQ(serve(replay, log[place].second), served[place]) << "place " << place;
    }
}

TEST(FeatureStore, TheTimeZoneOfTheMachineDoesNotMatter) {
    const auto bytes = [](const char* zone) {
        setenv("TZ", zone, 1);
        tzset();
        const spec::Spec spec = bookshop();
        Shop shop(spec);
        Stream stream(11);
        for (log::Lsn lsn = 1; lsn <= 200; ++lsn)
            shop.observe(stream.next(), lsn, stream.known_at());
        std::string state;
        shop.store.snapshot(state);
        return state;
    };
    const std::string there = bytes("Asia/Kolkata");
    const std::string here = bytes("UTC");
    unsetenv("TZ");
    tzset();
    EXPECT_EQ(here, there);
}

TEST(FeatureStore, UnknownIdsReadAsEmptyState) {
    const Keys nobody = {collect::kNoEntity, collect::kNoEntity};
    const std::vector<std::pair<Op, Value>> expected = {{Op::kCount, std::int64_t{0}},
                                                        {Op::kSum, 0.0},
                                                        {Op::kMean, {}},
                                                        {Op::kMin, {}},
                                                        {Op::kMax, {}},
                                                        {Op::kRatio, 0.1},
                                                        {Op::kDistinct, std::int64_t{0}},
                                                        {Op::kLast, {}},
                                                        {Op::kSince, {}},
                                                        {Op::kDecay, 0.0}};
    std::vector<spec::FeatureDecl> features;
    for (const auto& [op, value] : expected) {
        features.push_back(testing::feature(op, {{kUser, -1}}, 7 * kDay));
    }
    SmallShop small(features);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(small.shop.store.read(static_cast<int>(i), nobody, kStart), expected[i].second)
            << i;
        EXPECT_EQ(small.shop.store.read(static_cast<int>(i), {}, kStart), expected[i].second) << i;
    }
}

TEST(FeatureStore, FarEdgeMovesInStepsOfABucketAndTheNearEdgeIsExact) {
    SmallShop small({testing::feature(Op::kCount, {{kUser, -1}}, 7 * kDay)});
    const Micros bucket = 3 * kHour;
    const Micros start = kStart / bucket * bucket;
    small.observe(draft_of("read", "u", "b", start + kHour));
    const auto count = [&](Micros at) { return small.read(0, "u", "", at); };
    EXPECT_EQ(count(start + kHour), Value{1});
    EXPECT_EQ(count(start - 1), Value{0}) << "its bucket has not begun";
    EXPECT_EQ(count(start + 7 * kDay - 1), Value{1});
    EXPECT_EQ(count(start + 7 * kDay), Value{0}) << "its bucket has left";
}

TEST(FeatureStore, AClockThatRunsAheadCountsFromArrival) {
    SmallShop small({testing::feature(Op::kCount, {{kUser, -1}}, kMinute),
                     testing::feature(Op::kSince, {{kUser, -1}}, kNever)});
    small.shop.observe(draft_of("read", "u", "b", kStart + 9 * kMinute), 1, kStart);
    EXPECT_EQ(small.read(0, "u", "", kStart), Value{1});
    EXPECT_EQ(small.read(1, "u", "", kStart), Value{0.0});
    small.shop.observe(draft_of("read", "u", "b", kStart), 2, kStart);
    EXPECT_EQ(small.read(0, "u", "", kStart), Value{2}) << "it must not push out the present";
}

TEST(FeatureStore, LateEventsAreDroppedOnlyWhenNoWindowCanHoldThem) {
    SmallShop small({testing::feature(Op::kCount, {{kUser, -1}}, kHour)});
    small.observe(draft_of("read", "u", "b", kStart));
    small.shop.observe(draft_of("read", "u", "b", kStart - 59 * kMinute), 2, kStart);
    EXPECT_EQ(small.shop.store.dropped_late(), 0u);
    EXPECT_EQ(small.read(0, "u", "", kStart), Value{2});
    small.shop.observe(draft_of("read", "u", "b", kStart - 61 * kMinute), 3, kStart);
    EXPECT_EQ(small.shop.store.dropped_late(), 1u);
    EXPECT_EQ(small.read(0, "u", "", kStart), Value{2});
}

TEST(FeatureStore, EqualTimesAreOrderedByTheirPlaceInTheLog) {
    SmallShop small({testing::feature(Op::kLast, {{kUser, -1}}, 7 * kDay)});
    small.observe(draft_of("read", "u", "first", kStart));
    small.observe(draft_of("read", "u", "second", kStart));
    EXPECT_EQ(small.read(0, "u", "", kStart), Value{"second"});
}

TEST(FeatureStore, AnEventCountsUnderTheAttributeThatItsBookHadThen) {
    SmallShop small({testing::feature(Op::kCount, {{kBook, 0}}, kNever)});
    const auto set = [&](const char* category) {
        collect::EventDraft draft =
            draft_of("$set", "", "b", kStart + static_cast<Micros>(small.lsn));
        draft.properties = {{"category", category}};
        small.observe(draft);
    };
    small.observe(draft_of("read", "u", "b", kStart));  // no category yet: counts nowhere
    set("crime");
    small.observe(draft_of("read", "u", "b", kStart));
    EXPECT_EQ(small.read(0, "", "b", kStart), Value{1});
    set("poetry");
    EXPECT_EQ(small.read(0, "", "b", kStart), Value{0});
}

TEST(FeatureStore, PairsBeyondTheBoundDropTheLongestUnseen) {
    // entities_max 4: 16 pairs.
    SmallShop small({testing::feature(Op::kCount, {{kUser, -1}, {kBook, -1}}, kNever)}, 4);
    const auto pair = [&](int i) {
        return std::pair{"u" + std::to_string(i / 4), "b" + std::to_string(i % 4)};
    };
    for (int i = 0; i < 16; ++i)
        small.observe(draft_of("read", pair(i).first, pair(i).second, kStart));
    EXPECT_EQ(small.shop.store.dropped_keys(), 0u);
    EXPECT_EQ(small.read(0, "u0", "b0", kStart), Value{1});
    // With another key of the same kind there would be 17; entities allow only 4 users, so take
    // attributes.
    spec::FeatureDecl by_city = testing::feature(Op::kCount, {{kUser, 0}}, kNever);
    SmallShop cities({by_city}, 4);
    for (int i = 0; i < 17; ++i) {
        collect::EventDraft set = draft_of("$set", "u", "", kStart + i);
        set.properties = {{"city", "c" + std::to_string(i)}};
        cities.observe(set);
        cities.observe(draft_of("read", "u", "b", kStart + i));
    }
    EXPECT_EQ(cities.shop.store.dropped_keys(), 1u);
    collect::EventDraft back = draft_of("$set", "u", "", kStart + 100);
    back.properties = {{"city", "c0"}};
    cities.observe(back);
    EXPECT_EQ(cities.read(0, "u", "", kStart + 100), Value{0}) << "the longest unseen city went";
    back = draft_of("$set", "u", "", kStart + 101);
    back.properties = {{"city", "c1"}};
    cities.observe(back);
    EXPECT_EQ(cities.read(0, "u", "", kStart + 101), Value{1});
}

TEST(FeatureStore, FeaturesThatDifferOnlyInRelationShareTheirState) {
    spec::FeatureDecl own = testing::feature(Op::kCount, {{kUser, -1}}, 7 * kDay);
    spec::FeatureDecl friends = own;
    friends.through = "friend";
    SmallShop one({own});
    SmallShop two({own, friends});
    for (SmallShop* small : {&one, &two}) {
        for (int i = 0; i < 50; ++i)
            small->observe(draft_of("read", "u" + std::to_string(i), "b", kStart + i));
    }
    EXPECT_EQ(one.shop.store.bytes(), two.shop.store.bytes());
}

TEST(FeatureStore, DescribesWindowsAndBounds) {
    SmallShop small({testing::feature(Op::kCount, {{kUser, -1}}, 7 * kDay),
                     testing::feature(Op::kLast, {{kUser, -1}}, 7 * kDay),
                     testing::feature(Op::kDecay, {{kUser, -1}}, kNever),
                     testing::feature(Op::kMax, {{kUser, -1}}, kNever)});
    const FeatureStore& store = small.shop.store;
    EXPECT_EQ(store.describe(0), "count/1: 56 buckets of 3h, at most 344 bytes a key");
    EXPECT_THAT(store.describe(1), HasSubstr("last/1: the last 7d, at most "));
    EXPECT_THAT(store.describe(2), HasSubstr("decay/1: half-life 1h, at most "));
    EXPECT_THAT(store.describe(3), HasSubstr("max/1: all time, at most "));
}

TEST(FeatureStore, RefusesStateOfOtherFeaturesAndBrokenBytes) {
    SmallShop week({testing::feature(Op::kCount, {{kUser, -1}}, 7 * kDay)});
    week.observe(draft_of("read", "u", "b", kStart));
    std::string state;
    week.shop.store.snapshot(state);

    SmallShop day({testing::feature(Op::kCount, {{kUser, -1}}, kDay)});
    const Status other = day.shop.store.restore(state);
    ASSERT_FALSE(other.ok());
    EXPECT_EQ(other.error().code, Code::kConflict);

    for (std::size_t size = 0; size < state.size(); ++size) {
        EXPECT_FALSE(week.shop.store.restore(std::string_view(state).substr(0, size)).ok()) << size;
    }
    EXPECT_FALSE(week.shop.store.restore(state + "x").ok());
    EXPECT_EQ(week.read(0, "u", "", kStart), Value{1}) << "a refused restore changes nothing";
}

TEST(FeatureStore, SumsThatLeaveTheDoublesAreMissing) {
    spec::FeatureDecl sum = testing::feature(Op::kSum, {{kUser, -1}}, kNever);
    SmallShop small({sum});
    for (int i = 0; i < 2; ++i) {
        collect::EventDraft draft = draft_of("read", "u", "b", kStart);
        draft.properties = {{"ms", 1.7e308}};
        small.observe(draft);
    }
    EXPECT_EQ(small.read(0, "u", "", kStart), Value{});
}

}  // namespace
}  // namespace volant::features
