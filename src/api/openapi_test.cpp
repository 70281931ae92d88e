// The documents say what the tables say: every route, every field, every reference.
#include "api/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "api/shapes.h"
#include "collect/event_parser.h"
#include "core/json_reader.h"

namespace volant::api {
namespace {

using testing::HasSubstr;

constexpr Field kQuery[] = {
    {.name = "limit", .kind = Kind::kInt, .text = "How many.", .min = 1, .max = 1000}};
constexpr Code kErrors[] = {Code::kNotTrained};

std::vector<Route> table() {
    return {
        {.method = Method::kPost,
         .pattern = "/v1/events",
         .name = "post_events",
         .scope = protect::Scope::kIngest,
         .text = "Takes events.",
         .request = &collect::kEventShape,
         .requests = Many::kOneOrMore,
         .answer = &shapes::kEventAnswer,
         .answer_to_many = &shapes::kEventsAnswer},
        {.pattern = "/v1/events",
         .name = "get_events",
         .text = "Lists events.",
         .query = kQuery,
         .answer = &shapes::kStoredEvent,
         .answers = Many::kPage},
        {.method = Method::kPost,
         .pattern = "/v1/predict/{model}",
         .name = "predict",
         .scope = protect::Scope::kPredict,
         .text = "Predicts.",
         .request = &shapes::kPredict,
         .requests = Many::kOneOrMore,
         .multipart = true,
         .answer = &shapes::kPrediction,
         .answers = Many::kOneOrMore,
         .errors = kErrors},
        {.pattern = "/healthz",
         .name = "healthz",
         .scope = protect::Scope::kNone,
         .text = "Up?",
         .answer = &shapes::kHealth,
         .while_recovering = true},
        {.pattern = "/metrics",
         .name = "metrics",
         .text = "Figures.",
         .content_type = "text/plain"},
    };
}

// Every string under a key "$ref", and every path of keys, by walking the whole document.
void walk(json::Item item, const std::string& path, std::set<std::string>& paths,
          std::set<std::string>& refs) {
    paths.insert(path);
    if (item.is_object()) {
        const Status status = item.object([&](std::string_view key, json::Item member) -> Status {
            if (key == "$ref") {
                VOLANT_TRY(const std::string_view ref, member.string());
                refs.insert(std::string(ref));
                return {};
            }
            walk(member, path + "|" + std::string(key), paths, refs);
            return {};
        });
        EXPECT_TRUE(status.ok()) << path;
    } else if (item.is_array()) {
        const Status status = item.array([&](std::size_t index, json::Item element) -> Status {
            walk(element, path + "|" + std::to_string(index), paths, refs);
            return {};
        });
        EXPECT_TRUE(status.ok()) << path;
    }
}

class OpenApiTest : public testing::Test {
  protected:
    void SetUp() override {
        text = openapi_json(table(), "1.2.3");
        json::Document document;
        auto root = document.parse(text);
        ASSERT_TRUE(root.ok()) << root.error().message;
        walk(*root, "", paths, refs);
        ASSERT_TRUE(document.finish().ok());
    }
    bool has(const std::string& path) const { return paths.contains(path); }

    std::string text;
    std::set<std::string> paths;
    std::set<std::string> refs;
};

TEST_F(OpenApiTest, DocumentsEveryRouteWithItsParametersAndAnswers) {
    for (const Route& route : table()) {
        std::string method(method_name(route.method));
        for (char& c : method) c = static_cast<char>(c + 32);
        const std::string at = "|paths|" + std::string(route.pattern) + "|" + method;
        EXPECT_TRUE(has(at)) << at;
        EXPECT_TRUE(has(at + "|operationId"));
        EXPECT_TRUE(has(at + "|responses|" + std::to_string(route.status))) << at;
        EXPECT_EQ(has(at + "|requestBody"), route.requests != Many::kNone) << at;
        for (const Code code : errors_of(route)) {
            EXPECT_TRUE(has(at + "|responses|" + std::to_string(error_row(code).http_status)))
                << at;
        }
        for (std::size_t i = 0; i < route.query.size(); ++i) {
            EXPECT_TRUE(has(at + "|parameters|" + std::to_string(i) + "|schema|minimum")) << at;
        }
    }
}

TEST_F(OpenApiTest, EveryReferenceLeadsSomewhere) {
    EXPECT_GT(refs.size(), 10u);
    for (const std::string& ref : refs) {
        std::string path = ref.substr(1);
        for (char& c : path) c = c == '/' ? '|' : c;
        EXPECT_TRUE(has(path)) << ref;
    }
}

TEST_F(OpenApiTest, EveryFieldOfEveryShapeIsThere) {
    for (const Shape* shape : shapes_of(table())) {
        const std::string at = "|components|schemas|" + std::string(shape->name);
        EXPECT_TRUE(has(at)) << at;
        for (const Field& field : shape->fields) {
            EXPECT_TRUE(has(at + "|properties|" + std::string(field.name)))
                << at << " " << field.name;
            EXPECT_FALSE(field.text.empty()) << at << " " << field.name;
        }
    }
}

TEST_F(OpenApiTest, HealthNeedsNoKeyAndPredictionsNameTheirScope) {
    EXPECT_TRUE(has("|paths|/healthz|get|security"));
    EXPECT_FALSE(has("|paths|/healthz|get|responses|401"));
    EXPECT_FALSE(has("|paths|/v1/predict/{model}|post|security"));
    EXPECT_TRUE(has("|paths|/v1/predict/{model}|post|responses|409"));
    EXPECT_THAT(text, HasSubstr("scope `predict`"));
}

TEST(Shapes, NamesAreUniqueAndFieldsFitTheReader) {
    std::set<std::string_view> names;
    for (const Shape* shape : shapes_of(table())) {
        EXPECT_TRUE(names.insert(shape->name).second) << shape->name;
        EXPECT_LE(shape->fields.size(), 64u) << shape->name;
        std::set<std::string_view> fields;
        for (const Field& field : shape->fields) {
            EXPECT_TRUE(fields.insert(field.name).second) << shape->name << " " << field.name;
            EXPECT_EQ(field.kind == Kind::kObject,
                      field.shape != nullptr && field.kind != Kind::kArray)
                << shape->name << " " << field.name;
        }
    }
}

TEST(Shapes, NumbersOfFieldsNameTheFieldsTheySay) {
    EXPECT_EQ(shapes::kPredict.fields[shapes::predict::kExplain].name, "explain");
    EXPECT_EQ(shapes::kPredict.fields[shapes::predict::kK].name, "k");
    EXPECT_EQ(shapes::kFeedback.fields[shapes::feedback::kId].name, "id");
    EXPECT_EQ(shapes::kFeedback.fields[shapes::feedback::kOutcome].name, "outcome");
    EXPECT_EQ(shapes::kPromote.fields[shapes::promote::kWhy].name, "why");
    EXPECT_EQ(shapes::kNewKey.fields[shapes::new_key::kOrigins].name, "origins");
}

TEST(Reference, HasASectionForEveryRouteAndShape) {
    const std::string text = reference_markdown(table());
    for (const Route& route : table()) {
        EXPECT_THAT(text, HasSubstr("## " + std::string(method_name(route.method)) + " " +
                                    std::string(route.pattern) + "\n"));
    }
    for (const Shape* shape : shapes_of(table())) {
        EXPECT_THAT(text, HasSubstr("## " + std::string(shape->name) + "\n"));
    }
    EXPECT_THAT(text, HasSubstr("| `limit` | int, from 1, up to 1000 | How many. |"));
}

}  // namespace
}  // namespace volant::api
