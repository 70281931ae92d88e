#include "api/training.h"

#include "api/workspace.h"
#include "core/clock.h"
#include "model/package.h"

namespace volant::api {
namespace {

constexpr std::uint64_t kLookEvery = 256;  // records
constexpr Micros kReportEvery = 100 * kMillisecond;

}  // namespace

Training::Training(Workspace& workspace, int model, std::uint64_t job,
                   const std::atomic<bool>& cancelled,
                   std::function<void(const TrainingProgress&)> report)
    : workspace_(workspace),
      model_(model),
      cancelled_(cancelled),
      report_(std::move(report)),
      history_(workspace.spec(), model,
               [this](const train::Example& example) { on_example_(example); }) {
    version_.model = workspace.spec().models[static_cast<std::size_t>(model)].name;
    version_.job = job;
}

Result<model::VersionRecord> Training::run() {
    VOLANT_TRY(examples_, train::ExampleFile::create(workspace_.data("tmp")));
    on_example_ = [this](const train::Example& example) {
        if (example_error_.ok()) example_error_ = examples_->add(example);
        ++progress_.examples;
    };
    VOLANT_OK(read_to_end());
    VOLANT_OK(std::exchange(example_error_, {}));

    progress_ = {"training", 0, 0, progress_.examples, 0};
    const spec::Spec& spec = workspace_.spec();
    const auto on_progress = [this](const train::JobProgress& progress) {
        progress_.done = progress.done;
        progress_.total = progress.total;
        progress_.progressive_loss = progress.progressive_loss;
        report_(progress_);
    };
    VOLANT_TRY(train::Trained trained,
               train::train_linear(spec.models[static_cast<std::size_t>(model_)], spec.training,
                                   *examples_, on_progress, cancelled_));
    version_.examples = trained.examples;
    version_.scores = trained.scores;
    version_.scored = trained.scored;
    progress_.stage = "registering";
    report_(progress_);
    while (true) {
        if (cancelled_) return fail(Code::kCancelled, "training was cancelled");
        VOLANT_OK(catch_up(trained));
        VOLANT_OK(write_package(trained));
        VOLANT_TRY(const bool registered, try_register(trained));
        if (registered) return version_;
    }
}

// Folds what is durable and was not read yet.
Status Training::read_to_end() {
    progress_.stage = "reading";
    const log::Lsn end = workspace_.runner().durable_lsn();
    const log::Lsn from = std::max(read_to_ + 1, workspace_.log().stat().first_lsn);
    progress_.done = 0;
    progress_.total = end >= from ? end - from + 1 : 0;
    VOLANT_TRY(const auto reader, workspace_.log().read(from));
    log::Record record;
    report_(progress_);
    Micros reported = monotonic_now();
    while (read_to_ < end) {
        VOLANT_TRY(const bool more, reader->next(record));
        if (!more) break;
        history_.apply(record);
        read_to_ = record.lsn;
        if (++progress_.done % kLookEvery != 0) continue;
        if (cancelled_) return fail(Code::kCancelled, "training was cancelled");
        const Micros now = monotonic_now();
        if (now - reported < kReportEvery) continue;
        reported = now;
        report_(progress_);
    }
    return {};
}

// Learns what became known while the training ran.
Status Training::catch_up(train::Trained& trained) {
    on_example_ = [&](const train::Example& example) {
        trained.weights->learn(example.terms, example.label);
        ++version_.examples;
    };
    VOLANT_OK(read_to_end());
    version_.trained_lsn = read_to_;
    return {};
}

Status Training::write_package(const train::Trained& trained) {
    // One training of a model runs at a time, so the next number is this one's.
    VOLANT_OK(workspace_.ask_and_wait(Workspace::kReadsOnly, [this](log::Turn&) {
        version_.version = static_cast<std::uint32_t>(
            workspace_.wheel().registry().model(model_).versions.size() + 1);
        version_.spec_lsn = workspace_.wheel().live().spec_lsn();
    }));
    model::PackageContent content;
    content.version = version_;
    const model::Columns& columns = history_.columns();
    for (std::size_t i = 0; i < columns.size(); ++i) content.columns.emplace_back(columns.name(i));
    content.learner = workspace_.spec().canonical;
    content.settings = workspace_.spec().models[static_cast<std::size_t>(model_)].learner;
    trained.weights->save(content.weights);
    VOLANT_TRY(version_.digest, model::write_package(workspace_.packages().models_dir(), content));
    return {};
}

// False if too much closed meanwhile: then there is more to catch up.
Result<bool> Training::try_register(train::Trained& trained) {
    bool registered = false;
    VOLANT_OK(workspace_.ask_and_wait(Workspace::kAppendsMuch, [&](log::Turn& turn) {
        if (!workspace_.wheel().live().can_catch_up(model_, version_.trained_lsn)) return;
        workspace_.packages().keep(version_.model, version_.version, trained.weights->clone());
        log::append_now(turn, log::RecordType::kVersion, model::encode_version(version_));
        after_registration(turn, trained);
        registered = true;
    }));
    return registered;
}

// With traffic, the gate compares on fresh impressions. A model that was never served has none:
// then the offline score is the gate, once.
void Training::after_registration(log::Turn& turn, const train::Trained& trained) {
    const spec::ModelDecl& model = workspace_.spec().models[static_cast<std::size_t>(model_)];
    const std::uint32_t live = workspace_.wheel().serving(model_);
    const bool served = workspace_.wheel().controller().figures(model_).judged > 0;
    const measure::Estimate& gain = trained.offline_difference;
    model::DecisionRecord decision;
    decision.model = model.name;
    decision.version = version_.version;
    decision.from = live;
    decision.by = "controller";
    decision.kind = model::DecisionKind::kGate;
    decision.why = "a new version is compared on fresh impressions";
    if (gain.low > 0) {
        decision.kind = model::DecisionKind::kRefuse;
        decision.why = "its offline loss is higher than the baseline's";
    } else if (!served && live == 0 && gain.high < 0 && model.loop.auto_promote) {
        decision.kind = model::DecisionKind::kPromote;
        decision.why = "its offline loss is lower than the baseline's, and nothing was served yet";
    }
    decision.numbers = {{"offline_loss_difference", gain.mean},
                        {"offline_loss_difference_low", gain.low},
                        {"offline_loss_difference_high", gain.high},
                        {"alpha", model.loop.gate.alpha}};
    log::append_now(turn, log::RecordType::kDecision, model::encode_decision(decision));
}

}  // namespace volant::api
