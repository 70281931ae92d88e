// linear: a hashed online linear model, its weights a fold.
//
// Two learners: `adaptive` is Vowpal Wabbit's default (adaptive, normalised, invariant updates:
// Duchi, Hazan and Singer 2011; Ross, Mineiro and Langford 2013; Karampatziakis and Langford 2011), held to the
// `vowpalwabbit` package's losses; `ftrl` is FTRL-proximal (McMahan et al. 2013). Losses: logistic (labels
// 0 and 1), squared, quantile, Poisson (log link).
//
// Numbers: float32 weights; the dot product adds terms in order, one fused multiply-add each, so the
// same log gives the same bits on every CPU. Threads: const functions from anywhere while no learn() runs.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/value.h"
#include "spec/spec.h"

namespace volant::model {

// One nonzero input: `hash` picks the weight (masked to the table), `value` is finite.
struct Term {
    std::uint32_t hash = 0;
    float value = 0;
    bool operator==(const Term&) const = default;
};

// Turns a row of Values into Terms. Immutable; made from the names and groups of a model's columns.
//   number x:   hash(name), squash(x) where squash(x) = sign(x) log(1 + |x|) for |x| > 1, else x
//   bool:       hash(name), 0 or 1
//   string:     hash(name, text), 1
//   list:       hash(name, each element), 1/sqrt(length)
//   time:       seconds, as a number       point: cells of about 5 km and 40 km, as strings
//   null:       hash(name, "missing"), 1
// and a constant. Interactions multiply the terms of groups: hash_mix of hashes, product of values.
class LinearColumns {
  public:
    struct Column {
        std::string name;
        std::string group;
    };
    LinearColumns(std::vector<Column> columns, std::vector<std::vector<std::string>> interactions);

    std::size_t size() const { return columns_.size(); }
    const std::vector<Column>& columns() const { return columns_; }
    // row[i] belongs to columns()[i]. `out` is cleared first; its order is fixed by the columns.
    void terms(std::span<const Value> row, std::vector<Term>& out) const;

  private:
    std::vector<Column> columns_;
    std::vector<std::uint64_t> seeds_;
    std::vector<std::vector<std::vector<std::size_t>>> interactions_;  // each: the columns of each group
};

class LinearModel {
  public:
    explicit LinearModel(const spec::LearnerDecl& learner);

    // Raw margin, and the prediction in the label's units (probability, value, rate).
    float margin(std::span<const Term> terms) const;
    double predict(std::span<const Term> terms) const;
    double link(float margin) const;
    // The loss of predicting `prediction` for `label`, per unit of weight (log loss in nats).
    double loss(double prediction, double label) const;

    // One update; returns the prediction before it (for progressive validation).
    double learn(std::span<const Term> terms, double label, double weight = 1);

    std::uint64_t examples() const;
    std::size_t bytes() const;  // resident

    // All state, sparse (zero weights are left out): package file, snapshot and digest alike.
    void save(std::string& out) const;
    Status load(std::string_view in);

    std::unique_ptr<LinearModel> clone() const;

  private:
    spec::LearnerDecl learner_;
    std::uint32_t mask_;
    std::vector<float> slots_;  // stride floats a weight: the weight first, its learner's state beside it
    std::uint32_t stride_;
    double total_weight_ = 0;
    double normalized_sum_ = 0;
    std::uint64_t examples_ = 0;
};

}  // namespace volant::model
