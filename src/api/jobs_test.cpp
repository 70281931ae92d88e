// Trainings as a client meets them, over real sockets: followed, cancelled, and known again after a
// start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "api/net/raw_client.h"
#include "api/testing.h"

namespace volant::api {
namespace {

using testing::at;
using ::testing::HasSubstr;
using testing::Home;
using ::testing::Not;

// The long ones read many terms so often that they are cancelled long before they would end.
constexpr std::string_view kSpecification = R"(name: jobs
entities: { user: {} }
events: { visit: { user: id, good: bool, page: category } }
models:
  long_one:
    decide: { classify: visit.good }
    inputs: { page: category, a: any, b: any, c: any, d: any, e: any, f: any, g: any, h: any }
    examples: { at: visit }
    learner: { family: linear, passes: 1000, interactions: [[input, input]] }
  long_two:
    decide: { classify: visit.good }
    inputs: { page: category, a: any, b: any, c: any, d: any, e: any, f: any, g: any, h: any }
    examples: { at: visit }
    learner: { family: linear, passes: 1000, interactions: [[input, input]] }
  short_one:
    decide: { classify: visit.good }
    inputs: { page: category }
    examples: { at: visit }
server: { port: 0 }
)";

std::string request(std::string_view method, std::string_view target, std::string_view body = {}) {
    return std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" +
           (body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") +
           "\r\n" + std::string(body);
}

class JobsTest : public ::testing::Test {
  protected:
    void SetUp() override {
        listen();
        std::string events;
        for (int i = 0; i < 5'000; ++i) {
            events += (i == 0 ? "[" : ",") +
                      std::string(R"({"event":"visit","user":"u1","properties":{"good":)") +
                      (i % 3 == 0 ? "true" : "false") + R"(,"page":"p)" + std::to_string(i % 7) +
                      "\"}}";
        }
        ASSERT_EQ(at(ask("POST", "/v1/events", events + "]").body, "/accepted"), "5000");
    }
    void listen() {
        const Status listening = home.service().listen({});
        ASSERT_TRUE(listening.ok()) << listening.error().message;
        client.emplace(home.service().port());
    }
    RawAnswer ask(std::string_view method, std::string_view target, std::string_view body = {}) {
        client->send(request(method, target, body));
        const auto answer = client->answer();
        EXPECT_TRUE(answer) << method << " " << target;
        return answer.value_or(RawAnswer{});
    }
    std::string train(const std::string& model) {
        const RawAnswer answer = ask("POST", "/v1/models/" + model + "/train", "{}");
        EXPECT_EQ(answer.status, 202) << answer.body;
        return at(answer.body, "/job");
    }
    std::string state(const std::string& job) {
        return at(ask("GET", "/v1/jobs/" + job).body, "/state");
    }
    std::string refusal(const RawAnswer& answer) {
        return std::to_string(answer.status) + " " + at(answer.body, "/error/code");
    }

    Home home{kSpecification};
    std::optional<RawClient> client;
};

// The stream of one job.
class Stream {
  public:
    Stream(Home& home, const std::string& job) : client_(home.service().port()) {
        client_.send(request("GET", "/v1/jobs/" + job + "/stream"));
        head_ = client_.head();
    }
    const std::string& head() const { return head_; }
    // "progress {...}"; "" at its end.
    std::string next() {
        std::size_t end;
        while ((end = text_.find("\n\n")) == std::string::npos) {
            const auto chunk = client_.chunk();
            if (!chunk || chunk->empty()) return {};
            text_ += *chunk;
        }
        const std::string event = text_.substr(0, end);
        text_.erase(0, end + 2);
        const std::size_t data = event.find("\ndata: ");
        EXPECT_TRUE(event.starts_with("event: ") && data != std::string::npos) << event;
        return event.substr(7, data - 7) + " " + event.substr(data + 7);
    }
    // Until one has this in it; "" if none did.
    std::string until(std::string_view what) {
        for (std::string event = next(); !event.empty(); event = next())
            if (event.find(what) != std::string::npos) return event;
        return {};
    }

