// The learner and the loop: how a model learns, and how it goes on while it serves.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/nearest.h"
#include "spec/parser.h"

namespace volant::spec {
namespace {

constexpr std::size_t kInteractionsMax = 64;
constexpr std::size_t kInteractionGroupsMax = 4;

const FeatureDecl& feature_of(const Spec& spec, int index) {
    return spec.features[static_cast<std::size_t>(index)];
}

std::vector<std::string_view> groups_of(const Spec& spec, const ModelDecl& model) {
    std::vector<std::string_view> groups;
    const auto add = [&](std::string_view group) {
        if (std::ranges::find(groups, group) == groups.end()) groups.push_back(group);
    };
    if (model.task == Task::kRank) {  // whose ids are columns of the model
        for (const int entity : {spec.subject, model.entity}) {
            add(spec.entities[static_cast<std::size_t>(entity)].name);
        }
    }
    for (const int index : model.features) add(feature_of(spec, index).group);
    if (!model.inputs.empty()) add(kInputGroup);
    return groups;
}

Status parse_interaction(const Parsing& parsing, const Node& node,
                         const std::vector<std::string_view>& known, ModelDecl& out) {
    if (node.list.size() < 2 || node.list.size() > kInteractionGroupsMax) {
        return parsing.at(
            node, fmt::format("expected 2 to {} groups: [user, book]", kInteractionGroupsMax));
    }
    std::vector<std::string> groups;
    for (const Node& group : node.list) {
        if (std::ranges::find(known, group.scalar) == known.end()) {
            return parsing.at(group, unknown_name("group of this model", group.scalar, known));
        }
        groups.push_back(group.scalar);
    }
    out.learner.interactions.push_back(std::move(groups));
    return {};
}

Status parse_interactions(const Parsing& parsing, const Section& learner, ModelDecl& out) {
    const Node* node = learner.node("interactions");
    if (node == nullptr) return {};
    if (node->kind != Node::Kind::kList) {
        return parsing.at(*node, fmt::format("found {}, expected lists of groups: [[user, book]]",
                                             describe(*node)));
    }
    if (node->list.size() > kInteractionsMax) {
        return parsing.at(*node, fmt::format("found {} interactions, expected at most {}",
                                             node->list.size(), kInteractionsMax));
    }
    const auto known = groups_of(parsing.spec, out);
    for (const Node& one : node->list) VOLANT_OK(parse_interaction(parsing, one, known, out));
    return {};
}

// Without products of subject and item a linear ranking would put the items in the same order for
// all.
void choose_interactions(const Spec& spec, ModelDecl& out) {
    if (out.task != Task::kRank) return;
    const std::string& subject = spec.entities[static_cast<std::size_t>(spec.subject)].name;
    const std::string& item = spec.entities[static_cast<std::size_t>(out.entity)].name;
    out.learner.interactions.push_back({subject, item});
    if (!out.inputs.empty()) out.learner.interactions.push_back({std::string(kInputGroup), item});
}

Loss default_loss(const ModelDecl& model) {
    if (model.task == Task::kClassify) return Loss::kLogistic;
    if (model.task == Task::kRegress) return Loss::kSquared;
    const bool number =
        !model.outcome.property.empty() || (model.examples && !model.examples->label.empty());
    return number ? Loss::kSquared : Loss::kLogistic;
}

Status check_loss(const Parsing& parsing, const Section& learner, const Section& model,
                  const ModelDecl& out) {
    const Loss loss = out.learner.loss;
    if (loss == Loss::kLogistic && out.task == Task::kRegress) {
        return parsing.at(
            *learner.node("loss"),
            "a number is not learned by logistic; expected squared, quantile or poisson");
    }
    if (loss != Loss::kLogistic && out.task == Task::kClassify) {
        return parsing.at(*learner.node("loss"), "yes or no is learned by logistic");
    }
    const Section outcome = model.section("outcome");
    const double otherwise = out.outcome.otherwise.value_or(0);
    if (loss == Loss::kLogistic && otherwise != 0 && otherwise != 1) {
        return parsing.at(
            *outcome.node("otherwise"),
            fmt::format("found {}, expected 0 or 1: the loss is logistic", otherwise));
    }
    if (loss == Loss::kLogistic && out.outcome.aggregate == Aggregate::kSum) {
        return parsing.at(*outcome.node("aggregate"),
                          "a sum is not yes or no: the loss is logistic");
    }
    if (loss == Loss::kPoisson && otherwise < 0) {
        return parsing.at(
            *outcome.node("otherwise"),
            fmt::format("found {}, expected at least 0: the loss is poisson", otherwise));
    }
    return {};
}

Status parse_explore(const Parsing& parsing, const Section& loop, ExploreDecl& out) {
    const Node* node = loop.node("explore");
    if (node == nullptr || node->kind == Node::Kind::kScalar)
        return loop.read("explore", out.epsilon);
    const Section section = loop.section("explore");
    if (node->map.size() != 1) {
        return parsing.at(*node, "expected {epsilon: SHARE} or {softmax: TEMPERATURE}");
    }
    VOLANT_OK(section.read("epsilon", out.epsilon));
    if (!section.has("softmax")) return {};
    out.kind = ExploreDecl::Kind::kSoftmax;
    return section.read("softmax", out.temperature);
}

bool explores(const ExploreDecl& explore) {
    return explore.kind == ExploreDecl::Kind::kSoftmax || explore.epsilon > 0;
}

Status check_loop(const Parsing& parsing, const Section& loop, const ModelDecl& out) {
    if (explores(out.loop.explore) && out.task != Task::kRank) {
        return parsing.at_key(*loop.node("explore"), "only a ranking explores in this release");
    }
    const bool shares = out.loop.holdback > 0 || out.loop.random > 0;
    if (shares && parsing.spec.subject < 0) {
        return parsing.at_key(*loop.node(out.loop.holdback > 0 ? "holdback" : "random"),
                              "is a share of subjects; name one: `subject: user`");
    }
    return {};
}

}  // namespace

Status parse_learner(Parsing& parsing, const Section& model, ModelDecl& out) {
    const Section section = model.section("learner");
    LearnerDecl& learner = out.learner;
    learner.chosen_by_default = section.node() == nullptr;
    learner.loss = default_loss(out);
    VOLANT_OK(section.read("family", learner.family));
    VOLANT_OK(section.read("loss", learner.loss));
    VOLANT_OK(section.read("optimizer", learner.optimizer));
    VOLANT_OK(section.read("bits", learner.bits));
    VOLANT_OK(section.read("rate", learner.rate));
    VOLANT_OK(section.read("power_t", learner.power_t));
    VOLANT_OK(section.read("l1", learner.l1));
    VOLANT_OK(section.read("l2", learner.l2));
    VOLANT_OK(section.read("ftrl_alpha", learner.ftrl_alpha));
    VOLANT_OK(section.read("ftrl_beta", learner.ftrl_beta));
    VOLANT_OK(section.read("quantile", learner.quantile));
    VOLANT_OK(section.read("passes", learner.passes));
    VOLANT_OK(section.read("seed", learner.seed));
    VOLANT_OK(section.read("early_stop", learner.early_stop));
    VOLANT_OK(parse_interactions(parsing, section, out));
    if (!section.has("interactions")) choose_interactions(parsing.spec, out);
    return check_loss(parsing, section, model, out);
}

Status parse_loop(Parsing& parsing, const Section& model, ModelDecl& out) {
    const Section section = model.section("loop");
    LoopDecl& loop = out.loop;
    VOLANT_OK(section.read("online", loop.online));
    VOLANT_OK(parse_explore(parsing, section, loop.explore));
    VOLANT_OK(section.read("holdback", loop.holdback));
    VOLANT_OK(section.read("random", loop.random));
    VOLANT_OK(section.read("auto_promote", loop.auto_promote));
    const Section retrain = section.section("retrain");
    VOLANT_OK(retrain.read("every", loop.retrain.every));
    VOLANT_OK(retrain.read("or_after", loop.retrain.or_after));
    VOLANT_OK(retrain.read("score_drop", loop.retrain.score_drop));
    const Section gate = section.section("gate");
    VOLANT_OK(gate.read("alpha", loop.gate.alpha));
    VOLANT_OK(gate.read("outcomes", loop.gate.outcomes));
    VOLANT_OK(gate.read("patience", loop.gate.patience));
    return check_loop(parsing, section, out);
}

}  // namespace volant::spec
