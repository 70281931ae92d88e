// The whole server on a disk that crashes and loses what was not synced: every event, prediction
// and feedback that was acknowledged is there once, and is a duplicate when it is sent again.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <thread>

#include "api/testing.h"
#include "collect/event.h"
#include "core/random.h"
#include "core/time.h"
#include "feedback/prediction.h"
#include "log/fault_disk.h"
#include "log/gated_disk.h"

namespace volant::api {
namespace {

using testing::at;

// Segments of the smallest size, so that some are filled; every feedback on `spends` adds.
constexpr std::string_view kSpecification = R"(name: shop
time: simulated
subject: user
entities: {{ user: {{}}, book: {{}} }}
events:
  read: {{ user: id, book: id }}
features:
  user.reads: {{ count: read, by: user }}
  book.reads: {{ count: read, by: book, window: 1d }}
models:
  shelf:
    decide: {{ rank: book }}
    outcome: {{ event: read, within: 1m, otherwise: 0 }}
    features: [user.*, book.*]
  spends:
    decide: {{ regress: user }}
    outcome: {{ within: 1d, otherwise: 0, aggregate: sum }}
    features: [user.*]
server: {{ event_max: 128KiB, threads: {} }}
log: {{ segment_bytes: 1MiB }}
)";

// A folder with a specification, whose server can start, fail and be gone.
class Machine {
  public:
    explicit Machine(int threads) {
        folder_ = (std::filesystem::temp_directory_path() / "volant_crash_XXXXXX").string();
        VOLANT_CHECK(::mkdtemp(folder_.data()) != nullptr);
        std::ofstream(folder_ + "/volant.yaml")
            << fmt::format(fmt::runtime(kSpecification), threads);
    }
    ~Machine() {
        service.reset();
        std::filesystem::remove_all(folder_);
    }

    Status start(log::Disk& disk) {
        VOLANT_TRY(service, Service::open(folder_, &disk));
        return service->start();
    }
    // Each request is a second later than the one before it.
    void handle(Method method, std::string target, std::string body, LocalSink& sink) {
        Request request;
        request.method = method;
        request.target = std::move(target);
        request.body = std::move(body);
        request.peer.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
        request.headers.add("Host", "localhost");
        request.headers.add("Content-Type", "application/json");
        request.headers.add("Volant-Time", format_time(now_ += kSecond));
        service->router().handle(std::move(request), Responder(sink));
    }

    std::unique_ptr<Service> service;

  private:
    std::string folder_;
    Micros now_ = 1'000'000'000 * kSecond;
};

// A request under an id of its own, and the first good answer to it.
struct Sent {
    std::string id, target, body, answer;
    // What says that it was there already; a prediction says so with its first answer.
    bool is_repeated(const std::string& again) const {
        if (id.front() == 'p') return again == answer;
        return at(again, id.front() == 'e' ? "/status" : "/state") == "duplicate";
    }
};

// One seeded schedule: a server lives, dies and lives again, while the test keeps count of what was
// acknowledged. `violation_` says what was lost, doubled or refused. The server's threads decide
// what a group holds and where in it the machine stops, so a seed is not the same run every time.
class Schedule {
  public:
    Schedule(std::uint64_t seed, bool sync_lies)
        : random_(seed), disk_(seed ^ 0x5eed), machine_(seed % 2 == 0 ? 1 : 2) {
        disk_.set_sync_lies(sync_lies);
    }

    std::string run() {
        for (int life = 0; life < 3 && violation_.empty(); ++life) {
            disk_.crash_after(1 + random_.below(100));
            live();
            disk_.restart();
        }
        for (const bool again : {false, true}) {
            if (!start()) break;
            if (!again) send_all();
            look();
            if (!machine_.service->stop().ok()) violate("does not stop");
            machine_.service.reset();
        }
        return violation_;
    }

  private:
    struct Flight {
        std::size_t sent;
        LocalSink sink;
    };

    void live() {
        if (!start()) return;
        look();
        for (int batch = 0; batch < 12 && violation_.empty() && !disk_.crashed(); ++batch)
            send_some();
        if (random_.chance(0.3) && !disk_.crashed()) (void)machine_.service->stop();
        disk_.crash_after(1);
        machine_.service.reset();
    }
    bool start() {
        if (!violation_.empty()) return false;
        const Status started = machine_.start(disk_);
        if (started.ok()) return true;
        machine_.service.reset();
        if (!disk_.crashed()) violate(started.error().message);
        return false;
    }