  private:
    RawClient client_;
    std::string head_;
    std::string text_;
};

TEST_F(JobsTest, AStreamFollowsATrainingToItsEnd) {
    const std::string job = train("short_one");
    Stream stream(home, job);
    EXPECT_THAT(stream.head(), HasSubstr("Content-Type: text/event-stream"));
    std::string last;
    std::vector<std::string> all;
    for (std::string event = stream.next(); !event.empty(); event = stream.next()) {
        all.push_back(event);
        EXPECT_EQ(at(event.substr(event.find('{')), "/job"), job);
        EXPECT_THAT(last, Not(HasSubstr("done {"))) << "nothing comes behind the end";
        last = event;
    }
    EXPECT_TRUE(last.starts_with("done {")) << last;
    EXPECT_THAT(last, HasSubstr(R"("state":"done")"));
    EXPECT_THAT(last, HasSubstr(R"("version":1)"));

    Stream again(home, job);  // of a finished job
    for (const std::string& event : all) EXPECT_EQ(again.next(), event);
    EXPECT_EQ(again.next(), "");
    EXPECT_THAT(all.front(), HasSubstr(R"("state":"waiting")"));
    EXPECT_GT(all.size(), 3u);
}

TEST_F(JobsTest, AStreamBeginsAtTheBeginningAndIsBounded) {
    const std::string job = train("long_one");
    ASSERT_NE(Stream(home, job).until(R"("stage":"training")"), "");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    ASSERT_EQ(ask("DELETE", "/v1/jobs/" + job).status, 200);
    ASSERT_NE(Stream(home, job).until("done {"), "");
    Stream stream(home, job);
    const std::string first = stream.next();
    EXPECT_THAT(first, HasSubstr(R"("state":"waiting")"));
    EXPECT_THAT(first, HasSubstr(R"("ended_at":null)"));
    std::size_t count = 1;
    std::string last;
    for (std::string event = stream.next(); !event.empty(); event = stream.next(), ++count)
        last = event;
    EXPECT_TRUE(last.starts_with("done {")) << last;
    EXPECT_LE(count, Jobs::kStepsMax);
}

TEST_F(JobsTest, NoIdIsGivenTwice) {
    const std::string first = train("long_one");
    ASSERT_EQ(ask("DELETE", "/v1/jobs/" + first).status, 200);
    const std::string last = train("long_two");
    home.restart();  // nothing of them is in the log
    listen();
    const std::string next = train("short_one");
    EXPECT_GT(std::stoi(next), std::stoi(last));
    EXPECT_EQ(refusal(ask("GET", "/v1/jobs/" + last)), "404 not_found");
}

TEST_F(JobsTest, ACancelledTrainingEndsItsStreamAndRegistersNothing) {
    const std::string job = train("long_one");
    Stream stream(home, job);
    ASSERT_NE(stream.until(R"("stage":"training")"), "");
    EXPECT_EQ(refusal(ask("POST", "/v1/models/long_one/train", "{}")), "409 conflict");
    EXPECT_EQ(ask("DELETE", "/v1/jobs/" + job).status, 200);
    const std::string end = stream.until("done {");
    EXPECT_THAT(end, HasSubstr(R"("state":"cancelled")"));
    EXPECT_EQ(stream.next(), "");
    EXPECT_EQ(refusal(ask("DELETE", "/v1/jobs/" + job)), "409 conflict");
    EXPECT_EQ(at(ask("GET", "/v1/models/long_one").body, "/versions"), "[]");
    EXPECT_EQ(state(train("short_one")).empty(), false) << "the next one has its turn";
}

TEST_F(JobsTest, OneThatWaitsIsCancelledAtOnce) {
    const std::string running = train("long_one");
    Stream stream(home, running);
    ASSERT_NE(stream.until(R"("state":"running")"), "");
    const std::string waiting = train("long_two");
    Stream waits(home, waiting);
    EXPECT_THAT(waits.next(), HasSubstr(R"("state":"waiting")"));
    EXPECT_EQ(at(ask("DELETE", "/v1/jobs/" + waiting).body, "/state"), "cancelled");
    EXPECT_THAT(waits.next(), HasSubstr(R"(done {"job":")" + waiting));
    EXPECT_EQ(waits.next(), "");
    EXPECT_EQ(state(running), "running");
    EXPECT_NE(train("long_two"), waiting) << "its model is free again";
}

TEST_F(JobsTest, UnknownOnesAreNamed) {
    for (const char* method : {"GET", "DELETE"})
        EXPECT_EQ(refusal(ask(method, "/v1/jobs/77")), "404 not_found");
    EXPECT_EQ(refusal(ask("GET", "/v1/jobs/77/stream")), "404 not_found");
    EXPECT_EQ(refusal(ask("GET", "/v1/jobs/one")), "404 not_found");
}

TEST_F(JobsTest, OnlySoManyFollow) {
    const std::string job = train("long_one");
    std::vector<std::unique_ptr<Stream>> streams;
    for (std::size_t i = 0; i < Jobs::kWatchesMax; ++i) {
        streams.push_back(std::make_unique<Stream>(home, job));
        ASSERT_NE(streams.back()->next(), "");
    }
    EXPECT_EQ(refusal(ask("GET", "/v1/jobs/" + job + "/stream")), "503 overloaded");
}

TEST_F(JobsTest, StoppingEndsTrainingsAndStreams) {
    const std::string job = train("long_one");
    Stream stream(home, job);
    ASSERT_NE(stream.until(R"("stage":"training")"), "");
    auto rest = std::async(std::launch::async, [&] {
        while (!stream.next().empty()) {
        }
        return true;
    });
    home.stop();
    EXPECT_TRUE(rest.get());
}

TEST_F(JobsTest, WhatGaveAVersionIsKnownAgainAfterAStart) {
    const std::string cancelled = train("long_one");
    ASSERT_EQ(ask("DELETE", "/v1/jobs/" + cancelled).status, 200);
    const std::string job = train("short_one");
    Stream(home, job).until("done {");
    const std::string before = ask("GET", "/v1/jobs/" + job).body;
    home.restart();
    listen();
    const std::string after = ask("GET", "/v1/jobs/" + job).body;
    for (const char* field :
         {"/job", "/model", "/state", "/version", "/digest", "/examples", "/metrics"})
        EXPECT_EQ(at(after, field), at(before, field)) << field;
    EXPECT_EQ(refusal(ask("GET", "/v1/jobs/" + cancelled)), "404 not_found");
    EXPECT_EQ(at(ask("GET", "/v1/jobs").body, "/items/0/job"), job);
    EXPECT_GT(std::stoi(train("short_one")), std::stoi(job));
}

}  // namespace
}  // namespace volant::api
