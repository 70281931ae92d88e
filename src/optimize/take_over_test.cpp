// What a wheel of a new specification takes over from a snapshot of an older one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "core/random.h"
#include "optimize/spec_change.h"
#include "optimize/testing_eras.h"

namespace volant::optimize {
namespace {

using ::testing::ElementsAre;
using testing::Era;
using ::testing::HasSubstr;
using testing::KeptLog;
using testing::snapshot_of;

constexpr std::string_view kBefore = R"yaml(
name: before
subject: user
entities: { user: {}, book: { category: category, pages: int } }
events:
  open: { user: id, book: id }
features:
  user.opens:    { count: open, by: user }
  user.recent:   { last: open.book, by: user, n: 3 }
  book.opens:    { count: open, by: book, window: 7d }
  book.category: { attribute: book.category }
  pair.opens:    { count: open, by: [user, book.category] }
models:
  shelf:
    decide: { rank: book }
    outcome: { event: open, within: 10m, otherwise: 0 }
    features: [user.opens, book.*, pair.*]
)yaml";

// Other places for what stays; another window for book.opens; a key, a feature, an attribute, a
// model and an event more; user.recent is gone.
constexpr std::string_view kAfter = R"yaml(
name: after
subject: user
entities: { book: { year: int, category: category }, user: {} }
events:
  close: { user: id, book: id }
  open:  { user: id, book: id }
features:
  pair.opens:    { count: open, by: [user, book.category] }
  book.category: { attribute: book.category }
  book.year:     { attribute: book.year }
  book.opens:    { count: open, by: book, window: 1d }
  user.opened:   { count: open, by: user }
  user.first:    { last: open.book, by: user }
  year.opens:    { count: open, by: book.year }
models:
  other:
    decide: { classify: user }
    outcome: { event: open, within: 1h, otherwise: 0 }
    features: [user.opened]
  shelf:
    decide: { rank: book }
    outcome: { event: open, within: 20m, otherwise: 0 }
    features: [user.opened, book.*, pair.*]
)yaml";

std::string user(std::uint64_t u) {
    return "u" + std::to_string(u);
}
std::string book(std::uint64_t b) {
    return "b" + std::to_string(b);
}
constexpr std::uint64_t kUsers = 15, kBooks = 8;
std::vector<std::string> books() {
    std::vector<std::string> out;
    for (std::uint64_t b = 0; b < kBooks; ++b) out.push_back(book(b));
    return out;
}

struct Open {
    log::Lsn lsn;
    std::string user, book;
};

void live(Era& era, Random& random, int records, std::vector<Open>& opens) {
    for (int i = 0; i < records; ++i) {
        const std::uint64_t what = random.below(20);
        if (what == 0) {
            era.set(book(random.below(kBooks)), "category",
                    Value("c" + std::to_string(random.below(4))));
        } else if (what < 5) {
            era.rank(user(random.below(kUsers)), books());
        } else {
            const std::string u = user(random.below(kUsers)), b = book(random.below(kBooks));
            opens.push_back({era.open(u, b), u, b});
        }
    }
}

class TakeOver : public ::testing::Test {
  protected:
    TakeOver() : before_(kBefore, log_), random_(3) {
        before_.begin();
        live(before_, random_, 600, opens_);
        snapshot_ = snapshot_of(before_.wheel());
        horizon_ = log_.size();
        live(before_, random_, 300, opens_);
    }
    // As a server of the new specification would start, with the snapshot and the log from there.
    Status take_over(Era& era) {
        auto notes = era.wheel().take_over(snapshot_);
        if (!notes.ok()) return std::move(notes).error();
        notes_ = std::move(*notes);
        era.begin();
        return {};
    }

    KeptLog log_;
    Era before_;
    Random random_;
    std::vector<Open> opens_;
    std::string snapshot_;
    log::Lsn horizon_ = 0;
    std::vector<std::string> notes_;
};

TEST_F(TakeOver, WhatStaysIsAsFoldedFromTheBeginning) {
    Era after(kAfter, log_);
    ASSERT_TRUE(take_over(after).ok());
    live(after, random_, 200, opens_);
    Era whole(kAfter, log_);
    whole.begin();
    for (std::uint64_t u = 0; u < kUsers; ++u) {
        for (std::uint64_t b = 0; b < kBooks; ++b) {
            for (const char* feature : {"pair.opens", "book.category", "user.opened"})
                EXPECT_EQ(describe(after.read(feature, user(u), book(b))),
                          describe(whole.read(feature, user(u), book(b))))
                    << feature << " of " << user(u) << " and " << book(b);
        }
    }
    const int shelf = after.spec().model_index("shelf");
    EXPECT_EQ(after.wheel().open().open_count(shelf), whole.wheel().open().open_count(shelf));
    EXPECT_EQ(after.wheel().dedup().count(), whole.wheel().dedup().count());
    EXPECT_EQ(after.wheel().counts().events, whole.wheel().counts().events);
    EXPECT_EQ(after.wheel().controller().figures(shelf).judged,
              whole.wheel().controller().figures(shelf).judged);
    EXPECT_GT(after.wheel().live().baseline(shelf).answers(), 0u);
    EXPECT_EQ(after.wheel().open().open_count(after.spec().model_index("other")), 0u);
}

