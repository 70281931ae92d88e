#include "spec/canonical.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/random.h"

namespace volant::spec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Spec good(std::string_view text) {
    auto parsed = parse_spec(text);
    EXPECT_TRUE(parsed.ok()) << parsed.error().message << "\n" << text;
    return parsed.ok() ? std::move(parsed).value() : Spec{};
}

// Draws whole specifications from pieces, so that each key meets each other one sooner or later.
class SpecWriter {
  public:
    explicit SpecWriter(std::uint64_t seed) : random_(seed) {}

    std::string draw() {
        std::string text =
            "name: " + pick({"shop", "'12'", "\"a \\\"b\\\"\\\\\"", "书店", "'null'"}) +
            "\nsubject: user\n";
        text += maybe("time: simulated\n") + maybe("time_zone: '-03:30'\n");
        text +=
            "entities:\n  user: {city: category, \"odd name: {}\": int, 'true': bool}\n"
            "  book: {category: string, price: double}\n"
            "events:\n  open: {user: id, book: id, ok: bool, $strict: true}\n"
            "  read: {book: id, user: id, ms: int, price: double, device: string, x: any, at: "
            "time, "
            "'# 1': int}\n";
        text += "features:\n";
        const int features = 1 + static_cast<int>(random_.below(8));
        for (int i = 0; i < features; ++i) {
            const std::string group = pick({"user", "book", "pair", "größe"});
            text += "  " + group + ".f" + std::to_string(i) + ": {" + feature() + "}\n";
        }
        text += "models:\n  m: {" + model() + "}\n";
        return text + machine();
    }

  private:
    std::string pick(std::initializer_list<const char*> choices) {
        return *(choices.begin() + random_.below(choices.size()));
    }
    std::string maybe(const std::string& text, double chance = 0.5) {
        return random_.chance(chance) ? text : std::string();
    }

    std::string window() {
        return maybe(", window: " + pick({"7d", "1h30m", "90s", "1m", "all", "2w", "1.5d"}));
    }
    std::string by() {
        return ", by: " + pick({"user", "book", "[user, book]", "[user, book.category]",
                                "user.city", "[book, 'user.odd name: {}']", "[user.true]"});
    }
    std::string through() { return maybe(", through: friend", 0.2); }
    std::string where() {
        return maybe(
            ", where: {" +
            pick({"ms: {gt: 1000, le: 5000}", "device: mobile", "device: ['1', \"a,b\", 'true']",
                  "x: [1, 1.0, 1e300, true, text, '1', 'null']", "price: {lt: 3, ne: 0.1}",
                  "at: {ge: 2026-01-01T00:00:00.5Z}", "'# 1': 4", "x: {in: 5}, ms: 1"}) +
            "}");
    }

    std::string feature() {
        switch (random_.below(6)) {
            case 0:
                return "count: read, by: [user, book], through: friend" + window() + where();
            case 1:
                return pick({"sum", "mean", "min", "max"}) + ": read." +
                       pick({"ms", "price", "x"}) + by() + window() + where();
            case 2:
                return "ratio: [read, open]" + by() + window() + maybe(", prior: [0.1, 10]");
            case 3:
                return pick({"distinct", "last"}) + ": read." + pick({"book", "device", "user"}) +
                       by() + where();
            case 4:
                return "decay: read" + maybe(".ms") + by() + ", half_life: 36h" + where();
            default:
                return "attribute: " +
                       pick({"book.price", "book.category", "user.odd name: {}"}).insert(0, "'") +
                       "'";
        }
    }

    std::string model() {
        std::string text = "decide: {" + pick({"rank: book", "rank: book", "regress: user"}) + "}";
        const bool rank = text.find("rank") != std::string::npos;
        text += ", inputs: {hour: int, 'a: b': string}" + maybe(rank ? ", features: '*'" : "");
        text += maybe(", outcome: {within: 36h" + maybe(", event: read.ms, aggregate: sum") +
                      maybe(", otherwise: 0") + "}");
        text += maybe(", examples: {at: read, every: 1d, label: ms" +
                      maybe(rank ? ", negatives: 3" : "") + "}");
        text +=
            maybe(", learner: {loss: " + pick({"squared", "quantile", "poisson"}) +
                  maybe(", rate: 0.1") + maybe(", l2: 1e-7, bits: 22, seed: 9223372036854775807") +
                  maybe(", interactions: []") + "}");
        text += maybe(", loop: {online: false" + maybe(rank ? ", explore: {softmax: 0.3}" : "") +
                      maybe(", holdback: 10%") + maybe(", gate: {alpha: 0.01}") +
                      maybe(", retrain: {every: 12h, score_drop: 5%}") + "}");
        return text;
    }

