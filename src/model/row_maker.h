// RowMaker: rows for one decision. What all candidates share is read once; then one row a
// candidate. Serving, replay and training from history make their rows here and nowhere else.
// Threads: reads the folds; one a thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collect/entities.h"
#include "features/feature_store.h"
#include "model/columns.h"
#include "spec/spec.h"

namespace volant::model {

class RowMaker {
  public:
    // `ids` name the entities of the decision, the subject among them; `inputs` are one for each
    // declared input of the model (null = missing). All references must outlive the maker.
    RowMaker(const spec::Spec& spec, int model, const Columns& columns,
             const collect::Entities& entities, const features::FeatureStore& features,
             std::span<const collect::EntityId> ids, std::span<const Value> inputs, Micros at);

    // `item` is the candidate's id, or "" for an answer that is not about an item. The row lives
    // until the next call.
    const std::vector<Value>& row(std::string_view item);

  private:
    std::string_view id_of(int entity) const;

    const spec::ModelDecl& model_;
    const Columns& columns_;
    const collect::Entities& entities_;
    const features::FeatureStore& features_;
    std::span<const collect::EntityId> ids_;
    Micros at_;
    features::Keys keys_;
    std::vector<Value> row_;
};

}  // namespace volant::model
