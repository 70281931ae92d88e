#include "api/model_view.h"

#include "feedback/prediction.h"
#include "model/learner_json.h"
#include "model/score_json.h"

namespace volant::api {
namespace {

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

void write_version(json::Writer& out, const optimize::Wheel& wheel, const PackageStore& packages,
                   const model::VersionEntry& version) {
    const int index = wheel.spec().model_index(version.model);
    const bool is_mute = version.state == model::VersionState::kLive &&
                         wheel.live().version(index, version.version) == nullptr;
    std::string damage = packages.damage(version.model, version.version);
    if (is_mute && damage.empty()) damage = "more was learned since its training than is kept";
    out.object();
    out.key("model").string(version.model);
    out.key("version").unsigned_integer(version.version);
    out.key("state").string(is_mute ? "damaged" : model::version_state_name(version.state));
    if (!damage.empty()) out.key("damage").string(damage);
    out.key("digest").string(version.digest);
    out.key("created_at").time(version.registered_at);
    out.key("trained_lsn").string(std::to_string(version.trained_lsn));
    out.key("spec_lsn").string(std::to_string(version.spec_lsn));
    out.key("examples").unsigned_integer(version.examples);
    if (version.scored != 0) out.key("scored").unsigned_integer(version.scored);
    out.key("job").string(std::to_string(version.job));
    out.key("metrics");
    model::write_scores(out, version.scores);
    out.end();
}

void write_baseline_version(json::Writer& out, const std::string& model) {
    out.object();
    out.key("model").string(model);
    out.key("version").integer(0);
    out.key("state").string("baseline");
    out.end();
}

void write_model(json::Writer& out, const optimize::Wheel& wheel, const PackageStore& packages,
                 int index) {
    const spec::ModelDecl& model = wheel.spec().models[static_cast<std::size_t>(index)];
    const model::Registry::Model& entry = wheel.registry().model(index);
    const optimize::ModelFigures& figures = wheel.controller().figures(index);
    out.object();
    out.key("model").string(model.name);
    out.key("decide").string(spec::task_name(model.task));
    out.key("family").string(model.learner.family);
    out.key("features").array();
    for (const int feature : model.features)
        out.string(wheel.spec().features[static_cast<std::size_t>(feature)].name);
    out.end();
    out.key("live").unsigned_integer(wheel.serving(index));
    out.key("previous").unsigned_integer(entry.previous);
    out.key("candidate").unsigned_integer(entry.candidate);
    out.key("arms");
    write_arms(out, figures);
    out.key("outcomes");
    write_outcomes(out, wheel.open(), index);
    out.key("learner").object();
    model::write_learner_members(out, model.learner);
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
        write_version(out, wheel, packages, *it);
    out.end().end();
}

void write_job(json::Writer& out, const JobView& job) {
    out.object();
    out.key("job").string(std::to_string(job.id));
    out.key("model").string(job.model);
    out.key("why").string(job.why);
    out.key("state").string(job_state_name(job.state));
    out.key("stage").string(job.stage);
    if (!job.stage.empty()) {  // of a training before the start only its end is known
        out.key("done").unsigned_integer(job.done);
        out.key("total").unsigned_integer(job.total);
    }
    out.key("examples").unsigned_integer(job.examples);
    if (job.stage == "training" || job.stage == "registering")
        out.key("progressive_loss").number(job.progressive_loss);
    out.key("created_at").time(job.created_at);
    out.key("ended_at");
    if (job.finished()) {
        out.time(job.finished_at);
    } else {
        out.null();
    }
    if (job.state == JobState::kDone) {
        out.key("version").unsigned_integer(job.version);
        out.key("digest").string(job.digest);
        out.key("metrics");
        model::write_scores(out, job.scores);
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
