// Walks every route of a real workspace: each is documented, each answers something that it
// documents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "api/openapi.h"
#include "api/route_tree.h"
#include "api/service.h"
#include "core/json_reader.h"

namespace volant::api {
namespace {

constexpr std::string_view kSpecification = R"(name: shop
subject: user
entities:
  user: {}
  book: { title: text, category: string }
events:
  open: { user: id, book: id }
features:
  user.opens: { count: open, by: user, window: 7d }
  book.opens: { count: open, by: book }
models:
  shelf:
    decide: { rank: book }
    outcome: { event: open, within: 30m, otherwise: 0 }
    features: [user.*, book.*]
    learner: { family: linear }
)";

class RoutesTest : public testing::Test {
  protected:
    void SetUp() override {
        folder = (std::filesystem::temp_directory_path() / "volant_routes_XXXXXX").string();
        ASSERT_NE(::mkdtemp(folder.data()), nullptr);
        std::ofstream(folder + "/volant.yaml") << kSpecification;
        auto opened = Service::open(folder);
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        service = std::move(opened).value();
        const Status started = service->start();
        ASSERT_TRUE(started.ok()) << started.error().message;
    }
    void TearDown() override {
        ASSERT_TRUE(service && service->stop().ok());
        service.reset();
        std::filesystem::remove_all(folder);
    }
    Response call(const Route& route, std::string_view target, std::string_view body) {
        return service->call(route.method, std::string(target), std::string(body),
                             "application/json");
    }
    // A path of the route with `value` for each parameter.
    static std::string path_of(const Route& route, std::string_view value) {
        std::string out;
        for (const std::string_view segment : segments_of(route.pattern)) {
            out.append("/").append(is_parameter(segment) ? value : segment);
        }
        return out;
    }
    static bool documents(const Route& route, int status) {
        if (status == route.status) return true;
        for (const Code code : errors_of(route)) {
            if (error_row(code).http_status == status) return true;
        }
        return false;
    }

    std::string folder;
    std::unique_ptr<Service> service;
};

TEST_F(RoutesTest, EveryAnswerIsOneThatIsDocumentedAndNoneIsAFaultOfOurs) {
    const std::string_view bodies[] = {
        "",
        "{}",
        "[]",
        "[{}]",
        "null",
        "{\"a\":",
        "\"\xff\"",
        "{\"k\":0}",
        "{\"user\":\"u\",\"version\":99,\"prediction_id\":\"x\",\"outcome\":1}"};
    const std::string_view ids[] = {"shelf", "1", "user", "no%2Fsuch"};
    for (const Route& route : service->router().routes()) {
        for (const std::string_view id : ids) {
            for (const std::string_view body : bodies) {
                const Response response = call(route, path_of(route, id), body);
                EXPECT_TRUE(documents(route, response.status))
                    << route.name << " " << path_of(route, id) << " " << body << ": "
                    << response.status << " " << response.body;
                EXPECT_NE(response.status, 500)
                    << route.name << " " << body << ": " << response.body;
            }
        }
    }
}

TEST_F(RoutesTest, UnknownParametersAreRefusedEverywhere) {
    for (const Route& route : service->router().routes()) {
        if (route.open_query) continue;
        const Response response = call(route, path_of(route, "shelf") + "?nonsense=1", "{}");
        EXPECT_EQ(response.status, 400) << route.name << " " << response.body;
        EXPECT_THAT(response.body, testing::HasSubstr("unknown_field")) << route.name;
    }
}

TEST_F(RoutesTest, OpenApiIsJsonAndHasEveryRoute) {
    const Response response = service->call(Method::kGet, "/openapi.json", "", "");
    ASSERT_EQ(response.status, 200);
    json::Document document;
    auto root = document.parse(response.body);
    ASSERT_TRUE(root.ok());
    ASSERT_TRUE(root->raw().ok());
    EXPECT_TRUE(document.finish().ok());
    for (const Route& route : service->router().routes()) {
        EXPECT_THAT(response.body,
                    testing::HasSubstr("\"operationId\":\"" + std::string(route.name) + "\""));
    }
}

TEST_F(RoutesTest, ShapesHaveUniqueFieldsThatTheReaderCanCount) {
    for (const Shape* shape : shapes_of(service->router().routes())) {
        std::set<std::string_view> names;
        EXPECT_LE(shape->fields.size(), 64u) << shape->name;
        for (const Field& field : shape->fields) {
            EXPECT_TRUE(names.insert(field.name).second) << shape->name << " " << field.name;
            EXPECT_FALSE(field.text.empty()) << shape->name << " " << field.name;
        }
    }
}

// Set VOLANT_WRITE_DOCS to write the page anew.
TEST_F(RoutesTest, TheReferencePageIsUpToDate) {
    const char* root = std::getenv("VOLANT_SOURCE_DIR");
    if (root == nullptr) GTEST_SKIP() << "VOLANT_SOURCE_DIR is not set";
    const std::string path = std::string(root) + "/docs/reference/api.md";
    const std::string text = reference_markdown(service->router().routes());
    if (std::getenv("VOLANT_WRITE_DOCS") != nullptr) std::ofstream(path) << text;
    std::stringstream found;
    found << std::ifstream(path).rdbuf();
    EXPECT_EQ(found.str(), text) << "run api_test with VOLANT_WRITE_DOCS=1";
}

}  // namespace
}  // namespace volant::api
