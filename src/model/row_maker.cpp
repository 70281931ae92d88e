#include "model/row_maker.h"

#include <algorithm>

namespace volant::model {

RowMaker::RowMaker(const spec::Spec& spec, int model, const Columns& columns,
                   const collect::Entities& entities, const features::FeatureStore& features,
                   std::span<const collect::EntityId> ids, std::span<const Value> inputs, Micros at)
    : model_(spec.models[static_cast<std::size_t>(model)]),
      columns_(columns),
      entities_(entities),
      features_(features),
      ids_(ids),
      at_(at),
      keys_(spec.entities.size(), collect::kNoEntity),
      row_(columns.size()) {
    for (const collect::EntityId& id : ids) {
        keys_[static_cast<std::size_t>(id.entity)] = entities.find(id.entity, id.id);
    }
    std::copy(inputs.begin(), inputs.end(), row_.begin());
}

std::string_view RowMaker::id_of(int entity) const {
    for (const collect::EntityId& id : ids_) {
        if (id.entity == entity) return id.id;
    }
    return {};
}

void RowMaker::read(std::span<const std::string> items) {
    std::vector<collect::EntityIndex> indices;
    for (const std::string& item : items) {
        indices.push_back(item.empty() ? collect::kNoEntity : entities_.find(model_.entity, item));
    }
    const bool about_items = items.size() != 1 || !items[0].empty();
    if (!about_items && model_.entity >= 0) {
        indices[0] = keys_[static_cast<std::size_t>(model_.entity)];
    }
    features_.read_rows(columns_.features(), keys_, model_.entity, indices, at_,
                        features_of_items_);
}

// What all rows share is written with the first and stays.
void RowMaker::fill(std::string_view item, std::size_t i) {
    std::size_t column = columns_.inputs();
    for (const int entity : columns_.ids()) {
        const std::string_view id = entity == model_.entity ? item : id_of(entity);
        row_[column++] = id.empty() ? Value{} : Value(id);
    }
    for (std::size_t f = 0; f < features_of_items_.features(); ++f) {
        if (i > 0 && features_of_items_.shared(f)) continue;
        row_[column + f] = features_of_items_.at(i, f);
    }
}

}  // namespace volant::model
