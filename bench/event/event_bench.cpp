// Where the processor time of an event goes between its request's text and the log, without network
// and disk: first the two threads' shares (Network, Apply), then what the folds take of the latter.
// README.md says how to read it.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <iterator>

#include "collect/event_parser.h"
#include "collect/ingest.h"
#include "core/files.h"
#include "deploy/live_models.h"
#include "log/log.h"
#include "optimize/wheel.h"

namespace volant {
namespace {

constexpr std::size_t kBatch = 100;               // events a request
constexpr std::size_t kRequests = 64;             // different ones
constexpr std::string_view kMark = "##########";  // stands for the event's number
constexpr Micros kBegin = 1'760'000'000 * kSecond;

const spec::Spec& specification() {
    static const spec::Spec spec = [] {
        const auto text = read_file(VOLANT_BENCH_SPECIFICATION, 1u << 20);
        VOLANT_CHECK(text.ok());
        auto parsed = spec::parse_spec(*text, "volant.yaml");
        VOLANT_CHECK(parsed.ok());
        return std::move(parsed).value();
    }();
    return spec;
}

const collect::Fingerprints& fingerprints() {
    static const collect::Fingerprints all(secret::MacKey{});
    return all;
}

// NDJSON of the events of bench/events.py, each with an id that no other one has.
class Requests {
  public:
    std::string_view next() {
        std::string& text = texts_[place_++ % kRequests];
        for (std::size_t at = text.find(kId); at != std::string::npos;
             at = text.find(kId, at + 1)) {
            const auto number = fmt::format("{:0{}}", number_++, kMark.size());
            text.replace(at + kId.size(), kMark.size(), number);
        }
        return text;
    }

  private:
    static constexpr std::string_view kId = "\"bench-";

    std::string event() {
        const auto of = [this](auto... values) {
            const std::array all{values...};
            return all[random_.below(all.size())];
        };
        return fmt::format(
            R"({{"id":"bench-{}","event":"view","user":"u{}","item":"i{}","properties":{{"country":"{}",)"
            R"("device":"{}","lat":{:.4f},"lon":{:.4f},"session":"s{:08}","price":{:.2f},"quantity":{},)"
            R"("position":{},"query":"a lamp for the desk number {}","tags":["light","desk","green","sale"]}}}})",
            kMark, 1 + random_.below(10'000), 1 + random_.below(5'000), of("de", "fr", "cn", "us"),
            of("mobile", "desktop"), random_.uniform() * 90, random_.uniform() * 180,
            random_.below(100'000'000), random_.uniform() * 100, 1 + random_.below(5),
            1 + random_.below(40), 100'000 + random_.below(900'000));
    }
    std::vector<std::string> make() {
        std::vector<std::string> texts(kRequests);
        for (std::string& text : texts)
            for (std::size_t i = 0; i < kBatch; ++i) text += event() + "\n";
        return texts;
    }

    Random random_{1};
    std::vector<std::string> texts_ = make();
    std::size_t place_ = 0;
    std::uint64_t number_ = 0;
};

class NoWeights final : public deploy::WeightsSource {
  public:
    Result<std::unique_ptr<model::LinearModel>> load(const std::string&, std::uint32_t) override {
        return fail(Code::kNotFound, "no models here");
    }
};

// What the apply thread has: the folds, and a buffer in the log's place.
class Shop final : public log::Turn {
  public:
    Micros now() const override { return now_; }
    log::Lsn next_lsn() const override { return wheel_.lsn() + 1; }
    log::Lsn append(log::Record record) override {
        record.known_at = now_;
        record.lsn = next_lsn();
        log::encode_record(record, bytes_);
        wheel_.apply(record);
        return record.lsn;
    }
    Status make_room(std::size_t) override { return {}; }

    // The next group commit has taken what was appended.
    void commit() {
        bytes_.clear();
        now_ += kMillisecond;
    }
    void take(const collect::PreparedEvents& events) {
        ingest_.each(events, *this, collect::KnownAt::kArrival,
                     [](const collect::PreparedEvent&, Result<collect::Ingested> ingested) {
                         VOLANT_CHECK(ingested.ok() && !ingested->duplicate);
                     });
    }
    const std::string& bytes() const { return bytes_; }

