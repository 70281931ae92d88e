// What volant.yaml may not say: each case with a part of its message, which begins with the place.
// Of models: refuse_model_test.cpp.
#include "spec/refuse_cases.h"

namespace volant::spec {
namespace {

using testing::Case;
using ::testing::HasSubstr;
using testing::kShop;
using testing::refusal;

class Refuses : public ::testing::TestWithParam<Case> {};
TEST_P(Refuses, TheFile) {
    EXPECT_THAT(refusal(GetParam().text), HasSubstr(GetParam().message));
}

class RefusesFeature : public ::testing::TestWithParam<Case> {};
TEST_P(RefusesFeature, InTheShop) {
    EXPECT_THAT(refusal(std::string(kShop) + "  a.b: " + GetParam().text),
                HasSubstr(GetParam().message));
}

TEST(RefusesWithPlace, NamesLineColumnPathAndTheNearestKey) {
    const std::string text = std::string(kShop) +
                             "models:\n"
                             "  open_book:\n"
                             "    decide: {rank: book}\n"
                             "    features: [user.*]\n"
                             "    loop:\n"
                             "      explor: 0.05\n";
    EXPECT_EQ(
        refusal(text),
        "volant.yaml:18:7: models.open_book.loop.explor: unknown key \"explor\"; did you mean "
        "\"explore\"?");
}

TEST(RefusesWithPlace, NamesTheFileAsGiven) {
    EXPECT_EQ(parse_spec("nam: x", "shop/volant.yaml").error().message,
              "shop/volant.yaml:1:1: nam: unknown key \"nam\"; did you mean \"name\"?");
}

TEST(RefusesWithPlace, ListsTheKnownKeysWhenNoneIsAlike) {
    EXPECT_EQ(refusal("log: {sandwich: 1}"),
              "volant.yaml:1:7: log.sandwich: unknown key \"sandwich\"; expected retention, "
              "segment_bytes, snapshot_every");
}

TEST(RefusesWithPlace, SaysNotYetOfALaterReleasesKeys) {
    EXPECT_EQ(refusal("name: credit\ntables:\n  applicants: {key: id}\n"),
              "volant.yaml:2:1: tables: not yet in this release: Tables of examples, imported from "
              "files.");
}

INSTANTIATE_TEST_SUITE_P(
    Workspace, Refuses,
    ::testing::Values(
        Case{"just text", "1:1: found \"just text\", expected a map"},
        Case{"[a, b]", "1:1: found a list, expected a map"},
        Case{"name: {a: 1}", "1:7: name: found a map, expected a text"},
        Case{"name: [a]", "name: found a list, expected a text"},
        Case{"name:", "1:1: name: found nothing, expected a text"},
        Case{"name: \"a\\x00b\"", "1:7: name: expected a text of 1 to 128 bytes without control"},
        Case{"name: ''", "name: expected a text of 1 to 128 bytes"},
        Case{"entitys: {}", "did you mean \"entities\"?"},
        Case{"time: fake", "1:7: time: found \"fake\", expected one of system, simulated"},
        Case{"time: simulatd", "did you mean \"simulated\"?"},
        Case{"time_zone: Europe/Berln",
             "volant.yaml:1:12: time_zone: found \"Europe/Berln\", expected UTC, an offset such as "
             "+01:00 or a zone such as Europe/Berlin: there is no time zone \"Europe/Berln\"; did "
             "you mean \"Europe/Berlin\"?"},
        Case{"time_zone: shanghai", "did you mean \"Asia/Shanghai\"?"},
        Case{"time_zone: ../../../etc/passwd", "there is no time zone"},
        Case{"time_zone: Europe", "there is no time zone \"Europe\""},
        Case{"time_zone: '+25:00'", "expected UTC, an offset such as +01:00"},
        Case{"time_zone: '+01:75'", "expected UTC, an offset"},
        Case{"time_zone: '+1'", "expected UTC, an offset"},
        Case{"subject: user", "1:10: subject: unknown entity \"user\"; none is declared"},
        Case{"subject: usr\nentities: {user: {}}", "did you mean \"user\"?"},
        Case{"tables: {}", "tables: not yet in this release"},
        Case{"name: a\nname: b", "2:1: found key \"name\" twice"},
        Case{"name: &x a", "found an anchor"}, Case{"name: !!str a", "found a tag"},
        Case{"name: *x", "volant.yaml:1:7: name: found an alias"},
        Case{"name: a\n---\nname: b", "second document"}, Case{"name: [", "a [ that is not closed"},
        Case{"name: 'shop\nentities: {}\n", "volant.yaml:1:7: name: found a quote (') that is"}));

INSTANTIATE_TEST_SUITE_P(
    EntitiesAndEvents, Refuses,
    ::testing::Values(
        Case{"entities: {user: id}", "entities.user: found \"id\", expected a map"},
        Case{"entities: [user]", "entities: found a list, expected a map"},
        Case{"entities: {user: {a: id}}", "found \"id\", expected one of any, bool"},
        Case{"entities: {user: {a: strng}}", "did you mean \"string\"?"},
        Case{"entities: {user: {a: {b: c}}}", "found a map, expected one of any"},
        Case{"entities: {user: {$a: int}}", "names that begin with $ are Volant's own"},
        Case{"entities: {us er: {}}", "found the name \"us er\", expected a letter"},
        Case{"entities: {9user: {}}", "found the name \"9user\""},
        Case{"entities: {a.b: {}}", "found the name \"a.b\""},
        Case{"entities: {time: {}}", "an entity cannot be named \"time\""},
        Case{"entities: {input: {}}", "an entity cannot be named \"input\""},
        Case{"events: {$set: {a: int}}", "found the name \"$set\""},
        Case{"events: {open: {user: id}}", "events.open.user: unknown entity \"user\""},
        Case{"entities: {user: {}}\nevents: {open: {usr: id}}", "did you mean \"user\"?"},
        Case{"entities: {user: {}}\nevents: {open: {user: string}}",
             "found \"string\", expected id: \"user\" is an entity"},
        Case{"events: {open: {ms: integer}}", "events.open.ms: found \"integer\", expected one of"},
        Case{"events: {open: {ms: it}}", "did you mean \"int\"?"},
        Case{"events: {open: {$strict: maybe}}",
             "$strict: found \"maybe\", expected true or false"},
        Case{"events: {open: {$strct: true}}",
             "events.open.$strct: unknown key \"$strct\"; did you mean \"$strict\"?"},
        Case{"events: {open: {ms: [int]}}", "found a list"}));

INSTANTIATE_TEST_SUITE_P(
    Machine, Refuses,
    ::testing::Values(
        Case{"server: {port: 65536}",
             "server.port: found \"65536\", expected an integer from 0 to 65535"},
        Case{"server: {port: -1}", "expected an integer from 0 to 65535"},
        Case{"server: {port: '80'}",
             "found the string \"80\", expected an integer from 0 to 65535 without quotes"},
        Case{"server: {port: 80.5}", "found \"80.5\""},
        Case{"server: {port: 0x50}", "found \"0x50\""},
        Case{"server: {port: 99999999999999999999}", "expected an integer"},
        Case{"server: {body_max: 1GB5}", "expected a size from 1KiB to 1GiB (such as 64MiB)"},
        Case{"server: {body_max: 2GiB}", "expected a size from 1KiB to 1GiB"},
        Case{"server: {body_max: 32mib}", "expected a size"},
        Case{"server: {event_max: 9999999999999999TiB}", "expected a size"},
        Case{"server: {body_max: 1MiB, event_max: 2MiB}",
             "event_max (2097152) is more than body_max (1048576)"},
        Case{"server: {rate_limit: inf}", "expected a number from 0"},
        Case{"server: {rate_limit: nan}", "expected a number from 0"},
        Case{"server: {origins: [[a]]}",
             "server.origins[0]: found a list, expected a single value"},
        Case{"server: {tls: {certificate: a}}", "server.tls: expected both certificate and key"},
        Case{"server: {listen: nonsense}",
             "1:18: server.listen: found \"nonsense\", expected an IP address"},
        Case{"server: {listen: 1.2.3}", "expected an IP address"},
        Case{"server: {origins: [foo]}",
             "server.origins[0]: found \"foo\", expected scheme://host or scheme://host:port"},
        Case{"server: {origins: 'https://a.b/'}", "server.origins: found \"https://a.b/\""},
        Case{"server: {origins: ['https://a:0']}", "expected scheme://host"},
        Case{"server: {prot: 80}", "did you mean \"port\"?"},
        Case{"server: 80", "server: found \"80\", expected a map"},
        Case{"log: {retention: 1m}",
             "log.retention: found \"1m\", expected a duration from 1h to all"},
        Case{"log: {retention: forever}", "expected a duration"},
        Case{"log: {retention: 30}", "expected a duration"},
        Case{"log: {segment_bytes: 1KiB}", "expected a size from 1MiB"},
        Case{"log: {segment_bytes: 4MiB}", "is less than 8 times server.event_max"},
        Case{"log: {snapshot_every: 5000 outcomes}",
             "expected an integer from 1000 to 1000000000 (records)"},
        Case{"log: {backend: kafka}", "log.backend: not yet"},
        Case{"training: {holdout: 1.5}", "expected a share from 0.01 to 0.9 (such as 0.05 or 5%)"},
        Case{"training: {holdout: 95%}", "expected a share"},
        Case{"training: {holdout: '%'}", "expected a share"}));

INSTANTIATE_TEST_SUITE_P(
    Feature, RefusesFeature,
    ::testing::Values(
        Case{"{by: user}", "13:3: features.a.b: expected one of count, sum, mean"},
        Case{"{}", "expected one of count"}, Case{"", "expected one of count"},
        Case{"count", "found \"count\", expected a map"},
        Case{"{kount: read, by: user}", "did you mean \"count\"?"},
        Case{"{count: read, sum: read.ms, by: user}",
             "found count and sum, expected only one of them"},
        Case{"{count: raed, by: user}",
             "features.a.b.count: unknown event \"raed\"; did you mean \"read\"?"},
        Case{"{count: purchase, by: user}", "unknown event \"purchase\"; known: open, read, visit"},
        Case{"{count: read.ms, by: user}", "expected an event alone: read"},
        Case{"{count: [read], by: user}", "count: found a list, expected a text"},
        Case{"{since: read.ms, by: user}", "expected an event alone"},
        Case{"{sum: read, by: user}", "expected EVENT.PROPERTY"},
        Case{"{sum: read.mss, by: user}",
             "unknown property of event \"read\", \"mss\"; did you mean \"ms\"?"},
        Case{"{sum: read.device, by: user}", "sum takes a number, and \"device\" is a string"},
        Case{"{sum: read.book, by: user}", "sum takes a number, and \"book\" is an id"},
        Case{"{decay: read.place, by: user, half_life: 1d}",
             "decay takes a number, and \"place\" is a point"},
        Case{"{distinct: read, by: user}", "expected EVENT.PROPERTY"},
        Case{"{distinct: read.place, by: user}",
             "distinct counts single values, and \"place\" is a point"},
        Case{"{last: visit.book, by: user}", "unknown property of event \"visit\", \"book\""},
        Case{"{ratio: read, by: user}", "found \"read\", expected two events"},
        Case{"{ratio: [read], by: user}", "found a list of 1, expected two events"},
        Case{"{ratio: [read, open, visit], by: user}", "found a list of 3"},
        Case{"{ratio: [read.ms, open], by: user}", "expected an event alone: read"},
        Case{"{ratio: [read, opn], by: user}", "ratio[1]: unknown event \"opn\""},
        Case{"{ratio: [read, visit], by: book}", "event \"visit\" has no \"book\""},
        Case{"{count: read}", "count needs by: one or two keys"},
        Case{"{count: read, by: []}", "found 0 keys, expected one or two"},
        Case{"{count: read, by: [user, book, cart]}", "found 3 keys"},
        Case{"{count: read, by: [user, user]}", "found the key \"user\" twice"},
        Case{"{count: read, by: usr}", "unknown entity \"usr\"; did you mean \"user\"?"},
        Case{"{count: read, by: book.categry}",
             "unknown attribute of \"book\", \"categry\"; did you mean \"category\"?"},
        Case{"{count: read, by: cart}",
             "event \"read\" has no \"cart\": its declaration lists no cart: id"},
        Case{"{count: read, by: {user: 1}}", "found a map, expected a list"},
        Case{"{count: read, by: user, window: 30s}",
             "window: found \"30s\", expected a duration from 1m to all"},
        Case{"{count: read, by: user, window: 7}", "expected a duration"},
        Case{"{count: read, by: user, window: 7x}", "expected a duration"},
        Case{"{count: read, by: user, window: -7d}", "expected a duration"},
        Case{"{decay: read, by: user, half_life: 7d, window: 7d}", "decay takes no window"},
        Case{"{decay: read, by: user}", "decay needs half_life"},
        Case{"{decay: read, by: user, half_life: all}", "expected a duration from 1s to 3650d"},
        Case{"{decay: read, by: user, half_life: 0s}", "expected a duration from 1s"},
        Case{"{count: read, by: user, half_life: 7d}", "count takes no half_life"},
        Case{"{count: read, by: user, n: 5}", "count takes no n"},
        Case{"{last: read.ms, by: user, n: 0}", "expected an integer from 1 to 256"},
        Case{"{last: read.ms, by: user, n: 1000}", "expected an integer from 1 to 256"},
        Case{"{count: read, by: user, prior: [1, 10]}", "count takes no prior"},
        Case{"{ratio: [read, open], by: user, prior: 1}", "prior: expected [hits, tries]"},
        Case{"{ratio: [read, open], by: user, prior: [1]}", "expected [hits, tries]"},
        Case{"{ratio: [read, open], by: user, prior: [11, 10]}", "0 <= hits <= tries"},
        Case{"{ratio: [read, open], by: user, prior: [0, 0]}", "tries > 0"},
        Case{"{ratio: [read, open], by: user, prior: [-1, 10]}", "0 <= hits"},
        Case{"{ratio: [read, open], by: user, prior: [a, b]}", "expected [hits, tries]"},
        Case{"{attribute: book.category, through: friend}", "attribute takes no through"},
        Case{"{count: read, by: book.category, through: friend}",
             "the first key must be an entity"},
        Case{"{count: read, by: user, through: a b}", "found the name \"a b\""},
        Case{"{attribute: book.colour}",
             "unknown attribute of \"book\", \"colour\"; known: category"},
        Case{"{attribute: book}", "found \"book\", expected ENTITY.ATTRIBUTE"},
        Case{"{attribute: category.book}", "unknown entity \"category\""},
        Case{"{attribute: book.category, by: book}", "attribute takes no by"},
        Case{"{attribute: book.category, where: {ms: 1}}", "attribute takes no where"}));

INSTANTIATE_TEST_SUITE_P(
    Filter, RefusesFeature,
    ::testing::Values(
        Case{"{count: read, by: user, where: ms}", "where: found \"ms\", expected a map"},
        Case{"{count: read, by: user, where: {mss: 1}}",
             "unknown property of event \"read\", \"mss\""},
        Case{"{count: read, by: user, where: {ms: {above: 1}}}",
             "unknown test \"above\"; known: eq, ne"},
        Case{"{count: read, by: user, where: {ms: {}}}", "expected at least one test"},
        Case{"{count: read, by: user, where: {ms: []}}", "expected at least one value"},
        Case{"{count: read, by: user, where: {ms: mobile}}", "found \"mobile\", expected an int"},
        Case{"{count: read, by: user, where: {ms: 1.5}}", "found \"1.5\", expected an int"},
        Case{"{count: read, by: user, where: {ms: '1'}}", "expected an int"},
        Case{"{count: read, by: user, where: {ms: {gt: [1]}}}", "found a list, expected an int"},
        Case{"{count: read, by: user, where: {ms: [[1]]}}", "found a list, expected an int"},
        Case{"{count: read, by: user, where: {device: 44}}", "found \"44\", expected a string"},
        Case{"{count: read, by: user, where: {device: {gt: a}}}",
             "\"device\" is a string, which has no order"},
        Case{"{count: read, by: user, where: {ok: {lt: true}}}",
             "\"ok\" is a bool, which has no order"},
        Case{"{count: read, by: user, where: {ok: 1}}", "found \"1\", expected a bool"},
        Case{"{count: read, by: user, where: {at: soon}}", "found \"soon\", expected a time"},
        Case{"{count: read, by: user, where: {at: 2026-01-01T00:00:00}}", "expected a time"},
        Case{"{count: read, by: user, where: {place: a}}", "a point cannot be tested"},
        Case{"{count: read, by: user, where: {x: {gt: abc}}}", "found \"abc\", expected a number"},
        Case{"{ratio: [read, open], by: user, where: {ms: 1}}",
             "unknown property of event \"open\", \"ms\""}));

TEST(RefusesFeatureName, WithoutAGroup) {
    const std::string start(kShop);
    EXPECT_THAT(refusal(start + "  reads: {count: read, by: user}"),
                HasSubstr("found the name \"reads\", expected GROUP.NAME, such as user.reads"));
    EXPECT_THAT(refusal(start + "  user.: {count: read, by: user}"),
                HasSubstr("expected GROUP.NAME"));
    EXPECT_THAT(refusal(start + "  .a: {count: read, by: user}"), HasSubstr("found the name \"\""));
    EXPECT_THAT(refusal(start + "  input.a: {count: read, by: user}"),
                HasSubstr("the group \"input\" is that of the models' inputs"));
    EXPECT_THAT(refusal(start + "  user.a.b: {count: read, by: user}"),
                HasSubstr("found the name \"a.b\""));
    EXPECT_THAT(refusal(start + "  user.reads: {count: read, by: user}"),
                HasSubstr("13:3: features: found key \"user.reads\" twice"));
}

TEST(Refuses, MoreThanItsBounds) {
    EXPECT_THAT(refusal("name: " + std::string(129, 'a')),
                HasSubstr("name: expected a text of 1 to 128 bytes"));
    std::string text = "entities:\n";
    for (std::size_t i = 0; i <= kEntitiesMax; ++i) text += "  e" + std::to_string(i) + ": {}\n";
    EXPECT_THAT(refusal(text), HasSubstr("entities: found 65, expected at most 64"));
    text = "events: {e: {";
    for (std::size_t i = 0; i <= kFieldsMax; ++i) text += "p" + std::to_string(i) + ": int, ";
    EXPECT_THAT(refusal(text + "}}"), HasSubstr("events.e: found 1025, expected at most 1024"));
}

}  // namespace
}  // namespace volant::spec
