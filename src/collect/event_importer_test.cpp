#include "collect/event_importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "collect/event_json.h"
#include "collect/import/test_files.h"
#include "core/compress.h"
#include "core/json_writer.h"
#include "core/time_zone.h"

namespace volant::collect {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Micros kNow = 1'800'000'000 * kSecond;

spec::Spec shop() {
    spec::Spec spec;
    spec.subject = 0;
    spec.entities = {
        {"user", {}},
        {"book", {{"title", spec::FieldType::kString}, {"pages", spec::FieldType::kDouble}}}};
    spec.events = {{"purchase",
                    {0},
                    {{"price", spec::FieldType::kDouble}, {"code", spec::FieldType::kString}}}};
    return spec;
}

// time type user/book ids {properties}
std::string text_of(const EventDraft& draft) {
    std::string text = format_time(*draft.time).substr(0, 16) + " " + draft.type;
    for (const EntityId& entity : draft.entities)
        text += " " + std::to_string(entity.entity) + ":" + entity.id;
    text += " {";
    for (std::size_t i = 0; i < draft.properties.size(); ++i) {
        text += (i > 0 ? "," : "") + draft.properties[i].first + "=";
        json::Writer(text).value(draft.properties[i].second);
    }
    return text + "}";
}

std::vector<std::string> reasons_of(const ImportReport& report) {
    std::vector<std::string> reasons;
    for (const ImportRefusal& refusal : report.refusals)
        reasons.push_back(std::to_string(refusal.line) + " " + refusal.reason);
    return reasons;
}

struct Outcome {
    ImportReport report;
    std::vector<std::string> events;
    std::vector<std::string> ids;
};

Result<Outcome> import_file(const std::string& path, ImportOptions options,
                            const spec::Spec& spec = shop()) {
    options.now = kNow;
    VOLANT_TRY(EventImporter importer, EventImporter::open(path, options, spec));
    Outcome outcome;
    VOLANT_TRY(outcome.report,
               importer.run(::testing::TempDir(), {},
                            [&](EventDraft&& draft, std::uint64_t) -> Result<ImportVerdict> {
                                EXPECT_TRUE(draft.id_given);
                                outcome.events.push_back(text_of(draft));
                                outcome.ids.push_back(draft.id);
                                return ImportVerdict::kAccepted;
                            }));
    return outcome;
}

ImportOptions purchases(std::string_view map) {
    ImportOptions options;
    options.event = "purchase";
    options.map = *parse_import_map(map);
    return options;
}

constexpr std::string_view kRows =
    "Customer,Day,Price,Code,Note\n"
    "17850.0,12/3/2010 8:26,2.5,007,late\n"
    ",12/1/2010 8:26,1,008,nobody\n"
    "13047.0,12/1/2010 9:00,3,009,\n"
    "13047.0,12/14/2010 9:00,4,010,last\n"
    "13047.0,someday,4,010,\n"
    "1,2\n";

TEST(EventImporter, MapsSortsTypesAndRefuses) {
    const TempFile file(kRows);
    const auto outcome =
        import_file(file.path(), purchases("user=Customer,time=Day,price=Price,code=Code"));
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_THAT(
        outcome->events,
        ElementsAre("2010-12-01T09:00 purchase 0:13047 {price=3.0,code=\"009\"}",
                    "2010-12-03T08:26 purchase 0:17850 {price=2.5,code=\"007\",Note=\"late\"}",
                    "2010-12-14T09:00 purchase 0:13047 {price=4.0,code=\"010\",Note=\"last\"}"));
    const ImportReport& report = outcome->report;
    EXPECT_EQ(report.rows, 6u);
    EXPECT_EQ(report.accepted, 3u);
    EXPECT_EQ(report.refused, 3u);
    EXPECT_THAT(reasons_of(report),
                ::testing::UnorderedElementsAre("3 Customer is missing (it gives `user`)",
                                                "6 Day: found \"someday\", expected a time",
                                                "7 found 2 fields, expected 5"));
    EXPECT_THAT(report.notes, Contains(HasSubstr("month first")));
    EXPECT_THAT(report.notes, Contains(HasSubstr("taken as UTC")));
    EXPECT_THAT(import_report_json(report),
                HasSubstr(R"({"rows":6,"accepted":3,"refused":3,"duplicates":0,"columns":[)"
                          R"({"name":"Customer","type":"int","missing":1,"target":"user"},)"
                          R"({"name":"Day","type":"time","missing":0,"target":"time"},)"
                          R"({"name":"Price","type":"double","missing":0,"target":"price"},)"
                          R"({"name":"Code","type":"string","missing":0,"target":"code"},)"
                          R"({"name":"Note","type":"string","missing":2,"target":"Note"}])"));
}

TEST(EventImporter, TheSameBytesHaveTheSameIds) {
    const TempFile file(kRows), copy(kRows), other(std::string(kRows) + "\n");
    const auto map = "user=Customer,time=Day";
    const auto one = import_file(file.path(), purchases(map));
    ASSERT_TRUE(one.ok()) << one.error().message;
    EXPECT_EQ(one->ids, import_file(copy.path(), purchases(map))->ids);
    EXPECT_EQ(std::set<std::string>(one->ids.begin(), one->ids.end()).size(), 3u);
    EXPECT_NE(one->ids, import_file(other.path(), purchases(map))->ids);
    ImportOptions viewed = purchases(map);
    viewed.event = "view";
    EXPECT_NE(one->ids, import_file(file.path(), viewed)->ids);
}

TEST(EventImporter, UsesTheRowsOwnIdsAndColumnsByTheirNames) {
    const TempFile file("id;book;time;user\nr1;b1;1291191960;u1\nr2;b2;1291191961;u2\n");
    const auto outcome = import_file(file.path(), purchases(""));
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_THAT(outcome->ids, ElementsAre("r1", "r2"));
    EXPECT_THAT(outcome->events, ElementsAre("2010-12-01T08:26 purchase 1:b1 0:u1 {}",
                                             "2010-12-01T08:26 purchase 1:b2 0:u2 {}"));
}

TEST(EventImporter, SetsAttributesByTheirDeclaredTypes) {
    const TempFile file("isbn,title,pages\n1,1984,300\n2,Ulysses,730\n");
    ImportOptions options = purchases("book=isbn");
    options.event = "$set";
    const auto outcome = import_file(file.path(), options);
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_THAT(outcome->events,
                ElementsAre(HasSubstr("$set 1:1 {title=\"1984\",pages=300.0}"),
                            HasSubstr("$set 1:2 {title=\"Ulysses\",pages=730.0}")));
    EXPECT_THAT(outcome->report.notes, Contains(HasSubstr("time of the import")));
}

TEST(EventImporter, ReadsNdjsonAsTheApiTakesIt) {
    const TempFile file(
        gzip("{\"event\":\"read\",\"user\":\"u1\",\"time\":\"2020-01-02T00:00:00Z\",\"properties\":"
             "{\"ms\":5,\"x\":1}}\n"
             "{\"event\":\"open\",\"user\":2,\"time\":1577836800,\"properties\":{\"x\":2.5}}\n"
             "{\"event\":\"open\",\"user\":2.5,\"time\":1577836800}\n"
             "{\"event\":\"open\",\"time\":1577836800}\n"),
        "events.ndjson.gz");
    ImportOptions options;
    const auto outcome = import_file(file.path(), options);
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_THAT(outcome->events,
                ElementsAre("2020-01-01T00:00 open 0:2 {x=2.5}", "2020-01-01T00:00 open {}",
                            "2020-01-02T00:00 read 0:u1 {ms=5,x=1}"));
    EXPECT_EQ(outcome->report.refused, 1u);
}

TEST(EventImporter, RowsOfManyEventsHaveWhatTheirEventsNeed) {
    const TempFile file(
        R"({"event":"$set","book":"b1","properties":{"title":"T"},"time":"2020-01-01T00:00:00Z"})"
        "\n"
        R"({"event":"open","user":"u1","book":"b1","id":"e1","time":"2020-01-02T00:00:00Z"})"
        "\n"
        R"({"event":"purchase","book":"b1","time":"2020-01-03T00:00:00Z"})"
        "\n"
        R"({"event":"$link","user":"u1","to":"u2","properties":{"relation":"friend"},"time":5})"
        "\n"
        R"({"book":"b1","time":"2020-01-03T00:00:00Z"})",
        "mix.ndjson");
    const auto outcome = import_file(file.path(), {});
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_THAT(outcome->events, ElementsAre("1970-01-01T00:00 $link 0:u1 {relation=\"friend\"}",
                                             "2020-01-01T00:00 $set 1:b1 {title=\"T\"}",
                                             "2020-01-02T00:00 open 1:b1 0:u1 {}"));
    EXPECT_EQ(outcome->ids[2], "e1");
    EXPECT_THAT(reasons_of(outcome->report),
                ::testing::UnorderedElementsAre("3 user is missing", "5 event is missing"));
}

TEST(EventImporter, CellsOfManyEventsMayBeEmpty) {
    const TempFile file(
        "type,time,user,book,price,title,pages\n"
        "$set,2020-01-01,,b1,,1984,300\n"
        "purchase,2020-01-02,u1,b1,3,,\n"
        "open,2020-01-03,,b1,2.5,,7\n"
        "purchase,2020-01-04,,b1,3,,\n");
    ImportOptions options;
    options.map = *parse_import_map("event=type");
    const auto outcome = import_file(file.path(), options);
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_THAT(outcome->events,
                ElementsAre("2020-01-01T00:00 $set 1:b1 {title=\"1984\",pages=300.0}",
                            "2020-01-02T00:00 purchase 0:u1 1:b1 {price=3.0}",
                            "2020-01-03T00:00 open 1:b1 {price=2.5,pages=7}"));
    ASSERT_EQ(outcome->report.refusals.size(), 1u);
    EXPECT_EQ(outcome->report.refusals[0].line, 5u);
}

TEST(EventImporter, AnUndeclaredEventNeedsNoEntity) {
    const TempFile file("user,book,time\nu1,,2020-01-01\n,b1,2020-01-02\n");
    ImportOptions options;
    options.event = "open";
    const auto outcome = import_file(file.path(), options);
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_THAT(outcome->events,
                ElementsAre("2020-01-01T00:00 open 0:u1 {}", "2020-01-02T00:00 open 1:b1 {}"));
}

TEST(EventImporter, WhatTheLogGaveComesBackWhole) {
    const std::string_view items[] = {
        R"({"event":"$set","id":"1","time":"2020-01-01T00:00:00.000000Z","book":"b","properties":{"title":"T","x":1},"lsn":"L1","known_at":"2020-01-01T00:00:00.000000Z"})",
        R"({"event":"$unset","id":"2","time":"2020-01-02T00:00:00.000000Z","book":"b","properties":["title"],"lsn":"L2","known_at":"2020-01-01T00:00:00.000000Z"})",
        R"({"event":"$delete","id":"3","time":"2020-01-03T00:00:00.000000Z","book":"b","lsn":"L3","known_at":"2020-01-01T00:00:00.000000Z"})",
        R"({"event":"$link","id":"4","time":"2020-01-04T00:00:00.000000Z","user":"a","to":"b","properties":{"relation":"friend"},"lsn":"L4","known_at":"2020-01-01T00:00:00.000000Z"})",
        R"({"event":"$identify","id":"5","time":"2020-01-05T00:00:00.000000Z","user":"a","properties":{"anonymous":"c"},"lsn":"L5","known_at":"2020-01-01T00:00:00.000000Z"})",
        R"({"event":"purchase","id":"6","time":"2020-01-06T00:00:00.000000Z","user":"a","properties":{"x":"1","price":2.0,"code":"7","p":{"lat":1.0,"lon":2.5},"l":[1,"x"],"none":null,"user":true},"lsn":"L6","known_at":"2020-01-01T00:00:00.000000Z"})",
        R"({"event":"read","id":"7","time":"2020-01-07T00:00:00.000000Z","user":"a","properties":{"x":2.5,"price":"free"},"lsn":"L7","known_at":"2020-01-01T00:00:00.000000Z"})",
        R"({"event":"purchase","id":"8","time":"2020-01-08T00:00:00.000000Z","user":"a","$strict":true,"properties":{"price":2.0},"lsn":"L8","known_at":"2020-01-01T00:00:00.000000Z"})",
    };
    std::string text;
    for (const std::string_view item : items) text += std::string(item) + "\n";
    const TempFile file(text, "items.ndjson");
    ImportOptions options;
    options.now = kNow;
    const spec::Spec spec = shop();
    auto importer = EventImporter::open(file.path(), options, spec);
    ASSERT_TRUE(importer.ok()) << importer.error().message;
    std::vector<std::string> sent;
    const auto report = importer->run(
        ::testing::TempDir(), {}, [&](EventDraft&& draft, std::uint64_t) -> Result<ImportVerdict> {
            json::Writer out(sent.emplace_back());
            write_draft(out, spec, draft);
            return ImportVerdict::kAccepted;
        });
    ASSERT_TRUE(report.ok()) << report.error().message;
    ASSERT_EQ(report->accepted, std::size(items)) << import_report_json(*report);
    for (std::size_t i = 0; i < std::size(items); ++i) {
        const std::string_view item = items[i];
        EXPECT_EQ(sent[i], std::string(item.substr(0, item.find(",\"lsn\""))) + "}");
    }
    EXPECT_THAT(report->notes, Contains(HasSubstr("\"lsn\" and \"known_at\" are left out")));
}

TEST(EventImporter, ReadsVowpalWabbit) {
    const TempFile file("1 2 'u1 |b x:0.5 y\n0 'u2 |b z\n", "train.vw");
    ImportOptions options;
    options.event = "impression";
    options.map = *parse_import_map("user=tag");
    const auto outcome = import_file(file.path(), options);
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_THAT(outcome->events,
                ElementsAre(HasSubstr("impression 0:u1 {label=1.0,importance=2.0,b.x=0.5,b=\"y\"}"),
                            HasSubstr("impression 0:u2 {label=0.0,b=\"z\"}")));
}

TEST(EventImporter, LabelsOfVowpalWabbitAreBoolsOrIntsWhereTheseAreDeclared) {
    spec::Spec spec = shop();
    spec.events.push_back(
        {"shown", {}, {{"click", spec::FieldType::kBool}, {"stars", spec::FieldType::kInt}}});
    const auto import_labels = [&](std::string_view lines, std::string_view map) {
        const TempFile file(lines, "train.vw");
        ImportOptions options;
        options.event = "shown";
        options.map = *parse_import_map(map);
        auto outcome = import_file(file.path(), options, spec);
        EXPECT_TRUE(outcome.ok()) << outcome.error().message;
        return *std::move(outcome);
    };
    const Outcome bools =
        import_labels("1 |a x\n-1 |a x\n0 |a x\n+1 |a x\n2 |a x\n", "click=label");
    EXPECT_THAT(bools.events,
                ElementsAre(HasSubstr("{click=true,a=\"x\"}"), HasSubstr("{click=false,a=\"x\"}"),
                            HasSubstr("{click=false,a=\"x\"}"), HasSubstr("{click=true,a=\"x\"}")));
    EXPECT_THAT(bools.report.refusals[0].reason, HasSubstr("found 2"));
    const Outcome ints = import_labels("5 |a x\n-3.0 |a x\n1.5 |a x\n1e30 |a x\n", "stars=label");
    EXPECT_THAT(ints.events, ElementsAre(HasSubstr("{stars=5,"), HasSubstr("{stars=-3,")));
    EXPECT_EQ(ints.report.refused, 2u);
}

TEST(EventImporter, ReadsGb18030) {
    const TempFile file(
        "user,time,\xca\xe9\nu1,2024\xc4\xea"
        "1\xd4\xc2"
        "5\xc8\xd5,\xb6\xc1\n");
    ImportOptions options = purchases("");
    options.encoding = "gb18030";
    const auto outcome = import_file(file.path(), options);
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_THAT(outcome->events, ElementsAre("2024-01-05T00:00 purchase 0:u1 {书=\"读\"}"));
}

TEST(EventImporter, LinksMustKeepTheRulesOfEvents) {
    const TempFile file("from,friend,relation\nu1,u2,friend\nu1,u3,\n");
    ImportOptions options = purchases("user=from,to=friend");
    options.event = "$link";
    const auto outcome = import_file(file.path(), options);
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_THAT(outcome->events, ElementsAre(HasSubstr("$link 0:u1 {relation=\"friend\"}")));
    ASSERT_EQ(outcome->report.refusals.size(), 1u);
    EXPECT_EQ(outcome->report.refusals[0].line, 3u);
    EXPECT_THAT(outcome->report.refusals[0].reason, HasSubstr("relation"));
}

TEST(EventImporter, TakesTheWorkspacesTimeZone) {
    spec::Spec spec = shop();
    spec.zone = {.allow_local = true, .offset_minutes = 480};
    const TempFile file("user,time\nu1,2024-01-05 08:00:00\nu2,2024-01-05T08:00:00Z\n");
    const auto outcome = import_file(file.path(), purchases(""), spec);
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_THAT(outcome->events, ElementsAre("2024-01-05T00:00 purchase 0:u1 {}",
                                             "2024-01-05T08:00 purchase 0:u2 {}"));
    EXPECT_TRUE(outcome->report.notes.empty());
}

TEST(EventImporter, ATimeWithoutAZoneIsTakenAsUtcAndANoteSaysSo) {
    const TempFile file("user,time\nu1,2024-01-05 08:00\nu2,2024-01-05T08:00+01:00\n");
    const auto outcome = import_file(file.path(), purchases(""));
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_THAT(outcome->events, ElementsAre("2024-01-05T07:00 purchase 0:u2 {}",
                                             "2024-01-05T08:00 purchase 0:u1 {}"));
    EXPECT_THAT(outcome->report.notes, Contains(HasSubstr("taken as UTC; --time-zone")));
}

TEST(EventImporter, TheZoneThatItIsToldGoesBeforeTheWorkspaces) {
    spec::Spec spec = shop();
    spec.zone = {.allow_local = true, .offset_minutes = 480};
    const TempFile file("user,time\nu1,2024-01-05 08:00:00\n");
    ImportOptions options = purchases("");
    options.zone = ZoneRule{.allow_local = true, .offset_minutes = -60};
    const auto outcome = import_file(file.path(), options, spec);
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_THAT(outcome->events, ElementsAre("2024-01-05T09:00 purchase 0:u1 {}"));
}

TEST(EventImporter, FollowsTheSummerTimeOfAZoneByName) {
    spec::Spec spec = shop();
    spec.zone = {.allow_local = true, .named = *TimeZone::load("Europe/Berlin")};
    const TempFile file(
        "user,time\nu1,2024-03-31 01:59\nu2,2024-03-31 03:00\nu3,27.10.2024 2:30\n");
    const auto outcome = import_file(file.path(), purchases(""), spec);
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_THAT(outcome->events, ElementsAre("2024-03-31T00:59 purchase 0:u1 {}",
                                             "2024-03-31T01:00 purchase 0:u2 {}",
                                             "2024-10-27T00:30 purchase 0:u3 {}"));
}

TEST(EventImporter, RefusesMappingsByName) {
    const TempFile file("CustomerID,when\n1,2020-01-01\n");
    const auto error = [&](ImportOptions options) {
        return import_file(file.path(), std::move(options)).error();
    };
    EXPECT_EQ(error(purchases("user=CustomerId,time=when")).hint, "did you mean \"CustomerID\"?");
    EXPECT_THAT(error(purchases("time=when")).message, HasSubstr("needs `user`"));
    EXPECT_THAT(error(purchases("user=CustomerID,user=when")).message, HasSubstr("mapped twice"));
    ImportOptions no_type = purchases("user=CustomerID");
    no_type.event = "";
    EXPECT_THAT(error(no_type).hint, HasSubstr("--events"));
    ImportOptions format = purchases("user=CustomerID");
    format.format = "cvs";
    EXPECT_EQ(error(format).hint, "did you mean \"csv\"?");
    EXPECT_EQ(parse_import_map("user").error().code, Code::kUsage);
    EXPECT_EQ(parse_import_map("=a").error().code, Code::kUsage);
    EXPECT_EQ(import_file("/no/such/file.csv", purchases("")).error().code, Code::kUnavailable);
    EXPECT_EQ(import_file("-", purchases("")).error().code, Code::kUsage);
}

TEST(EventImporter, RefusesTimesBeyondTheClock) {
    const TempFile file("user,time\na,2100-01-01\nb,1850-01-01\nc,2020-01-01\n");
    const auto outcome = import_file(file.path(), purchases(""));
    ASSERT_TRUE(outcome.ok());
    EXPECT_THAT(reasons_of(outcome->report),
                ElementsAre("2 time: found \"2100-01-01\", expected a time from 1900 to now",
                            "3 time: found \"1850-01-01\", expected a time from 1900 to now"));
}

TEST(EventImporter, TellsEachReasonApart) {
    const TempFile file(
        "user,time,price\na,2020-01-01,1\nb,2020-01-01\nc,2020-01-01,NA\n"
        "d,2020-01-01,2,3\ne,2020-01-01,abc\nf,2020-01-01,NA\n");
    const auto outcome = import_file(file.path(), purchases(""));
    ASSERT_TRUE(outcome.ok());
    EXPECT_THAT(
        reasons_of(outcome->report),
        ElementsAre("4 price: found \"NA\", expected double", "3 found 2 fields, expected 3",
                    "5 found 4 fields, expected 3", "6 price: found \"abc\", expected double"));
    EXPECT_EQ(outcome->report.refusals[0].count, 2u);
}

TEST(EventImporter, ASinkRefusesRowsOrEndsTheImport) {
    const TempFile file("user,time\na,2020-01-01\nb,2020-01-02\nc,2020-01-03\n");
    ImportOptions options = purchases("");
    options.now = kNow;
    options.zone = ZoneRule{.allow_local = true};
    const spec::Spec spec = shop();
    auto importer = EventImporter::open(file.path(), options, spec);
    ASSERT_TRUE(importer.ok());
    const auto report = importer->run(
        ::testing::TempDir(), {}, [](EventDraft&& draft, std::uint64_t) -> Result<ImportVerdict> {
            if (draft.entities[0].id == "a") return ImportVerdict::kDuplicate;
            if (draft.entities[0].id == "b")
                return fail(Code::kWrongType, "found x", "/properties/y");
            return ImportVerdict::kAccepted;
        });
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->duplicates, 1u);
    EXPECT_EQ(report->refused, 1u);
    EXPECT_EQ(report->refusals[0].line, 3u);
    EXPECT_EQ(report->refusals[0].reason, "/properties/y: found x");
    EXPECT_EQ(report->accepted, 1u);
    const auto full = importer->run(::testing::TempDir(), {},
                                    [](EventDraft&&, std::uint64_t) -> Result<ImportVerdict> {
                                        return fail(Code::kStorageFull, "full");
                                    });
    EXPECT_EQ(full.error().code, Code::kStorageFull);
}

