// What the parts of volant.yaml's parser share. Private to spec/.
//
// Each part reads one section into the Spec, in the order of the list in parse.cpp, and may look
// names up that earlier parts have read. All errors are kInvalidSpec with FILE:LINE:COLUMN.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/settings.h"
#include "spec/spec.h"

namespace volant::spec {

using settings::Section;
using yaml::Node;

struct Parsing {
    Spec& spec;
    std::string_view file;
    bool is_logged = false;  // it was checked when it was logged

    Error at(const Node& node, std::string message) const {
        return yaml::error_at(file, node, std::move(message));
    }
    Error at_key(const Node& node, std::string message) const {
        return yaml::error_at_key(file, node, std::move(message));
    }
};

Status parse_workspace(Parsing& parsing, const Section& root);  // subject: after the entities
Status parse_entities(Parsing& parsing, const Section& root);
Status parse_events(Parsing& parsing, const Section& root);
Status parse_features(Parsing& parsing, const Section& root);
Status parse_where(const Parsing& parsing, const Section& feature,
                   FeatureDecl& out);  // after its sources
Status parse_models(Parsing& parsing, const Section& root);
Status parse_learner(Parsing& parsing, const Section& model, ModelDecl& out);
Status parse_loop(Parsing& parsing, const Section& model, ModelDecl& out);
Status parse_machine(Parsing& parsing, const Section& root);  // server, log, training

// `unknown event "raed"; did you mean "read"?`, or the known ones when none is alike.
std::string unknown_name(std::string_view what, std::string_view name,
                         const std::vector<std::string_view>& known);

template <class T>
std::vector<std::string_view> names_of(const std::vector<T>& declared) {
    std::vector<std::string_view> names;
    for (const T& one : declared) names.push_back(one.name);
    return names;
}

// Names of entities, events, features' parts and models: a letter or `_`, then letters, digits, `_`
// and
// `-`; other alphabets' letters are letters. At most kNameBytesMax bytes.
Status check_name(const Parsing& parsing, const Node& node, std::string_view name);
// Names of properties, attributes and inputs: anything without control characters that does not
// begin with `$`; columns of imported files have such names.
Status check_field_name(const Parsing& parsing, const Node& node);
Status check_count(const Parsing& parsing, const Section& section, std::size_t most);

Result<int> find_entity(const Parsing& parsing, const Node& node, std::string_view name);
Result<int> find_event(const Parsing& parsing, const Node& node, std::string_view name);

// "read.ms" -> "read", "ms"; the second is empty without a dot. The first dot divides.
struct Dotted {
    std::string_view first;
    std::string_view second;
};
Dotted split_dot(std::string_view text);

// The type of EVENT.PROPERTY, which must be declared.
Result<FieldType> find_property(const Parsing& parsing, const Node& node, int event,
                                std::string_view property);

std::string a_type(FieldType type);  // "an int", "a string"

bool is_numeric(FieldType type);  // int, double, bool; any, which is known by its values only

}  // namespace volant::spec
