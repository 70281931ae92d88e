#include "optimize/spec_change.h"

#include <fmt/format.h>

namespace volant::optimize {
namespace {

// Without what only deciding reads: a fold sees its results as records.
spec::ModelDecl folded(spec::ModelDecl model) {
    model.loop.explore = {};
    model.loop.holdback = model.loop.random = 0;
    model.loop.retrain = {};
    model.loop.auto_promote = true;
    model.examples.reset();
    model.learner.passes = 1;
    model.learner.seed = 1;
    model.learner.early_stop = 0;
    model.learner.chosen_by_default = true;
    return model;
}

bool same_models(const spec::Spec& a, const spec::Spec& b) {
    if (a.models.size() != b.models.size()) return false;
    for (std::size_t i = 0; i < a.models.size(); ++i) {
        if (!(folded(a.models[i]) == folded(b.models[i]))) return false;
    }
    return true;
}

// "rank book", "classify impression.click", "regress user".
std::string question(const spec::Spec& spec, const spec::ModelDecl& model) {
    std::string about =
        model.label_event.empty() ? std::string() : model.label_event + "." + model.label_property;
    if (about.empty() && model.entity >= 0)
        about = spec.entities[static_cast<std::size_t>(model.entity)].name;
    return fmt::format("{} {}", spec::task_name(model.task), about);
}

std::string subject_name(const spec::Spec& spec) {
    return spec.subject < 0 ? "" : spec.entities[static_cast<std::size_t>(spec.subject)].name;
}

}  // namespace

bool same_folds(const spec::Spec& a, const spec::Spec& b) {
    return a.subject == b.subject && a.entities == b.entities && a.events == b.events &&
           a.features == b.features && same_models(a, b) &&
           a.server.entities_max == b.server.entities_max &&
           a.server.open_max == b.server.open_max && a.server.dedup_max == b.server.dedup_max;
}

std::vector<int> models_before(const spec::Spec& before, const spec::Spec& now) {
    std::vector<int> out;
    for (const spec::ModelDecl& model : now.models) out.push_back(before.model_index(model.name));
    return out;
}

Status check_change(const spec::Spec& before, const spec::Spec& now) {
    const std::string subject = subject_name(before);
    if (subject_name(now) != subject) {
        return fail(Code::kInvalidSpec,
                    fmt::format("subject: found `{}`, expected `{}` as before: the log that said "
                                "who is whom is gone",
                                subject_name(now), subject));
    }
    for (const spec::ModelDecl& model : now.models) {
        const int index = before.model_index(model.name);
        if (index < 0) continue;
        const std::string was = question(before, before.models[static_cast<std::size_t>(index)]);
        const std::string is = question(now, model);
        if (is == was) continue;
        return fail(Code::kInvalidSpec,
                    fmt::format("models.{}.decide: found `{}`, expected `{}` as before: the log "
                                "that its versions and open answers came from is gone",
                                model.name, is, was),
                    {}, "give the new question a name of its own");
    }
    return {};
}

}  // namespace volant::optimize