TEST(EventImporter, ReadsAnArrayOfEvents) {
    const std::string_view array = R"([
        {"event":"open","user":"u1","time":1577836800},
        {"event":"purchase","user":"u2","time":1577836801,"properties":{"price":2}}
    ])";
    for (const char* const name : {"events.json", "events"}) {
        const TempFile file(array, name);
        const auto outcome = import_file(file.path(), {});
        ASSERT_TRUE(outcome.ok()) << outcome.error().message;
        EXPECT_THAT(outcome->events, ElementsAre("2020-01-01T00:00 open 0:u1 {}",
                                                 "2020-01-01T00:00 purchase 0:u2 {price=2.0}"));
    }
}

TEST(EventImporter, ReadsLinesThatEndInCrAlone) {
    const TempFile file("user,time\ru1,2020-01-01\ru2,2020-01-02\r");
    const auto outcome = import_file(file.path(), purchases(""));
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_EQ(outcome->events.size(), 2u);
    const TempFile one_line("user,time");  // no end at all
    EXPECT_TRUE(import_file(one_line.path(), purchases("")).ok());
    const TempFile bad(std::string("user,time\r\n") + "u1,soon\r\n");
    EXPECT_EQ(import_file(bad.path(), purchases(""))->report.refusals[0].line, 2u);
}

