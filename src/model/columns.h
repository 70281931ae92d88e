// Columns: what stands in a model's row, in order: its inputs, then (for a ranking) the ids of the
// subject and of the item, then its features in the order of volant.yaml. Immutable; one for each
// model and specification, so that rows that were logged under an older one are read as they were
// written.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/value.h"
#include "model/linear.h"
#include "spec/spec.h"

namespace volant::model {

class Columns {
  public:
    Columns(const spec::Spec& spec, int model);

    std::size_t size() const { return linear_.size(); }
    std::string_view name(std::size_t column) const { return linear_.columns()[column].name; }
    std::size_t inputs() const { return inputs_; }
    const std::vector<int>& ids() const { return ids_; }            // entities
    const std::vector<int>& features() const { return features_; }  // indices into Spec::features

    // The learner's terms of a row. A ranking's row gets one more for its place (from 0): what was
    // shown higher was seen more, and the weights of the rest should not have to explain that.
    // Scores are made for place 0, so places never order anything.
    void terms(std::span<const Value> row, std::size_t place, std::vector<Term>& out) const;

    // Rows as they are logged.
    static void encode(std::span<const Value> row, std::string& out);
    // False if `bytes` are not a row of this many columns.
    bool decode(std::string_view bytes, std::vector<Value>& row) const;

  private:
    std::size_t inputs_;
    std::vector<int> ids_;
    std::vector<int> features_;
    bool ranking_;
    LinearColumns linear_;
};

}  // namespace volant::model
