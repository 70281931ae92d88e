#include "spec/spec.h"

#include <array>

#include "core/text.h"

namespace volant::spec {
namespace {

template <class T>
int index_of(const std::vector<T>& all, std::string_view name) {
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (same_text(all[i].name, name)) return static_cast<int>(i);
    }
    return -1;
}

struct FieldTypeRow {
    std::string_view name;
    Type stored;
};
constexpr std::array<FieldTypeRow, 10> kFieldTypeRows = {{
    {"any", Type::kNull},
    {"bool", Type::kBool},
    {"int", Type::kInt},
    {"double", Type::kDouble},
    {"string", Type::kString},
    {"category", Type::kString},
    {"text", Type::kString},
    {"time", Type::kTime},
    {"point", Type::kPoint},
    {"list", Type::kList},
}};

constexpr std::array<std::string_view, kOpsCount> kOpNames = {
    "count",    "sum",  "mean",  "min",   "max",       "ratio",
    "distinct", "last", "since", "decay", "attribute",
};

constexpr std::array<std::string_view, 3> kTasks = {"classify", "regress", "rank"};

}  // namespace

Type stored_type(FieldType type) {
    return kFieldTypeRows[static_cast<std::size_t>(type)].stored;
}

std::string_view field_type_name(FieldType type) {
    return kFieldTypeRows[static_cast<std::size_t>(type)].name;
}

std::string_view op_name(Op op) {
    return kOpNames[static_cast<std::size_t>(op)];
}

std::string_view task_name(Task task) {
    return kTasks[static_cast<std::size_t>(task)];
}

int EntityDecl::attribute_index(std::string_view attribute) const {
    return index_of(attributes, attribute);
}

bool EventDecl::has_entity(int entity) const {
    for (const int own : entities) {
        if (own == entity) return true;
    }
    return false;
}

int EventDecl::property_index(std::string_view property) const {
    return index_of(properties, property);
}

int Spec::entity_index(std::string_view entity) const {
    return index_of(entities, entity);
}
int Spec::event_index(std::string_view event) const {
    return index_of(events, event);
}
int Spec::model_index(std::string_view model) const {
    return index_of(models, model);
}
int Spec::feature_index(std::string_view feature) const {
    return index_of(features, feature);
}

}  // namespace volant::spec