TEST(EventImporter, SaysWhatAFileIsThatIsNoText) {
    const auto refusal = [](std::string_view bytes) {
        const TempFile file(bytes);
        const auto outcome = import_file(file.path(), purchases(""));
        return outcome.ok() ? "(accepted)" : outcome.error().message + " " + outcome.error().hint;
    };
    EXPECT_THAT(
        refusal("PK\x03\x04\x14"),
        HasSubstr("not a text file: found a zip archive (an Excel workbook?) expected CSV"));
    EXPECT_THAT(refusal("PAR1"), HasSubstr("a Parquet file"));
    EXPECT_THAT(refusal(std::string("user\0,time\n", 11)), HasSubstr("bytes that are no text"));
    EXPECT_THAT(refusal("\xff\xfeu"), HasSubstr("--encoding utf-16"));
    EXPECT_THAT(refusal(""), HasSubstr("the file has no rows"));
}

TEST(EventImporter, TellsTheEndOfEachStage) {
    const TempFile file("user,time\na,2020-01-01\nb,2020-01-02\n");
    std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
    const auto progress = [&](ImportStage, std::uint64_t done, std::uint64_t total) {
        told.emplace_back(done, total);
        return true;
    };
    const spec::Spec spec = shop();
    ImportOptions options = purchases("");
    options.now = kNow;
    options.zone = ZoneRule{.allow_local = true};
    auto importer = EventImporter::open(file.path(), options, spec, progress);
    ASSERT_TRUE(importer.ok()) << importer.error().message;
    const auto report =
        importer->run(::testing::TempDir(), progress, [](EventDraft&&, std::uint64_t) {
            return Result<ImportVerdict>(ImportVerdict::kAccepted);
        });
    ASSERT_TRUE(report.ok());
    EXPECT_THAT(told, ElementsAre(std::pair(36, 36), std::pair(36, 36), std::pair(2, 2)));
}