    std::string machine() {
        return maybe(
                   "server: {port: 0, origins: ['https://a.example:8', 'http://b'], body_max: 2MiB,"
                   " tls: {certificate: 'c: d', key: '/k'}}\n") +
               maybe("log: {retention: 90d}\n") + maybe("training: {holdout: 1%}\n");
    }

    Random random_;
};

TEST(Canonical, ParsesToTheSameSpec) {
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        const std::string text = SpecWriter(seed).draw();
        const Spec spec = good(text);
        const Spec again = good(spec.canonical);
        ASSERT_EQ(again, spec) << text << "\n" << spec.canonical;
        ASSERT_EQ(again.canonical, spec.canonical);
    }
}

TEST(Canonical, DoesNotDependOnTheFormOfTheFile) {
    const Spec one = good(
        "name: a\nentities: {user: {}}\nevents: {e: {user: id}}\n"
        "features: {u.n: {count: e, by: user, window: 7d}}\n");
    const Spec other = good(
        "# a remark\nfeatures:\n  u.n:\n    window: 168h\n    by: [user]\n    count: 'e'\n"
        "events:\n  e:\n    user: id\nentities:\n  user:\nname: \"a\"\n");
    EXPECT_EQ(one.canonical, other.canonical);
}

// Golden: the text is compared with the one in the log, so a change of form would look like a
// change of the specification to every workspace. docs/formats/specification.md shows the same.
TEST(Canonical, HasThisForm) {
    const Spec spec = good(
        "name: bookshop\nsubject: user\ntime_zone: UTC\n"
        "entities: {user: {}, book: {title: text, category: string}}\n"
        "events: {open: {user: id, book: id}, read: {user: id, book: id, ms: int}}\n"
        "features:\n"
        "  user.recent: {last: read.book, by: user, n: 50}\n"
        "  book.long: {ratio: [read, open], by: book, window: 30d, prior: [1, 10]}\n"
        "  pair.reads: {count: read, by: [user, book.category], where: {ms: {ge: 1000}}}\n"
        "models:\n"
        "  open_book:\n"
        "    decide: {rank: book}\n"
        "    outcome: {event: open, within: 30m, otherwise: 0}\n"
        "    features: ['*']\n"
        "    learner: {family: linear}\n"
        "    loop: {explore: 5%, holdback: 10%, retrain: {every: 1d, or_after: 10000 outcomes}}\n");
    EXPECT_EQ(spec.canonical, R"yaml(name: bookshop
subject: user
time: system
time_zone: "+00:00"
entities:
  user: {}
  book: {title: text, category: string}
events:
  open: {user: id, book: id}
  read: {user: id, book: id, ms: int}
features:
  user.recent: {last: read.book, by: [user], n: 50}
  book.long: {ratio: [read, open], by: [book], window: 30d, prior: [1, 10]}
  pair.reads: {count: read, by: [user, book.category], where: {ms: {ge: 1000}}}
models:
  open_book:
    decide: {rank: book}
    inputs: {}
    outcome: {event: open, within: 30m, otherwise: 0, aggregate: first}
    features: [user.recent, book.long, pair.reads]
    learner: {family: linear, loss: logistic, optimizer: adaptive, bits: 18, rate: 0.5, power_t: 0.5, l1: 0, l2: 0, ftrl_alpha: 0.005, ftrl_beta: 0.1, quantile: 0.5, interactions: [[user, book]], passes: 1, seed: 1, early_stop: 0}
    loop: {online: true, explore: {epsilon: 0.05}, holdback: 0.1, random: 0, retrain: {every: 1d, or_after: 10000}, gate: {alpha: 0.05, outcomes: 1000, patience: 30d}, auto_promote: true}
server: {listen: "127.0.0.1", port: 7700, threads: 0, body_max: 33554432, event_max: 1048576, elements_max: 10000, rate_limit: 0, origins: [], entities_max: 250000, open_max: 200000, dedup_max: 1000000}
log: {retention: all, segment_bytes: 67108864, snapshot_every: 1000000}
training: {threads: 0, holdout: 0.2}
)yaml");
}

