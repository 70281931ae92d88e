#include "model/columns.h"

#include <algorithm>

#include "core/bytes.h"
#include "core/hash.h"

namespace volant::model {
namespace {

constexpr std::size_t kPlaces = 32;           // the last one stands for all below it
constexpr std::uint64_t kPlaceSeed = 0x706c;  // keeps places apart from other hashes

std::vector<int> id_columns(const spec::Spec& spec, const spec::ModelDecl& model) {
    if (model.task != spec::Task::kRank) return {};
    std::vector<int> ids;
    if (spec.subject >= 0) ids.push_back(spec.subject);
    if (model.entity != spec.subject) ids.push_back(model.entity);
    return ids;
}

std::vector<LinearColumns::Column> named(const spec::Spec& spec, const spec::ModelDecl& model) {
    std::vector<LinearColumns::Column> columns;
    for (const spec::FieldDecl& input : model.inputs) columns.push_back({input.name, "input"});
    for (const int entity : id_columns(spec, model)) {
        const std::string& name = spec.entities[static_cast<std::size_t>(entity)].name;
        columns.push_back({name, name});
    }
    for (const int feature : model.features) {
        const spec::FeatureDecl& decl = spec.features[static_cast<std::size_t>(feature)];
        columns.push_back({decl.name, decl.group});
    }
    return columns;
}

}  // namespace

Columns::Columns(const spec::Spec& spec, int index)
    : inputs_(spec.models[static_cast<std::size_t>(index)].inputs.size()),
      ids_(id_columns(spec, spec.models[static_cast<std::size_t>(index)])),
      features_(spec.models[static_cast<std::size_t>(index)].features),
      ranking_(spec.models[static_cast<std::size_t>(index)].task == spec::Task::kRank),
      linear_(named(spec, spec.models[static_cast<std::size_t>(index)]),
              spec.models[static_cast<std::size_t>(index)].learner.interactions) {}

void Columns::terms(std::span<const Value> row, std::size_t place, std::vector<Term>& out) const {
    linear_.terms(row, out);
    if (!ranking_) return;
    const std::uint64_t hash = hash_mix(kPlaceSeed, std::min(place, kPlaces - 1));
    out.push_back({static_cast<std::uint32_t>(hash), 1});
}

void Columns::encode(std::span<const Value> row, std::string& out) {
    Writer writer(out);
    for (const Value& value : row) writer.value(value);
}

bool Columns::decode(std::string_view bytes, std::vector<Value>& row) const {
    row.clear();
    Cursor in(bytes);
    for (std::size_t i = 0; i < size(); ++i) row.push_back(in.value());
    return in.ok() && in.done();
}

}  // namespace volant::model