    // Some new requests and some of the old ones, all on their way at once.
    void send_some() {
        std::vector<std::size_t> batch;
        for (std::uint64_t i = 1 + random_.below(8); i > 0; --i) {
            if (sent_.empty() || random_.chance(0.7)) make_request();
            batch.push_back(random_.chance(0.5) ? sent_.size() - 1 : random_.below(sent_.size()));
        }
        send(batch, random_.chance(0.5));
    }
    void send_all() {
        for (std::size_t i = 0; i < sent_.size(); ++i) send({i}, false);
    }
    void make_request() {
        const double draw = random_.uniform();
        const std::string number = std::to_string(sent_.size());
        const std::string user = "u" + std::to_string(random_.below(5));
        if (draw < 0.2 && !asked_.empty()) {
            sent_.push_back({"f" + number,
                             "/v1/feedback",
                             fmt::format(R"({{"id":"f{}","prediction_id":"{}","outcome":1}})",
                                         number, asked_[random_.below(asked_.size())]),
                             {}});
        } else if (draw < 0.5) {
            sent_.push_back({"p" + number,
                             draw < 0.35 ? "/v1/predict/spends" : "/v1/predict/shelf",
                             fmt::format(R"({{"id":"p{}","user":"{}"{}}})", number, user,
                                         draw < 0.35 ? "" : R"(,"candidates":["a","b"])"),
                             {}});
        } else {
            const std::string note(random_.chance(0.2) ? 60'000 : 10, 'x');
            sent_.push_back(
                {"e" + number,
                 "/v1/events",
                 fmt::format(
                     R"({{"event":"read","id":"e{}","user":"{}","book":"a","properties":{{"note":"{}"}}}})",
                     number, user, note),
                 {}});
        }
    }

    void send(const std::vector<std::size_t>& batch, bool held) {
        std::deque<Flight> flights;
        if (held) machine_.service->workspace().hold();
        for (const std::size_t sent : batch) {
            Flight& flight = flights.emplace_back();
            flight.sent = sent;
            machine_.handle(Method::kPost, sent_[sent].target, sent_[sent].body, flight.sink);
        }
        if (held) machine_.service->workspace().release();
        for (Flight& flight : flights) answered(sent_[flight.sent], flight.sink.wait());
    }
    void answered(Sent& sent, const Response& response) {
        if (response.status != 200) {
            if (!disk_.crashed()) violate(sent.id + ": " + response.body);
            return;
        }
        if (!sent.answer.empty()) {
            if (!sent.is_repeated(response.body)) violate(sent.id + " is not known any more");
            return;
        }
        sent.answer = response.body;
        if (sent.target == "/v1/predict/spends")
            asked_.push_back(at(sent.answer, "/prediction_id"));
    }

    // What is in the log and what the folds have counted.
    void look() {
        std::map<std::string, int, std::less<>> found;
        std::map<char, int> counts{{'e', 0}, {'p', 0}, {'f', 0}};
        const Status read = read_log([&](std::string_view id) {
            ++found[std::string(id)];
            ++counts[id.front()];
        });
        if (disk_.crashed()) return;
        if (!read.ok()) return violate(read.error().message);
        for (const Sent& sent : sent_) {
            const int times = found[sent.id];
            if (times > 1) violate(sent.id + " is there " + std::to_string(times) + " times");
            if (times == 0 && !sent.answer.empty())
                violate(sent.id + " was acknowledged, and lost");
        }
        LocalSink sink;
        machine_.handle(Method::kGet, "/v1/status", {}, sink);
        const Response status = sink.wait();
        if (disk_.crashed()) return;
        for (const auto& [kind, place] : {std::pair('e', "/stages/collect/events"),
                                          std::pair('p', "/stages/deploy/predictions"),
                                          std::pair('f', "/stages/feedback/feedbacks")}) {
            if (at(status.body, place) != std::to_string(counts[kind]))
                violate(std::string(place) + " is " + at(status.body, place));
        }
    }
    Status read_log(const std::function<void(std::string_view)>& on_id) {
        const Workspace& workspace = machine_.service->workspace();
        VOLANT_TRY(const auto reader, workspace.log().read(1));
        log::Record record;
        while (true) {
            VOLANT_TRY(const bool more, reader->next(record));
            if (!more) return {};
            if (record.type == log::RecordType::kEvent) {
                collect::EventView event;
                VOLANT_OK(collect::decode_event(workspace.spec(), record, event));
                on_id(event.id);
            } else if (record.type == log::RecordType::kPrediction) {
                feedback::Prediction prediction;
                VOLANT_OK(feedback::decode_prediction(record, prediction));
                on_id(prediction.id);
            } else if (record.type == log::RecordType::kFeedback) {
                feedback::Feedback feedback;
                VOLANT_OK(feedback::decode_feedback(record, feedback));
                on_id(feedback.id);
            }
        }
    }

    void violate(std::string what) {
        if (violation_.empty()) violation_ = std::move(what);
    }

    Random random_;
    log::FaultDisk disk_;
    Machine machine_;
    std::vector<Sent> sent_;
    std::vector<std::string> asked_;  // prediction ids of `spends`
    std::string violation_;
};

TEST(Durability, WhatWasAcknowledgedIsThereOnceAfterEveryCrash) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const std::string violation = Schedule(seed, false).run();
        ASSERT_EQ(violation, "") << "seed " << seed;
    }
}

TEST(Durability, ALogThatNeverSyncsFailsTheSameTest) {
    int caught = 0;
    for (std::uint64_t seed = 0; seed < 8; ++seed) caught += !Schedule(seed, true).run().empty();
    EXPECT_GT(caught, 4);
}

TEST(Durability, ARetryThatMeetsItsUnsyncedOriginalWaits) {
    log::GatedDisk disk;
    Machine machine(2);
    ASSERT_TRUE(machine.start(disk).ok());
    const std::string event = R"({"event":"read","id":"e1","user":"u1","book":"a"})";
    const std::string question = R"({"id":"p1","user":"u1"})";
    disk.close_gate();
    std::deque<LocalSink> sinks(4);
    std::atomic<int> answers{0};
    std::vector<std::thread> clients;
    std::vector<Response> responses(4);
    for (std::size_t i = 0; i < 4; ++i) {
        const bool asks = i % 2 == 1;
        machine.handle(Method::kPost, asks ? "/v1/predict/spends" : "/v1/events",
                       asks ? question : event, sinks[i]);
        clients.emplace_back([&, i] {
            responses[i] = sinks[i].wait();
            ++answers;
        });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(answers, 0);
    disk.open_gate();
    for (std::thread& client : clients) client.join();
    EXPECT_EQ(at(responses[0].body, "/status"), "accepted");
    EXPECT_EQ(at(responses[2].body, "/status"), "duplicate");
    EXPECT_EQ(responses[3].body, responses[1].body);
    EXPECT_NE(at(responses[1].body, "/prediction_id"), "");
    EXPECT_TRUE(machine.service->stop().ok());
}

}  // namespace
}  // namespace volant::api
