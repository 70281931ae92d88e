#include "api/model_view.h"

#include "feedback/prediction.h"

namespace volant::api {
namespace {

constexpr Field kScoreFields[] = {
    {.name = "name",
     .kind = Kind::kString,
     .required = true,
     .text = "log_loss, auc, rmse, progressive_log_loss, ..."},
    {.name = "value", .kind = Kind::kNumber, .required = true, .text = "The figure."},
    {.name = "low",
     .kind = Kind::kAny,
     .required = true,
     .text = "Of its 95 % interval; null when nothing is known."},
    {.name = "high", .kind = Kind::kAny, .required = true, .text = "Of its 95 % interval."},
    {.name = "baseline",
     .kind = Kind::kNumber,
     .required = true,
     .text = "The baseline's figure on the same examples."},
};
const Shape kScoreShape = {.name = "Score",
                           .text = "A figure with its interval, beside the baseline's.",
                           .fields = kScoreFields};

constexpr Field kVersionFields[] = {
    {.name = "model", .kind = Kind::kString, .required = true, .text = "The model."},
    {.name = "version",
     .kind = Kind::kInt,
     .required = true,
     .text = "From 1; 0 is the built-in baseline."},
    {.name = "state",
     .kind = Kind::kString,
     .required = true,
     .text = "What it does.",
     .values = "baseline|candidate|live|retired|refused"},
    {.name = "digest", .kind = Kind::kString, .text = "Names the package's content."},
    {.name = "registered_at", .kind = Kind::kTime, .text = "When its training ended."},
    {.name = "lineage",
     .kind = Kind::kAny,
     .text = "What it was trained on: places in the log, examples, job."},
    {.name = "scores", .kind = Kind::kArray, .text = "Of its training.", .shape = &kScoreShape},
};

constexpr Field kModelFields[] = {
    {.name = "name", .kind = Kind::kString, .required = true, .text = "The model."},
    {.name = "task",
     .kind = Kind::kString,
     .required = true,
     .text = "What it decides.",
     .values = "classify|regress|rank"},
    {.name = "family", .kind = Kind::kString, .required = true, .text = "Of its learner."},
    {.name = "features",
     .kind = Kind::kArray,
     .required = true,
     .text = "Its features.",
     .items = Kind::kString},
    {.name = "version",
     .kind = Kind::kInt,
     .required = true,
     .text = "What serves; 0 is the baseline."},
    {.name = "previous", .kind = Kind::kInt, .required = true, .text = "What a rollback goes to."},
    {.name = "candidate", .kind = Kind::kInt, .required = true, .text = "In the gate, or 0."},
    {.name = "arms", .kind = Kind::kAny, .required = true, .text = "Each arm's outcomes."},
    {.name = "outcomes",
     .kind = Kind::kAny,
     .required = true,
     .text = "How many answers wait, closed, came late."},
    {.name = "learner", .kind = Kind::kAny, .required = true, .text = "Online updates and loss."},
    {.name = "gate",
     .kind = Kind::kAny,
     .required = true,
     .text = "The comparison that runs, or null."},
    {.name = "served", .kind = Kind::kAny, .required = true, .text = "What served when."},
    {.name = "versions",
     .kind = Kind::kArray,
     .required = true,
     .text = "All versions, newest first.",
     .shape = &kVersionShape},
};

constexpr Field kJobFields[] = {
    {.name = "job", .kind = Kind::kString, .required = true, .text = "Its id."},
    {.name = "model", .kind = Kind::kString, .required = true, .text = "What is trained."},
    {.name = "why", .kind = Kind::kString, .required = true, .text = "Who or what asked for it."},
    {.name = "state",
     .kind = Kind::kString,
     .required = true,
     .text = "Where it stands.",
     .values = "waiting|running|done|failed|cancelled"},
    {.name = "stage",
     .kind = Kind::kString,
     .required = true,
     .text = "reading, training, registering."},
    {.name = "done", .kind = Kind::kInt, .required = true, .text = "Of this stage."},
    {.name = "total", .kind = Kind::kInt, .required = true, .text = "Of this stage."},
    {.name = "examples", .kind = Kind::kInt, .required = true, .text = "Found so far."},
    {.name = "progressive_loss",
     .kind = Kind::kNumber,
     .required = true,
     .text = "Mean loss before learning each."},
    {.name = "created_at", .kind = Kind::kTime, .required = true, .text = "When it was asked for."},
    {.name = "finished_at",
     .kind = Kind::kAny,
     .required = true,
     .text = "When it ended, or null."},
    {.name = "version", .kind = Kind::kInt, .text = "What it made."},
    {.name = "digest", .kind = Kind::kString, .text = "Of what it made."},
    {.name = "scores", .kind = Kind::kArray, .text = "Of what it made.", .shape = &kScoreShape},
    {.name = "error", .kind = Kind::kAny, .text = "Why it failed."},
};

constexpr Field kDecisionFields[] = {
    {.name = "decision",
     .kind = Kind::kString,
     .required = true,
     .text = "What was decided.",
     .values = "promote|rollback|refuse|gate|retrain"},
    {.name = "model", .kind = Kind::kString, .required = true, .text = "About which model."},
    {.name = "version", .kind = Kind::kInt, .required = true, .text = "About which version."},
    {.name = "from", .kind = Kind::kInt, .required = true, .text = "What served before."},
    {.name = "by", .kind = Kind::kString, .required = true, .text = "controller or user."},
    {.name = "why", .kind = Kind::kString, .required = true, .text = "The reason."},
    {.name = "numbers", .kind = Kind::kAny, .required = true, .text = "What it was decided on."},
    {.name = "time", .kind = Kind::kTime, .required = true, .text = "When."},
    {.name = "lsn", .kind = Kind::kString, .required = true, .text = "Its place in the log."},
};

void write_outcomes(json::Writer& out, const feedback::OpenPredictions& open, int model) {
    const feedback::OutcomeCounts& counts = open.counts(model);
    out.object();
    out.key("open").unsigned_integer(open.open_count(model));
    out.key("answers").unsigned_integer(counts.opened);
    out.key("closed_by_outcome").unsigned_integer(counts.closed_by_outcome);
    out.key("closed_at_deadline").unsigned_integer(counts.expired);
    out.key("given").unsigned_integer(counts.given);
    out.key("joined").unsigned_integer(counts.joined);
    out.key("unmatched").unsigned_integer(counts.unmatched);
    out.key("dropped").unsigned_integer(counts.dropped);
    // The share of answers whose label is final.
    const auto closed = static_cast<double>(counts.closed_by_outcome + counts.expired);
    out.key("mature").number(counts.opened == 0 ? 1 : closed / static_cast<double>(counts.opened));
    out.end();
}

void write_gate(json::Writer& out, const optimize::ModelFigures& figures,
                const spec::ModelDecl& model, std::uint32_t candidate) {
    if (candidate == 0) return void(out.null());
    out.object();
    out.key("version").unsigned_integer(candidate);
    out.key("outcomes").number(figures.gate.count());
    out.key("wanted").unsigned_integer(model.loop.gate.outcomes);
    out.key("loss_difference");
    write_estimate(out, figures.gate.estimate());
    out.end();
}

void write_served(json::Writer& out, const std::vector<model::Served>& served) {
    out.array();
    for (const model::Served& stretch : served) {
        out.object();
        out.key("version").unsigned_integer(stretch.version);
        out.key("from").time(stretch.from);
        out.key("until");
        if (stretch.until == kNever) {
            out.null();
        } else {
            out.time(stretch.until);
        }
        out.end();
    }
    out.end();
}

}  // namespace

const Shape kVersionShape = {
    .name = "Version", .text = "A version of a model.", .fields = kVersionFields};
const Shape kModelShape = {
    .name = "Model", .text = "A model and how its wheel turns.", .fields = kModelFields};
const Shape kJobShape = {.name = "Job", .text = "A training.", .fields = kJobFields};
const Shape kDecisionShape = {.name = "Decision",
                              .text = "What was decided, and on which numbers.",
                              .fields = kDecisionFields};

void write_estimate(json::Writer& out, const measure::Estimate& e) {
    out.object();
    out.key("mean").number(e.mean);
    out.key("low").number(e.low);  // infinite: null
    out.key("high").number(e.high);
    out.key("count").number(e.count);
    out.end();
}

void write_arms(json::Writer& out, const optimize::ModelFigures& figures) {
    out.array();
    for (std::size_t i = 0; i < figures.arms.size(); ++i) {
        const auto e = figures.arms[i].total.estimate();
        out.object();
        out.key("arm").string(feedback::arm_name(static_cast<feedback::Arm>(i)));
        out.key("impressions").number(e.count);
        out.key("outcome_mean").number(e.mean);
        out.key("low").number(e.low);
        out.key("high").number(e.high);
        out.key("since_promotion");
        write_estimate(out, figures.arms[i].since_promotion.estimate());
        out.end();
    }
    out.end();
}

void write_scores(json::Writer& out, const std::vector<model::Score>& scores) {
    out.array();
    for (const model::Score& score : scores) {
        out.object();
        out.key("name").string(score.name);
        out.key("value").number(score.value);
        out.key("low").number(score.low);
        out.key("high").number(score.high);
        out.key("baseline").number(score.baseline);
        out.end();
    }
    out.end();
}

void write_version(json::Writer& out, const model::VersionEntry& version) {
    out.object();
    out.key("model").string(version.model);
    out.key("version").unsigned_integer(version.version);
    out.key("state").string(model::version_state_name(version.state));
    out.key("digest").string(version.digest);
    out.key("registered_at").time(version.registered_at);
    out.key("lineage").object();
    out.key("trained_lsn").string(std::to_string(version.trained_lsn));
    out.key("spec_lsn").string(std::to_string(version.spec_lsn));
    out.key("examples").unsigned_integer(version.examples);
    out.key("job").string(std::to_string(version.job));
    out.end();
    out.key("scores");
    write_scores(out, version.scores);
    out.end();
}

void write_baseline_version(json::Writer& out, const std::string& model) {
    out.object();
    out.key("model").string(model);
    out.key("version").integer(0);
    out.key("state").string("baseline");
    out.end();
}

void write_model(json::Writer& out, const optimize::Wheel& wheel, int index) {
    const spec::ModelDecl& model = wheel.spec().models[static_cast<std::size_t>(index)];
    const model::Registry::Model& entry = wheel.registry().model(index);
    const optimize::ModelFigures& figures = wheel.controller().figures(index);
    out.object();
    out.key("name").string(model.name);
    out.key("task").string(spec::task_name(model.task));
    out.key("family").string(model.learner.family);
    out.key("features").array();
    for (const int feature : model.features)
        out.string(wheel.spec().features[static_cast<std::size_t>(feature)].name);
    out.end();
    out.key("version").unsigned_integer(entry.live);
    out.key("previous").unsigned_integer(entry.previous);
    out.key("candidate").unsigned_integer(entry.candidate);
    out.key("arms");
    write_arms(out, figures);
    out.key("outcomes");
    write_outcomes(out, wheel.open(), index);
    out.key("learner").object();
    out.key("online").boolean(model.loop.online);
    out.key("updates").unsigned_integer(wheel.live().updates(index));
    out.key("judged").unsigned_integer(figures.judged);
    out.key("recent_loss").number(figures.recent_loss);
    out.key("outcomes_since_training").unsigned_integer(figures.outcomes_since_training);
    out.end();
    out.key("gate");
    write_gate(out, figures, model, entry.candidate);
    out.key("served");
    write_served(out, entry.served);
    out.key("versions").array();
    for (auto it = entry.versions.rbegin(); it != entry.versions.rend(); ++it)
        write_version(out, *it);
    out.end().end();
}

void write_job(json::Writer& out, const JobView& job) {
    out.object();
    out.key("job").string(std::to_string(job.id));
    out.key("model").string(job.model);
    out.key("why").string(job.why);
    out.key("state").string(job_state_name(job.state));
    out.key("stage").string(job.stage);
    out.key("done").unsigned_integer(job.done);
    out.key("total").unsigned_integer(job.total);
    out.key("examples").unsigned_integer(job.examples);
    out.key("progressive_loss").number(job.progressive_loss);
    out.key("created_at").time(job.created_at);
    out.key("finished_at");
    if (job.finished()) {
        out.time(job.finished_at);
    } else {
        out.null();
    }
    if (job.state == JobState::kDone) {
        out.key("version").unsigned_integer(job.version);
        out.key("digest").string(job.digest);
        out.key("scores");
        write_scores(out, job.scores);
    }
    if (job.error) {
        out.key("error");
        json::write_error(out, *job.error);
    }
    out.end();
}

void write_decision(json::Writer& out, const model::DecisionRecord& decision, log::Lsn lsn,
                    Micros time) {
    out.object();
    out.key("decision").string(model::decision_name(decision.kind));
    out.key("model").string(decision.model);
    out.key("version").unsigned_integer(decision.version);
    out.key("from").unsigned_integer(decision.from);
    out.key("by").string(decision.by);
    out.key("why").string(decision.why);
    out.key("numbers").object();
    for (const auto& [name, value] : decision.numbers) out.key(name).number(value);
    out.end();
    out.key("time").time(time);
    out.key("lsn").string(std::to_string(lsn));
    out.end();
}

}  // namespace volant::api