// The log is read on a machine that has no zones, or other ones.
TEST(Canonical, AZoneByNameIsNotLookedUpAgain) {
    const Spec spec = good(
        "time_zone: Europe/Berlin\nentities: {user: {}}\nevents: {read: {user: id, at: time}}\n"
        "features: {u.n: {count: read, by: user, where: {at: {lt: 2026-07-01T12:00}}}}\n");
    EXPECT_EQ(good(spec.canonical), spec);
    EXPECT_THAT(spec.canonical, HasSubstr("time_zone: Europe/Berlin\n"));
    EXPECT_THAT(spec.canonical, HasSubstr("2026-07-01T10:00:00"));
    ::setenv("TZDIR", "/nowhere", 1);
    EXPECT_FALSE(parse_spec(spec.canonical).ok());
    const auto logged = parse_logged_spec(spec.canonical, "the log");
    ::unsetenv("TZDIR");
    ASSERT_TRUE(logged.ok()) << logged.error().message;
    EXPECT_EQ(logged->canonical, spec.canonical);
    EXPECT_EQ(logged->features, spec.features);
}

TEST(Canonical, WritesDefaultsOut) {
    const Spec spec = good("");
    EXPECT_THAT(spec.canonical, HasSubstr("port: 7700"));
    EXPECT_THAT(spec.canonical, HasSubstr("retention: all"));
    EXPECT_THAT(spec.canonical, HasSubstr("time: system"));
}

TEST(Canonical, LeavesOutALearnerThatWasLeftOut) {
    const std::string start =
        "entities: {user: {}}\nmodels: {m: {decide: {classify: user}, inputs: {a: int}";
    EXPECT_EQ(good(start + "}}").canonical.find("learner"), std::string::npos);
    EXPECT_THAT(good(start + ", learner: {}}}").canonical, HasSubstr("learner: {family: linear"));
}

constexpr std::string_view kShop =
    "entities: {user: {city: category}, book: {}}\n"
    "events: {read: {user: id, book: id, ms: int}}\n"
    "features:\n"
    "  u.a: {count: read, by: user}\n"
    "  u.b: {sum: read.ms, by: user, window: 7d}\n"
    "  u.c: {count: read, by: [user.city, book], where: {ms: {gt: 5}}}\n";

std::string replaced(std::string_view from, std::string_view to) {
    std::string text(kShop);
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos);
    return text.replace(at, from.size(), to);
}

TEST(ChangedFeatures, FindsNone) {
    EXPECT_THAT(changed_features(good(kShop), good(kShop)), ElementsAre());
    // Other indices, the same meaning.
    EXPECT_THAT(
        changed_features(good(kShop),
                         good(replaced("{user: {city: category}, book: {}}",
                                       "{cart: {}, book: {}, user: {age: int, city: category}}"))),
        ElementsAre());
    EXPECT_THAT(
        changed_features(good(kShop), good(replaced("  u.a: {count: read, by: user}\n", ""))),
        ElementsAre());
}

TEST(ChangedFeatures, FindsWhatMeansSomethingElse) {
    const auto changed = [](std::string_view from, std::string_view to) {
        return changed_features(good(kShop), good(replaced(from, to)));
    };
    EXPECT_THAT(changed("window: 7d", "window: 8d"), ElementsAre("u.b"));
    EXPECT_THAT(changed("sum: read.ms", "max: read.ms"), ElementsAre("u.b"));
    EXPECT_THAT(changed("gt: 5", "ge: 5"), ElementsAre("u.c"));
    EXPECT_THAT(changed("gt: 5", "gt: 6"), ElementsAre("u.c"));
    EXPECT_THAT(changed("[user.city, book]", "[book, user.city]"), ElementsAre("u.c"));
    EXPECT_THAT(changed("u.a", "u.z"), ElementsAre("u.z"));
    EXPECT_THAT(changed("count: read, by: user}", "count: read, by: user, through: friend}"),
                ElementsAre("u.a"));
}

}  // namespace
}  // namespace volant::spec
