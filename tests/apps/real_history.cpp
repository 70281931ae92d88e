#include "real_history.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>

#include "collect/event_importer.h"
#include "collect/ingest.h"
#include "train/history.h"

namespace volant::apps {
namespace {

constexpr Micros kNow = 1'800'000'000 * kSecond;  // rows may not lie beyond it

const model::Score* find(const Learned& learned, std::string_view name) {
    for (const model::Score& score : learned.trained.scores) {
        if (score.name == name) return &score;
    }
    return nullptr;
}

// A model and what it has seen of the log.
struct Pupil {
    std::unique_ptr<train::ExampleFile> examples;
    std::unique_ptr<train::History> history;
    Status failed;
};

Result<std::unique_ptr<Pupil>> make_pupil(const spec::Spec& spec, int model) {
    auto pupil = std::make_unique<Pupil>();
    VOLANT_TRY(pupil->examples, train::ExampleFile::create(::testing::TempDir()));
    pupil->history = std::make_unique<train::History>(
        spec, model, [pupil = pupil.get()](const train::Example& example) {
            if (pupil->failed.ok()) pupil->failed = pupil->examples->add(example);
        });
    return pupil;
}

class Log {
  public:
    Log(const spec::Spec& spec, const std::vector<std::unique_ptr<Pupil>>& pupils)
        : spec_(spec), pupils_(pupils), fingerprints_(secret::MacKey{}) {}

    Result<collect::ImportVerdict> append(collect::EventDraft&& draft) {
        const Micros time = *draft.time;
        std::string clear, sealed;
        collect::encode_event(spec_, draft, fingerprints_.of(collect::IdKind::kEvent, draft.id),
                              clear, sealed);
        log::Record record;
        record.lsn = ++lsn_;
        record.type = log::RecordType::kEvent;
        record.flags = log::kKnownAtAssumed;
        record.event_time = record.known_at = time;
        record.clear = clear;
        record.sealed = sealed;
        for (const auto& pupil : pupils_) pupil->history->apply(record);
        return collect::ImportVerdict::kAccepted;
    }

  private:
    const spec::Spec& spec_;
    const std::vector<std::unique_ptr<Pupil>>& pupils_;
    const collect::Fingerprints fingerprints_;
    log::Lsn lsn_ = 1;  // the specification stands first
};

Status import_file(const spec::Spec& spec, const Import& import, Log& log, Run& run) {
    collect::ImportOptions options;
    options.event = import.event;
    VOLANT_TRY(options.map, collect::parse_import_map(import.map));
    options.header = import.header;
    options.now = kNow;
    VOLANT_TRY(auto importer, collect::EventImporter::open(import.file, std::move(options), spec));
    VOLANT_TRY(const collect::ImportReport report,
               importer.run(::testing::TempDir(), {}, [&](collect::EventDraft&& draft, std::uint64_t) {
                   return log.append(std::move(draft));
               }));
    run.rows += report.rows;
    run.accepted += report.accepted;
    return {};
}

}  // namespace

double Learned::score(std::string_view name) const {
    const model::Score* found = find(*this, name);
    return found == nullptr ? std::numeric_limits<double>::quiet_NaN() : found->value;
}

double Learned::baseline(std::string_view name) const {
    const model::Score* found = find(*this, name);
    return found == nullptr ? std::numeric_limits<double>::quiet_NaN() : found->baseline;
}

void add_reduced_model(spec::Spec& spec, std::string_view model, const std::string& name,
                       const std::vector<std::string>& features) {
    spec::ModelDecl reduced = spec.models.at(static_cast<std::size_t>(spec.model_index(model)));
    reduced.name = name;
    reduced.learner.interactions.clear();
    reduced.features.clear();
    for (const std::string& feature : features)
        reduced.features.push_back(spec.feature_index(feature));
    spec.models.push_back(std::move(reduced));
}

Result<Run> learn_from_files(const spec::Spec& spec, const std::vector<Import>& imports) {
    std::vector<std::unique_ptr<Pupil>> pupils;
    for (std::size_t i = 0; i < spec.models.size(); ++i) {
        VOLANT_TRY(auto pupil, make_pupil(spec, static_cast<int>(i)));
        pupils.push_back(std::move(pupil));
    }
    Run run;
    Log log(spec, pupils);
    for (const Import& import : imports) VOLANT_OK(import_file(spec, import, log, run));
    const std::atomic<bool> cancelled = false;
    for (std::size_t i = 0; i < spec.models.size(); ++i) {
        VOLANT_OK(std::move(pupils[i]->failed));
        Learned learned;
        learned.model = spec.models[i].name;
        VOLANT_TRY(learned.trained, train::train_linear(
                                        spec.models[i], spec.training, *pupils[i]->examples,
                                        [](const auto&) {}, cancelled));
        run.models.push_back(std::move(learned));
    }
    return run;
}

}  // namespace volant::apps
