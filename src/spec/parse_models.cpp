// Models: the decision, what it is made from, what it is judged by, and where its examples come
// from.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/nearest.h"
#include "spec/parser.h"

namespace volant::spec {
namespace {

// `*` stands for any letters, also none.
bool matches(std::string_view pattern, std::string_view name) {
    std::size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = n;
        } else if (p < pattern.size() && pattern[p] == name[n]) {
            ++p;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

class ModelParser {
  public:
    ModelParser(Parsing& parsing, const Section& section, ModelDecl& out)
        : parsing_(parsing), spec_(parsing.spec), section_(section), out_(out) {}

    Status parse() {
        VOLANT_OK(check_name(parsing_, node(), out_.name));
        VOLANT_OK(parse_decide());
        VOLANT_OK(parse_inputs());
        VOLANT_OK(parse_outcome());
        VOLANT_OK(parse_examples());
        VOLANT_OK(parse_features());
        if (out_.features.empty() && out_.inputs.empty()) {
            return parsing_.at_key(node(),
                                   "expected features or inputs: there is nothing to learn from");
        }
        VOLANT_OK(parse_learner(parsing_, section_, out_));
        return parse_loop(parsing_, section_, out_);
    }

  private:
    const Node& node() const { return *section_.node(); }
    const EventDecl& event(std::string_view name) const {
        return spec_.events[static_cast<std::size_t>(spec_.event_index(name))];
    }
    const std::string& entity_name(int entity) const {
        return spec_.entities[static_cast<std::size_t>(entity)].name;
    }

    Status parse_decide() {
        const Section decide = section_.section("decide");
        if (decide.node() == nullptr || decide.node()->map.size() != 1) {
            return parsing_.at_key(
                decide.node() != nullptr ? *decide.node() : node(),
                "expected decide: {rank: ENTITY}, {classify: ...} or {regress: ...}");
        }
        const auto& [task, value] = decide.node()->map.front();
        for (const Task known : {Task::kClassify, Task::kRegress, Task::kRank}) {
            if (task_name(known) == task) out_.task = known;
        }
        const Dotted target = split_dot(value.scalar);
        if (!target.second.empty() && out_.task != Task::kRank) return parse_label(value, target);
        VOLANT_TRY(out_.entity, find_entity(parsing_, value, value.scalar));
        if (out_.task != Task::kRank) return {};
        if (spec_.subject < 0) {
            return parsing_.at_key(value,
                                   "a ranking is made for a subject; name one: `subject: user`");
        }
        if (spec_.subject == out_.entity) {
            return parsing_.at(
                value,
                fmt::format("\"{}\" is the subject; expected the items' entity", value.scalar));
        }
        return {};
    }

    // `classify: impression.click`: the label is a field of the event itself.
    Status parse_label(const Node& value, const Dotted& target) {
        VOLANT_TRY(const int event_index, find_event(parsing_, value, target.first));
        VOLANT_TRY(const FieldType type,
                   find_property(parsing_, value, event_index, target.second));
        out_.label_event = target.first;
        out_.label_property = target.second;
        return check_label_type(value, out_.label_property, type);
    }

    Status check_label_type(const Node& value, std::string_view property, FieldType type) const {
        if (out_.task == Task::kRegress || out_.task == Task::kRank) {
            if (is_numeric(type)) return {};
            return parsing_.at(
                value, fmt::format("\"{}\" is {}, expected a number", property, a_type(type)));
        }
        if (type == FieldType::kBool || type == FieldType::kInt || type == FieldType::kAny)
            return {};
        return parsing_.at(
            value, fmt::format("\"{}\" is {}, expected bool or int (0 or 1); labels of other "
                               "types are not yet in this release",
                               property, a_type(type)));
    }

    Status parse_inputs() {
        const Section inputs = section_.section("inputs");
        VOLANT_OK(check_count(parsing_, inputs, kFieldsMax));
        if (inputs.node() == nullptr) return {};
        for (const auto& [name, input] : inputs.node()->map) {
            VOLANT_OK(check_field_name(parsing_, input));
            FieldDecl field{.name = name};
            VOLANT_OK(inputs.read(name, field.type));
            VOLANT_OK(check_input(input, field));
            out_.inputs.push_back(std::move(field));
        }
        return {};
    }

    // An input is one of the label event's other fields, where there is such an event.
    Status check_input(const Node& input, const FieldDecl& field) const {
        if (out_.label_event.empty()) return {};
        if (field.name == out_.label_property) {
            return parsing_.at_key(input, "the label cannot be an input");
        }
        const EventDecl& declared = event(out_.label_event);
        const int index = declared.property_index(field.name);
        if (index < 0) return {};
        const FieldType known = declared.properties[static_cast<std::size_t>(index)].type;
        if (stored_type(known) == stored_type(field.type)) return {};
        return parsing_.at(
            input, fmt::format("found {}, but event \"{}\" declares it as {}",
                               field_type_name(field.type), declared.name, field_type_name(known)));
    }

    Status parse_outcome() {
        const Section outcome = section_.section("outcome");
        VOLANT_OK(outcome.read("within", out_.outcome.within));
        VOLANT_OK(outcome.read("aggregate", out_.outcome.aggregate));
        if (outcome.has("otherwise")) {
            double otherwise = 0;
            VOLANT_OK(outcome.read("otherwise", otherwise));
            if (std::abs(otherwise) > kOutcomeMax) {
                return parsing_.at(*outcome.node("otherwise"),
                                   fmt::format("found {}, expected a number from {:.0e} to {:.0e}",
                                               otherwise, -kOutcomeMax, kOutcomeMax));
            }
            out_.outcome.otherwise = otherwise;
        }
        const Node* value = outcome.node("event");
        if (value == nullptr) return {};
        const Dotted parts = split_dot(value->scalar);
        VOLANT_TRY(const int index, find_event(parsing_, *value, parts.first));
        out_.outcome.event = parts.first;
        if (!parts.second.empty()) {
            VOLANT_TRY(const FieldType type, find_property(parsing_, *value, index, parts.second));
            VOLANT_OK(check_label_type(*value, parts.second, type));
            out_.outcome.property = parts.second;
        }
        return check_entities(*value, event(parts.first));
    }

    // An event says something about a decision only if it names what the decision is about.
    Status check_entities(const Node& value, const EventDecl& declared) const {
        for (const int entity : {out_.entity, out_.task == Task::kRank ? spec_.subject : -1}) {
            if (entity < 0 || declared.has_entity(entity)) continue;
            return parsing_.at(
                value, fmt::format("event \"{}\" has no \"{}\", so it cannot be joined to "
                                   "the decision; declare {}: id",
                                   declared.name, entity_name(entity), entity_name(entity)));
        }
        return {};
    }

    Status parse_examples() {
        const Section section = section_.section("examples");
        if (section.node() == nullptr) return {};
        ExamplesDecl examples;
        VOLANT_OK(section.read("at", examples.at));
        VOLANT_OK(section.read("every", examples.every));
        VOLANT_OK(section.read("negatives", examples.negatives));
        VOLANT_OK(section.read("label", examples.label));
        const Node* at = section.node("at");
        if (at == nullptr) {
            return parsing_.at_key(*section.node(), "expected at: the event at which to decide");
        }
        VOLANT_TRY(const int index, find_event(parsing_, *at, examples.at));
        if (!out_.label_event.empty() && examples.at != out_.label_event) {
            return parsing_.at(
                *at, fmt::format("found \"{}\", expected \"{}\", whose field is the label",
                                 examples.at, out_.label_event));
        }
        VOLANT_OK(check_entities(*at, event(examples.at)));
        VOLANT_OK(check_example_label(section, examples, index));
        if (examples.negatives > 0 && out_.task != Task::kRank) {
            return parsing_.at_key(*section.node("negatives"), "only a ranking has negatives");
        }
        if (examples.every > 0 && spec_.subject < 0) {
            return parsing_.at_key(*section.node("every"),
                                   "is for each subject; name one: `subject: user`");
        }
        out_.examples = std::move(examples);
        return {};
    }

    Status check_example_label(const Section& section, const ExamplesDecl& examples,
                               int event_index) const {
        const Node* label = section.node("label");
        if (label == nullptr) {
            const bool judged = !out_.label_event.empty() || !out_.outcome.event.empty();
            if (judged || out_.task == Task::kRank) return {};
            return parsing_.at_key(
                *section.node(),
                "nothing says what their label is: expected label, or outcome.event");
        }
        if (!out_.label_event.empty()) {
            return parsing_.at_key(*label, fmt::format("the label is {}.{} already",
                                                       out_.label_event, out_.label_property));
        }
        VOLANT_TRY(const FieldType type,
                   find_property(parsing_, *label, event_index, examples.label));
        return check_label_type(*label, examples.label, type);
    }

    Status parse_features() {
        const Node* list = section_.node("features");
        if (list == nullptr) return {};
        std::set<int> chosen;  // in the order of the file
        if (list->kind == Node::Kind::kScalar) VOLANT_OK(choose(*list, chosen));
        for (const Node& one : list->list) VOLANT_OK(choose(one, chosen));
        out_.features.assign(chosen.begin(), chosen.end());
        return {};
    }

    Status choose(const Node& pattern, std::set<int>& chosen) const {
        bool found = false;
        for (std::size_t i = 0; i < spec_.features.size(); ++i) {
            if (!matches(pattern.scalar, spec_.features[i].name)) continue;
            VOLANT_OK(check_keys(pattern, spec_.features[i]));
            chosen.insert(static_cast<int>(i));
            found = true;
        }
        if (found) return {};
        if (pattern.scalar.find('*') != std::string::npos) {
            std::set<std::string> groups;
            for (const FeatureDecl& feature : spec_.features)
                groups.insert(std::string(split_dot(feature.name).first) + ".*");
            const std::vector<std::string_view> known(groups.begin(), groups.end());
            return parsing_.at(pattern,
                               fmt::format("no feature is named like {}{}", describe(pattern),
                                           did_you_mean(pattern.scalar, known)));
        }
        return parsing_.at(pattern,
                           unknown_name("feature", pattern.scalar, names_of(spec_.features)));
    }

    // A decision has the ids of its subject, of what it is about, and of the label's event.
    bool has_key(int entity) const {
        if (entity == spec_.subject || entity == out_.entity) return true;
        return !out_.label_event.empty() && event(out_.label_event).has_entity(entity);
    }

    Status check_keys(const Node& pattern, const FeatureDecl& feature) const {
        std::vector<KeyPart> parts = feature.by;
        if (feature.op == Op::kAttribute) parts = {feature.attribute};
        for (const KeyPart& part : parts) {
            if (has_key(part.entity)) continue;
            return parsing_.at(pattern, fmt::format("feature \"{}\" is keyed by \"{}\", which this "
                                                    "decision does not have",
                                                    feature.name, entity_name(part.entity)));
        }
        return {};
    }

    Parsing& parsing_;
    const Spec& spec_;
    const Section& section_;
    ModelDecl& out_;
};

}  // namespace

Status parse_models(Parsing& parsing, const Section& root) {
    const Section section = root.section("models");
    VOLANT_OK(check_count(parsing, section, kModelsMax));
    if (section.node() == nullptr) return {};
    for (const auto& [name, node] : section.node()->map) {
        ModelDecl model;
        model.name = name;
        const Section own = section.section(name);
        VOLANT_OK(ModelParser(parsing, own, model).parse());
        parsing.spec.models.push_back(std::move(model));
    }
    return {};
}

}  // namespace volant::spec