  private:
    NoWeights weights_;
    optimize::Wheel wheel_{specification(), weights_};
    collect::Ingest ingest_{wheel_.dedup(), wheel_.schema(), wheel_.reader()};
    Micros now_ = kBegin;
    std::string bytes_;
};

collect::PreparedEvents prepared(collect::EventParser& parser, std::string_view text) {
    auto body = parser.parse_body(text, collect::BodyForm::kNdjson);
    VOLANT_CHECK(body.ok() && body->events.size() == kBatch);
    return std::move(body->events);
}

// Time an event, in each row's last column.
void count(benchmark::State& state, std::size_t events) {
    using benchmark::Counter;
    state.counters["s_event"] =
        Counter(static_cast<double>(events), Counter::kIsIterationInvariantRate | Counter::kInvert);
}

// All that a network thread does with an event.
void Network(benchmark::State& state) {
    Requests requests;
    collect::EventParser parser(specification(), fingerprints(), 1);
    for (auto _ : state) {
        state.PauseTiming();
        const std::string_view text = requests.next();
        state.ResumeTiming();
        benchmark::DoNotOptimize(prepared(parser, text));
    }
    count(state, kBatch);
}

// All that the apply thread does with it.
void Apply(benchmark::State& state) {
    Requests requests;
    collect::EventParser parser(specification(), fingerprints(), 1);
    Shop shop;
    for (auto _ : state) {
        state.PauseTiming();
        const auto events = prepared(parser, requests.next());
        state.ResumeTiming();
        shop.take(events);
        shop.commit();
    }
    count(state, kBatch);
}

// Records as the log gives them, for the folds by themselves. Their ids repeat: Dedup is asked for
// others.
class Records {
  public:
    Records() {
        Requests requests;
        collect::EventParser parser(specification(), fingerprints(), 1);
        for (std::size_t i = 0; i < kRequests; ++i) shop_.take(prepared(parser, requests.next()));
        std::string_view left = shop_.bytes();
        for (log::Lsn lsn = 1; !left.empty(); ++lsn) {
            log::Record& record = all_.emplace_back();
            std::size_t used = 0;
            VOLANT_CHECK(log::decode_record(left, record, used));
            record.lsn = lsn;
            left.remove_prefix(used);
        }
    }
    log::Record& next() {
        log::Record& record = all_[place_++ % all_.size()];
        record.lsn += all_.size();
        return record;
    }

  private:
    Shop shop_;
    std::vector<log::Record> all_;
    std::size_t place_ = 0;
};

void decode(const log::Record& record, collect::EventView& event) {
    VOLANT_CHECK(collect::decode_event(specification(), record, event).ok());
}

void Decode(benchmark::State& state) {
    Records records;
    collect::EventView event;
    for (auto _ : state) decode(records.next(), event);
    count(state, 1);
}

void Schema(benchmark::State& state) {
    Records records;
    collect::EventView event;
    collect::Schema schema(specification());
    for (auto _ : state) {
        decode(records.next(), event);
        schema.observe(event);
    }
    count(state, 1);
}

void Dedup(benchmark::State& state) {
    Random random(1);
    collect::Dedup dedup(specification().server.dedup_max);
    log::Lsn lsn = 0;
    for (auto _ : state) {
        const Hash128 fingerprint{random.next(), random.next()};
        benchmark::DoNotOptimize(dedup.find(fingerprint));
        dedup.insert(fingerprint, {++lsn, 1});
    }
    count(state, 1);
}

void BodyCheck(benchmark::State& state) {
    Records records;
    for (auto _ : state) {
        const log::Record& record = records.next();
        benchmark::DoNotOptimize(
            collect::event_body_check(record.clear, record.sealed, record.event_time));
    }
    count(state, 1);
}

void Entities(benchmark::State& state) {
    Records records;
    collect::EventView event;
    collect::Effects effects;
    collect::Entities entities(specification());
    for (auto _ : state) {
        decode(records.next(), event);
        entities.observe(event, effects);
    }
    count(state, 1);
}

void Features(benchmark::State& state) {
    Records records;
    collect::EventView event;
    collect::Effects effects;
    collect::Entities entities(specification());
    features::FeatureStore features(specification(), entities);
    for (auto _ : state) {
        decode(records.next(), event);
        entities.observe(event, effects);
        features.observe(event, effects);
    }
    count(state, 1);
}

BENCHMARK(Network);
BENCHMARK(Apply);
BENCHMARK(Decode);
BENCHMARK(Schema);
BENCHMARK(Entities);
BENCHMARK(Features);
BENCHMARK(Dedup);
BENCHMARK(BodyCheck);

}  // namespace
}  // namespace volant

BENCHMARK_MAIN();