TEST_F(TakeOver, WhatIsNewCountsFromTheHorizonAndIsNamed) {
    Era after(kAfter, log_);
    ASSERT_TRUE(take_over(after).ok());
    live(after, random_, 200, opens_);  // all of it within the day of book.opens
    std::map<std::string, std::int64_t> of_book;
    std::map<std::string, std::string> last_of;
    for (const Open& open : opens_) {
        if (open.lsn <= horizon_) continue;
        ++of_book[open.book];
        last_of[open.user] = open.book;
    }
    for (std::uint64_t b = 0; b < kBooks; ++b)
        EXPECT_EQ(after.read("book.opens", user(0), book(b)), Value(of_book[book(b)]));
    for (std::uint64_t u = 0; u < kUsers; ++u) {
        const Value expected = last_of.contains(user(u)) ? Value(last_of[user(u)]) : Value();
        EXPECT_EQ(after.read("user.first", user(u), book(0)), expected);
    }
    std::vector<std::string> names;
    for (const Beginning& beginning : after.wheel().beginnings()) {
        names.push_back(beginning.feature);
        EXPECT_EQ(beginning.lsn, horizon_);
        EXPECT_EQ(beginning.time, log_[horizon_ - 1].record.known_at);
    }
    EXPECT_THAT(names, ElementsAre("book.year", "book.opens", "user.first", "year.opens"));
    EXPECT_THAT(notes_, ElementsAre(HasSubstr("feature book.year begins at 1970-"),
                                    HasSubstr("feature book.opens begins"),
                                    HasSubstr("feature user.first begins"),
                                    HasSubstr("feature year.opens begins")));
}

TEST_F(TakeOver, ASnapshotOfWhatWasTakenOverIsTheWholeState) {
    Era after(kAfter, log_);
    ASSERT_TRUE(take_over(after).ok());
    live(after, random_, 50, opens_);
    const std::string bytes = snapshot_of(after.wheel());
    Era again(kAfter, log_);
    ASSERT_TRUE(again.wheel().restore(bytes).ok());
    EXPECT_TRUE(snapshot_of(again.wheel()) == bytes);
    live(after, random_, 100, opens_);
    again.begin();
    EXPECT_TRUE(snapshot_of(again.wheel()) == snapshot_of(after.wheel()));
}

TEST_F(TakeOver, ABeginningFollowsItsFeatureThroughLaterChangesAndNames) {
    Era after(kAfter, log_);
    ASSERT_TRUE(take_over(after).ok());
    snapshot_ = snapshot_of(after.wheel());
    std::string yaml(kAfter);
    yaml.replace(yaml.find("user.first:"), 11, "user.newest:");
    yaml.replace(yaml.find("window: 1d"), 10, "window: 2d");
    Era later(yaml, log_);
    ASSERT_TRUE(take_over(later).ok());
    std::vector<std::pair<std::string, log::Lsn>> found;
    for (const Beginning& beginning : later.wheel().beginnings())
        found.emplace_back(beginning.feature, beginning.lsn);
    const log::Lsn now = after.wheel().lsn();
    EXPECT_THAT(found,
                ElementsAre(std::pair("book.year", horizon_), std::pair("book.opens", now),
                            std::pair("user.newest", horizon_), std::pair("year.opens", horizon_)));
}

TEST_F(TakeOver, WhatCannotBeTakenOverIsSaid) {
    const auto refused = [&](spec::Spec spec) {
        Era era(std::move(spec), log_);
        const Status status = take_over(era);
        EXPECT_FALSE(status.ok());
        EXPECT_EQ(status.error().code, Code::kInvalidSpec);
        return status.error().message;
    };
    std::string yaml(kBefore);
    yaml.replace(yaml.find("rank: book"), 10, "classify: user");
    yaml.replace(yaml.find(", book.*, pair.*"), 16, "");
    EXPECT_THAT(refused(testing::parsed(yaml)),
                HasSubstr("models.shelf.decide: found `classify user`, expected `rank book`"));
    yaml.replace(yaml.find("subject: user"), 13, "subject: book");
    EXPECT_THAT(refused(testing::parsed(yaml)),
                HasSubstr("subject: found `book`, expected `user`"));
    spec::Spec small = testing::parsed(kBefore);
    small.server.entities_max = 10;
    EXPECT_THAT(refused(std::move(small)),
                HasSubstr("server.entities_max: found 10, expected at least 15"));
}

TEST(SameFolds, AreThoseThatNoRecordCanTellApart) {
    const spec::Spec before = testing::parsed(kBefore);
    const auto changed = [&](std::string_view from, std::string_view to) {
        std::string yaml(kBefore);
        yaml.replace(yaml.find(from), from.size(), to);
        return testing::parsed(yaml);
    };
    EXPECT_TRUE(same_folds(before, before));
    EXPECT_TRUE(same_folds(before, changed("name: before", "name: other")));
    EXPECT_TRUE(same_folds(before, changed("features: [user.opens,",
                                           "loop: { holdback: 0.3 }\n    features: [user.opens,")));
    EXPECT_TRUE(same_folds(
        before, changed("name: before", "name: before\nlog: { snapshot_every: 5000 records }")));
    EXPECT_FALSE(same_folds(before, changed("window: 7d", "window: 8d")));
    EXPECT_FALSE(same_folds(before, changed("within: 10m", "within: 11m")));
    EXPECT_FALSE(same_folds(before, changed("pages: int", "pages: double")));
    EXPECT_FALSE(same_folds(
        before, changed("name: before", "name: before\nserver: { entities_max: 1000 }")));
}

}  // namespace
}  // namespace volant::optimize
