// RowMaker: rows for one decision. What all candidates share is read once; then one row a
// candidate. Serving, replay and training from history make their rows here and nowhere else.
// Threads: reads the folds; one a thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
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

    // Calls each(i, row) for every candidate, in order; one "" stands for an answer that is not
    // about an item. The row lives until `each` returns.
    template <class Each>
    void rows(std::span<const std::string> items, Each&& each) {
        read(items);
        for (std::size_t i = 0; i < items.size(); ++i) {
            fill(items[i], i);
            each(i, std::as_const(row_));
        }
    }

  private:
    std::string_view id_of(int entity) const;
    void read(std::span<const std::string> items);
    void fill(std::string_view item, std::size_t i);

    const spec::ModelDecl& model_;
    const Columns& columns_;
    const collect::Entities& entities_;
    const features::FeatureStore& features_;
    std::span<const collect::EntityId> ids_;
    Micros at_;
    features::Keys keys_;
    features::Rows features_of_items_;
    std::vector<Value> row_;
};

}  // namespace volant::model
