// write_log: fills a workspace with events, and predictions between them, through the same folds as
// the server but without HTTP: so that a log of ten million records is there in a minute. What it
// writes verifies: each prediction is the answer that a server would have given.
//
// usage: write_log WORKSPACE EVENTS [EVENTS_A_PREDICTION]
//
// WORKSPACE holds a volant.yaml that declares `view` as bench/ingest does. With EVENTS_A_PREDICTION
// the first model ranks ten items for a user after every so many events.
#include <fmt/format.h>

#include <cstdlib>

#include "api/package_store.h"
#include "api/secrets.h"
#include "collect/event_draft.h"
#include "collect/fingerprint.h"
#include "core/files.h"
#include "deploy/decide.h"
#include "log/file_disk.h"
#include "log/log.h"
#include "optimize/wheel.h"

namespace volant {
namespace {

constexpr std::uint64_t kUsers = 10'000;
constexpr std::uint64_t kItems = 5'000;
constexpr std::uint64_t kCandidates = 10;
constexpr std::uint32_t kShown = 3;
constexpr std::uint64_t kCommitEvery = 500;  // records: a busy server's group
constexpr Micros kBegin = 1'760'000'000 * kSecond;
constexpr Micros kStep = 60'000;  // between events: ten million of them are a week

class LogWriter {
  public:
    LogWriter(spec::Spec spec, const std::string& folder, const api::Secrets& secrets,
              std::unique_ptr<log::Log> log)
        : spec_(std::move(spec)),
          secrets_(secrets),
          fingerprints_(secrets.fingerprints),
          packages_(spec_, folder + "/data/models"),
          wheel_(spec_, packages_),
          log_(std::move(log)) {}

    Status write(std::uint64_t events, std::uint64_t events_a_prediction) {
        VOLANT_OK(append(log::RecordType::kSpec, spec_.canonical, {}));
        for (std::uint64_t i = 0; i < events; ++i) {
            now_ += kStep;
            const collect::EventDraft event = view(i);
            std::string clear, sealed;
            collect::encode_event(spec_, event, fingerprints_.of(collect::IdKind::kEvent, event.id),
                                  clear, sealed);
            VOLANT_OK(append(log::RecordType::kEvent, clear, sealed));
            if (events_a_prediction != 0 && i % events_a_prediction == 0) VOLANT_OK(rank());
        }
        return log_->close();
    }

  private:
    // The event of bench/ingest/post.lua.
    collect::EventDraft view(std::uint64_t number) {
        static constexpr const char* kCountries[] = {"de", "fr", "cn", "us"};
        collect::EventDraft event;
        event.id = fmt::format("bench-{}", number);
        event.id_given = true;
        event.type = "view";
        event.event = spec_.event_index("view");
        event.entities = {{spec_.entity_index("user"), user()},
                          {spec_.entity_index("item"), item()}};
        const auto whole = [this](std::uint64_t below) {
            return static_cast<std::int64_t>(random_.below(below));
        };
        event.properties = {
            {"country", std::string(kCountries[random_.below(4)])},
            {"device", std::string(random_.chance(0.5) ? "mobile" : "desktop")},
            {"lat", random_.uniform() * 90},
            {"lon", random_.uniform() * 180},
            {"session", fmt::format("s{:08}", random_.below(100'000'000))},
            {"price", random_.uniform() * 100},
            {"quantity", 1 + whole(5)},
            {"position", 1 + whole(40)},
            {"query", fmt::format("a lamp for the desk number {}", 100'000 + whole(900'000))},
            {"tags", List{std::string("light"), std::string("desk"), std::string("green"),
                          std::string("sale")}},
        };
        return event;
    }
    std::string user() { return fmt::format("u{}", random_.below(kUsers)); }
    std::string item() { return fmt::format("i{}", random_.below(kItems)); }

    Status rank() {
        deploy::Question question;
        question.model = 0;
        question.entities = {{spec_.subject, user()}};
        for (std::uint64_t i = 0; i < kCandidates; ++i) question.candidates.push_back(item());
        question.k = kShown;
        VOLANT_TRY(const auto answer,
                   deploy::decide(wheel_.world(), question, now_, log_->next_lsn() - 1,
                                  deploy::seed_of(log_->next_lsn(), secrets_.seed)));
        std::string clear, sealed;
        feedback::encode_prediction(answer->record, clear, sealed);
        return append(log::RecordType::kPrediction, clear, sealed);
    }

    Status append(log::RecordType type, std::string_view clear, std::string_view sealed) {
        log::Record record;
        record.type = type;
        record.event_time = record.known_at = now_;
        record.clear = clear;
        record.sealed = sealed;
        record.lsn = log_->append(record);
        wheel_.apply(record);
        if (record.lsn % kCommitEvery != 0) return {};
        VOLANT_OK(log_->reserve(kCommitEvery << 10));
        VOLANT_TRY(const bool wrote, log_->commit(0));
        (void)wrote;
        return {};
    }

    const spec::Spec spec_;
    const api::Secrets secrets_;
    const collect::Fingerprints fingerprints_;
    api::PackageStore packages_;
    optimize::Wheel wheel_;
    std::unique_ptr<log::Log> log_;
    Random random_{1};
    Micros now_ = kBegin;
};

Status write_log(const std::string& folder, std::uint64_t events, std::uint64_t a_prediction) {
    const std::string path = folder + "/volant.yaml";
    VOLANT_TRY(const std::string text, read_file(path, 1u << 20));
    VOLANT_TRY(spec::Spec spec, spec::parse_spec(text, path));
    VOLANT_TRY(const api::Secrets secrets, api::make_secrets(folder + "/data/keys"));
    log::FileDisk disk;
    VOLANT_TRY(auto log, log::make_log(disk, folder + "/data/log", {}));
    if (log->next_lsn() != 1) return fail(Code::kConflict, "found a log there, expected none");
    LogWriter writer(std::move(spec), folder, secrets, std::move(log));
    return writer.write(events, a_prediction);
}

}  // namespace
}  // namespace volant

int main(int count, char** arguments) {
    if (count < 3) {
        fmt::print(stderr, "usage: write_log WORKSPACE EVENTS [EVENTS_A_PREDICTION]\n");
        return 2;
    }
    const auto number = [&](int i) {
        return i < count ? std::strtoull(arguments[i], nullptr, 10) : 0;
    };
    const volant::Status done = volant::write_log(arguments[1], number(2), number(3));
    if (done.ok()) return 0;
    fmt::print(stderr, "{}\n", done.error().message);
    return 1;
}
