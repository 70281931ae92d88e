// A log that several specifications have shaped, one after the other, as servers that were started
// with them would have written it. Tests only.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "log/log.h"
#include "optimize/testing.h"

namespace volant::optimize::testing {

inline spec::Spec parsed(std::string_view yaml) {
    auto spec = spec::parse_spec(yaml, "test.yaml");
    VOLANT_CHECK(spec.ok());
    return std::move(*spec);
}

using KeptLog = std::deque<Kept>;  // record i has lsn i + 1

// Reads a KeptLog from a place.
class KeptReader : public log::Reader {
  public:
    KeptReader(const KeptLog& records, log::Lsn from) : records_(records), next_(from) {}
    Result<bool> next(log::Record& out) override {
        if (next_ > records_.size()) return false;
        out = records_[next_++ - 1].record;
        return true;
    }

  private:
    const KeptLog& records_;
    log::Lsn next_;
};

// One server's time: a wheel of one specification that writes on at the log's end.
class Era {
  public:
    static constexpr std::uint64_t kSeed = 7;

    Era(spec::Spec spec, KeptLog& log)
        : spec_(std::move(spec)), log_(log), wheel_(spec_, weights_) {}
    Era(std::string_view yaml, KeptLog& log) : Era(parsed(yaml), log) {}
    Era(const Era&) = delete;
    Era& operator=(const Era&) = delete;

    // As a server that starts: what the log holds after the wheel's state, then the specification.
    void begin() {
        for (std::size_t i = wheel_.lsn(); i < log_.size(); ++i) wheel_.apply(log_[i].record);
        if (wheel_.logged_spec() != spec_.canonical)
            append(log::RecordType::kSpec, spec_.canonical);
    }

    log::Lsn append(log::RecordType type, std::string clear, std::string sealed = {}) {
        Kept& kept = log_.emplace_back();
        kept.clear = std::move(clear);
        kept.sealed = std::move(sealed);
        kept.record.lsn = log_.size();
        kept.record.type = type;
        kept.record.event_time = kept.record.known_at = time_of(log_.size());
        kept.record.clear = kept.clear;
        kept.record.sealed = kept.sealed;
        wheel_.apply(kept.record);
        return kept.record.lsn;
    }
    log::Lsn open(const std::string& user, const std::string& book) {
        collect::EventDraft draft;
        draft.type = "open";
        draft.event = spec_.event_index("open");
        draft.entities = {{spec_.entity_index("user"), user}, {spec_.entity_index("book"), book}};
        return event(draft);
    }
    void set(const std::string& book, const std::string& name, Value value) {
        collect::EventDraft draft;
        draft.type = "$set";
        draft.entities = {{spec_.entity_index("book"), book}};
        draft.properties = {{name, std::move(value)}};
        event(draft);
    }
    // A ranking of all books for the user.
    log::Lsn rank(const std::string& user, const std::vector<std::string>& books) {
        deploy::Question question;
        question.model = spec_.model_index("shelf");
        question.entities = {{spec_.entity_index("user"), user}};
        question.candidates = books;
        question.k = 2;
        const log::Lsn lsn = log_.size() + 1;
        const auto answer = deploy::decide(wheel_.world(), question, time_of(lsn), lsn - 1,
                                           deploy::seed_of(lsn, kSeed));
        VOLANT_CHECK(answer.ok());
        std::string clear, sealed;
        feedback::encode_prediction((*answer)->record, clear, sealed);
        return append(log::RecordType::kPrediction, std::move(clear), std::move(sealed));
    }

    Value read(const std::string& feature, const std::string& user, const std::string& book) const {
        features::Keys keys(spec_.entities.size(), collect::kNoEntity);
        const int u = spec_.entity_index("user"), b = spec_.entity_index("book");
        keys[static_cast<std::size_t>(u)] = wheel_.entities().find(u, user);
        keys[static_cast<std::size_t>(b)] = wheel_.entities().find(b, book);
        return wheel_.features().read(spec_.feature_index(feature), keys, time_of(log_.size() + 1));
    }

    const spec::Spec& spec() const { return spec_; }
    Wheel& wheel() { return wheel_; }
    const Wheel& wheel() const { return wheel_; }

  private:
    log::Lsn event(const collect::EventDraft& draft) {
        std::string clear, sealed;
        collect::encode_event(spec_, draft, {}, clear, sealed);
        return append(log::RecordType::kEvent, std::move(clear), std::move(sealed));
    }
    // A record a minute.
    static Micros time_of(log::Lsn lsn) {
        return 1'000'000 * kSecond + static_cast<Micros>(lsn) * kMinute;
    }

    const spec::Spec spec_;
    KeptLog& log_;
    MemoryWeights weights_;
    Wheel wheel_;
};

}  // namespace volant::optimize::testing
