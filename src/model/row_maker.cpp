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

const std::vector<Value>& RowMaker::row(std::string_view item) {
    if (!item.empty())
        keys_[static_cast<std::size_t>(model_.entity)] = entities_.find(model_.entity, item);
    std::size_t column = columns_.inputs();
    for (const int entity : columns_.ids()) {
        const std::string_view id = entity == model_.entity ? item : id_of(entity);
        row_[column++] = id.empty() ? Value{} : Value(id);
    }
    features_.read(columns_.features(), keys_, at_, std::span(row_).subspan(column));
    return row_;
}

}  // namespace volant::model