TEST(EventImporter, CanBeInterrupted) {
    std::string rows = "user,time\n";
    for (int i = 0; i < 20'000; ++i) rows += "u,2020-01-01\n";
    const TempFile file(rows);
    const spec::Spec spec = shop();
    ImportOptions options = purchases("");
    options.now = kNow;
    const auto stop = [](ImportStage, std::uint64_t, std::uint64_t) { return false; };
    EXPECT_EQ(EventImporter::open(file.path(), options, spec, stop).error().code, Code::kCancelled);
}

TEST(EventImporter, ImportsOnlineRetail) {
    const char* const data = std::getenv("VOLANT_DATA");
    const char* const source = std::getenv("VOLANT_SOURCE_DIR");
    const std::string path =
        (data != nullptr ? std::string(data)
                         : std::string(source != nullptr ? source : ".") + "/../shared/data") +
        "/online_retail.csv.gz";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
    ImportOptions options =
        purchases("user=CustomerID,time=InvoiceDate,code=StockCode,price=UnitPrice");
    options.now = kNow;
    options.zone = ZoneRule{.allow_local = true};
    const spec::Spec spec = shop();
    auto importer = EventImporter::open(path, options, spec);
    ASSERT_TRUE(importer.ok()) << importer.error().message;
    Micros last = 0;
    const auto report = importer->run(
        ::testing::TempDir(), {}, [&](EventDraft&& draft, std::uint64_t) -> Result<ImportVerdict> {
            EXPECT_GE(*draft.time, last);
            last = *draft.time;
            return ImportVerdict::kAccepted;
        });
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_EQ(report->rows, 541'909u);
    EXPECT_EQ(report->refused, 135'080u);  // without a customer
    EXPECT_EQ(report->accepted, 406'829u);
    EXPECT_EQ(format_time(report->first_time), "2010-12-01T08:26:00.000000Z");
    EXPECT_EQ(format_time(report->last_time), "2011-12-09T12:50:00.000000Z");
}

}  // namespace
}  // namespace volant::collect
