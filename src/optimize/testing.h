// What this room's tests share: the whole wheel on a log in memory, turned by hand, with trainings
// and decisions as a server would make them. Tests only.
#pragma once

#include <atomic>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "collect/testing.h"
#include "deploy/decide.h"
#include "model/package.h"
#include "optimize/wheel.h"
#include "train/history.h"
#include "train/linear_job.h"

namespace volant::optimize::testing {

// The weights of trained versions, kept instead of written.
class MemoryWeights : public deploy::WeightsSource {
  public:
    void keep(std::uint32_t version, std::unique_ptr<model::LinearModel> weights) {
        weights_[version] = std::move(weights);
    }
    Result<std::unique_ptr<model::LinearModel>> load(const std::string&,
                                                     std::uint32_t version) override {
        const auto it = weights_.find(version);
        if (it == weights_.end()) return fail(Code::kNotFound, "no such version");
        return it->second->clone();
    }

  private:
    std::map<std::uint32_t, std::unique_ptr<model::LinearModel>> weights_;
};

// One answer that was logged.
struct Given {
    log::Lsn lsn = 0;
    feedback::Arm arm = feedback::Arm::kBaseline;
    std::uint32_t version = 0;
    std::vector<std::string> items;  // as shown
};

// A record with its bytes; stays where it is.
struct Kept {
    log::Record record;
    std::string clear, sealed;
};

class Flywheel {
  public:
    // Changes to `spec` that its text does not allow (a share of 1) are for tests alone.
    explicit Flywheel(spec::Spec spec, std::uint64_t seed = 1)
        : spec_(std::move(spec)), seed_(seed), wheel_(spec_, weights_) {
        append(log::RecordType::kSpec, spec_.canonical);
    }
    Flywheel(const Flywheel&) = delete;
    Flywheel& operator=(const Flywheel&) = delete;

    log::Lsn append(log::RecordType type, std::string clear, std::string sealed = {},
                    std::optional<Micros> event_time = {}) {
        Kept& kept = records_.emplace_back();
        kept.clear = std::move(clear);
        kept.sealed = std::move(sealed);
        kept.record.lsn = records_.size();
        kept.record.type = type;
        kept.record.event_time = event_time.value_or(now);
        kept.record.known_at = now;
        kept.record.clear = kept.clear;
        kept.record.sealed = kept.sealed;
        wheel_.apply(kept.record);
        return kept.record.lsn;
    }
    log::Lsn event(const collect::EventDraft& draft) {
        std::string clear, sealed;
        collect::encode_event(spec_, draft, {}, clear, sealed);
        return append(log::RecordType::kEvent, std::move(clear), std::move(sealed), draft.time);
    }
    Given predict(int model, std::vector<collect::EntityId> entities,
                  std::vector<std::string> candidates = {}, std::uint32_t k = 4) {
        deploy::Question question;
        question.model = model;
        question.entities = std::move(entities);
        question.candidates = std::move(candidates);
        question.k = k;
        question.inputs.resize(spec_.models[static_cast<std::size_t>(model)].inputs.size());
        const log::Lsn lsn = records_.size() + 1;
        auto answer =
            deploy::decide(wheel_.world(), question, now, lsn - 1, deploy::seed_of(lsn, seed_));
        VOLANT_CHECK(answer.ok());
        const feedback::Prediction& record = (*answer)->record;
        Given given{lsn, record.arm, record.version, {}};
        for (const feedback::Shown& shown : record.shown) given.items.emplace_back(shown.item);
        std::string clear, sealed;
        feedback::encode_prediction(record, clear, sealed);
        append(log::RecordType::kPrediction, std::move(clear), std::move(sealed));
        return given;
    }
    void feedback(log::Lsn prediction, const std::string& item, double outcome) {
        std::string clear, sealed;
        feedback::encode_feedback({{}, {}, prediction, item, outcome}, clear, sealed);
        append(log::RecordType::kFeedback, std::move(clear), std::move(sealed));
    }
    log::Lsn decide(const model::DecisionRecord& decision) {
        return append(log::RecordType::kDecision, model::encode_decision(decision));
    }
    // Writes what the controller wants decided; trains when it says so.
    void control() {
        for (const model::DecisionRecord& decision :
             wheel_.controller().pending(wheel_.registry(), now)) {
            decide(decision);
            if (decision.kind != model::DecisionKind::kRetrain) continue;
            const int model = spec_.model_index(decision.model);
            auto trained = train(model);
            if (trained) enter_gate(model, std::move(trained->weights));
        }
    }

    // The examples that the log up to and with `through` gives.
    std::vector<train::Example> examples(int model, log::Lsn through = UINT64_MAX) const {
        std::vector<train::Example> out;
        train::History history(spec_, model,
                               [&](const train::Example& example) { out.push_back(example); });
        for (const Kept& kept : records_) {
            if (kept.record.lsn <= through) history.apply(kept.record);
        }
        return out;
    }
    // Trains on them; nullopt if they are too few.
    std::optional<train::Trained> train(int model, log::Lsn through = UINT64_MAX) const {
        return train_on(model, examples(model, through));
    }
    std::optional<train::Trained> train_on(int model,
                                           const std::vector<train::Example>& examples) const {
        auto file = train::ExampleFile::create(std::filesystem::temp_directory_path());
        VOLANT_CHECK(file.ok());
        for (const train::Example& example : examples) VOLANT_CHECK((*file)->add(example).ok());
        const std::atomic<bool> cancelled{false};
        auto trained = train::train_linear(
            spec_.models[static_cast<std::size_t>(model)], spec_.training, **file,
            [](const train::JobProgress&) {}, cancelled);
        if (!trained.ok()) return std::nullopt;
        return std::move(*trained);
    }
    // Registers weights that know all outcomes through `trained_lsn`; the new version's number.
    std::uint32_t register_version(int model, std::unique_ptr<model::LinearModel> weights,
                                   std::optional<log::Lsn> trained_lsn = {}) {
        model::VersionRecord version;
        version.model = spec_.models[static_cast<std::size_t>(model)].name;
        version.version =
            static_cast<std::uint32_t>(wheel_.registry().model(model).versions.size() + 1);
        version.spec_lsn = wheel_.live().spec_lsn();
        version.trained_lsn = trained_lsn.value_or(records_.size());
        weights_.keep(version.version, std::move(weights));
        append(log::RecordType::kVersion, model::encode_version(version));
        return version.version;
    }
    std::uint32_t enter_gate(int model, std::unique_ptr<model::LinearModel> weights) {
        const std::uint32_t version = register_version(model, std::move(weights));
        decide({model::DecisionKind::kGate,
                spec_.models[static_cast<std::size_t>(model)].name,
                version,
                wheel_.registry().model(model).live,
                "controller",
                "",
                {}});
        return version;
    }

    const spec::Spec& spec() const { return spec_; }
    const Wheel& wheel() const { return wheel_; }
    MemoryWeights& weights() { return weights_; }
    const std::deque<Kept>& records() const { return records_; }
    const ModelFigures& figures(int model = 0) const { return wheel_.controller().figures(model); }
    const model::Registry::Model& registry(int model = 0) const {
        return wheel_.registry().model(model);
    }

    Micros now = 1'000'000 * kSecond;

  private:
    const spec::Spec spec_;
    const std::uint64_t seed_;
    MemoryWeights weights_;
    Wheel wheel_;
    std::deque<Kept> records_;
};

inline std::string snapshot_of(const Wheel& wheel) {
    std::string bytes;
    wheel.snapshot(bytes);
    return bytes;
}

}  // namespace volant::optimize::testing
