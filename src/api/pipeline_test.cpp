// Requests that arrive in one packet: a network thread holds them back and hands them on together.
// Over real sockets, with one network thread (which then applies brief commands itself) and two.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/net/raw_client.h"
#include "api/testing.h"

namespace volant::api {
namespace {

using testing::at;
using ::testing::HasSubstr;
using testing::Home;

constexpr std::string_view kSpecification = R"(name: pipeline
subject: user
entities: { user: {}, book: {} }
events: { open: { user: id, book: id } }
features:
  user.opens: { count: open, by: user }
models:
  returns:
    decide: { classify: user }
    outcome: { within: 1h, otherwise: 0 }
    features: [user.*]
  shelf:
    decide: { rank: book }
    outcome: { event: open, within: 1h, otherwise: 0 }
    features: [user.*]
)";

std::string post(std::string_view target, std::string_view body) {
    return fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{}", target,
                       body.size(), body);
}
std::string get(std::string_view target) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", target);
}
std::string open(int number) {
    return post("/v1/events",
                fmt::format(R"({{"event":"open","user":"u1","book":"b1","id":"e{}"}})", number));
}

class PipelineTest : public ::testing::TestWithParam<int> {
  protected:
    void SetUp() override {
        const Status listening = home.service().listen({});
        ASSERT_TRUE(listening.ok()) << listening.error().message;
        client.emplace(home.service().port());
    }
    RawAnswer answer() {
        const auto answer = client->answer();
        EXPECT_TRUE(answer);
        return answer.value_or(RawAnswer{});
    }

    Home home{std::string(kSpecification) +
              fmt::format("server: {{ port: 0, threads: {} }}\n", GetParam())};
    std::optional<RawClient> client;
};

TEST_P(PipelineTest, AnswersComeInOrderEachWithItsOwnPlace) {
    constexpr int kRequests = 100;  // below ServerOptions::pipeline_max
    std::string packet;
    for (int i = 0; i < kRequests; ++i)
        packet += i % 2 == 0 ? open(i) : post("/v1/predict/returns", R"({"user":"u1"})");
    ASSERT_TRUE(client->send(packet));
    long last = 0;
    for (int i = 0; i < kRequests; ++i) {
        const RawAnswer one = answer();
        ASSERT_EQ(one.status, 200) << one.body;
        if (i % 2 == 0) {
            EXPECT_EQ(at(one.body, "/id"), "e" + std::to_string(i));
        } else {
            EXPECT_EQ(at(one.body, "/model"), "returns");
        }
        const long lsn = std::stol(at(one.body, "/lsn"));
        EXPECT_GT(lsn, last);
        last = lsn;
    }
}

TEST_P(PipelineTest, EachSeesWhatStandsBeforeIt) {
    std::string packet;
    for (int i = 0; i < 20; ++i) packet += open(i) + get("/v1/features/user/u1");
    ASSERT_TRUE(client->send(packet));
    for (int i = 1; i <= 20; ++i) {
        answer();
        EXPECT_EQ(at(answer().body, "/features/user.opens"), std::to_string(i));
    }
}

TEST_P(PipelineTest, ABadOneSpoilsNoneOfItsNeighbours) {
    ASSERT_TRUE(client->send(open(1) + post("/v1/events", "{") + get("/v1/nothing") + open(1) +
                             post("/v1/predict/returns", R"({"usr":"u1"})") + open(2)));
    EXPECT_EQ(at(answer().body, "/status"), "accepted");
    EXPECT_EQ(at(answer().body, "/error/code"), "invalid_json");
    EXPECT_EQ(answer().status, 404);
    EXPECT_EQ(at(answer().body, "/status"), "duplicate");
    EXPECT_EQ(at(answer().body, "/error/code"), "unknown_field");
    EXPECT_EQ(at(answer().body, "/status"), "accepted");
}

// A handler that waited for the apply thread while its own batch is held back would wait for ever.
TEST_P(PipelineTest, EveryRouteMayStandInAPacketWithOthers) {
    ASSERT_TRUE(client->send(open(1) + post("/v1/predict/shelf", R"({"user":"u1"})")));
    answer();
    const std::string prediction = at(answer().body, "/prediction_id");
    std::vector<std::string> requests;
    for (const Route& route : home.service().router().routes()) {
        std::string path(route.pattern);
        for (const auto& [name, value] :
             {std::pair<std::string, std::string>{"{model}", "shelf"},
              {"{m}", "shelf"},
              {"{version}", "1"},
              {"{v}", "1"},
              {"{entity}", "user"},
              {"{id}", route.name == "get_prediction" ? prediction : "u1"}}) {
            const std::size_t place = path.find(name);
            if (place != std::string::npos) path.replace(place, name.size(), value);
        }
        if (route.name == "feedback" || route.name == "backup") continue;
        requests.push_back(route.method == Method::kGet ? get(path)
                           : route.method == Method::kPost
                               ? post(path, "{}")
                               : "DELETE " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    ASSERT_GT(requests.size(), 15u);
    std::string packet;
    for (const std::string& one : requests) packet += open(7) + one;
    ASSERT_TRUE(client->send(packet));
    for (const std::string& one : requests) {
        EXPECT_EQ(answer().status, 200);
        const RawAnswer of_route = answer();
        EXPECT_TRUE(of_route.status >= 200 && of_route.status < 500)
            << one << of_route.status << " " << of_route.body;
    }
}

// A client that is gone before its answers does not hold up the packets of others.
TEST_P(PipelineTest, AClientThatLeavesIsNobodysBusiness) {
    for (int i = 0; i < 20; ++i) {
        RawClient hasty(home.service().port());
        std::string packet;
        for (int k = 0; k < 50; ++k) packet += open(1000 + i * 50 + k);
        ASSERT_TRUE(hasty.send(packet));
        hasty.close();
    }
    ASSERT_TRUE(client->send(open(1)));
    EXPECT_EQ(at(answer().body, "/status"), "accepted");
}

INSTANTIATE_TEST_SUITE_P(Threads, PipelineTest, ::testing::Values(1, 2));

}  // namespace
}  // namespace volant::api
