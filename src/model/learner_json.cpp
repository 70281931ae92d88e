#include "model/learner_json.h"

#include "core/settings.h"
#include "spec/table.h"

namespace volant::model {
namespace {

template <class E>
std::string_view choice(std::string_view path, E value) {
    const settings::Row* row = spec::settings_table().find(path);
    VOLANT_CHECK(row != nullptr);
    return settings::split_choices(row->values)[static_cast<std::size_t>(value)];
}

}  // namespace

void write_learner(json::Writer& out, const spec::LearnerDecl& learner) {
    out.object();
    write_learner_members(out, learner);
    out.end();
}

void write_learner_members(json::Writer& out, const spec::LearnerDecl& learner) {
    out.key("family").string(learner.family);
    out.key("loss").string(choice("models.*.learner.loss", learner.loss));
    out.key("optimizer").string(choice("models.*.learner.optimizer", learner.optimizer));
    out.key("bits").unsigned_integer(learner.bits);
    out.key("passes").unsigned_integer(learner.passes);
    out.key("interactions").array();
    for (const auto& groups : learner.interactions) {
        out.array();
        for (const std::string& group : groups) out.string(group);
        out.end();
    }
    out.end();
    out.key("default").boolean(learner.chosen_by_default);
}

}  // namespace volant::model
