// linear: a hashed online linear model, its weights a fold.
//
// Two learners: `adaptive` is Vowpal Wabbit's default (adaptive, normalised, invariant updates:
// Duchi, Hazan and Singer 2011; Ross, Mineiro and Langford 2013; Karampatziakis and Langford 2011),
// held to the `vowpalwabbit` package's losses; `ftrl` is FTRL-proximal (McMahan et al. 2013).
// Losses: logistic (labels 0 and 1), squared, quantile, Poisson (log link): model/losses.h. L1 and
// L2 of the adaptive learner are truncated gradient and weight decay, kept for all weights at once
// as `gravity` and `contraction` (Langford, Li and Zhang 2009); FTRL has them in its step.
//
// Numbers: float32 weights; the dot product adds terms in order, one fused multiply-add each, so
// the same log gives the same bits on every CPU. Threads: const functions from anywhere while no
// learn() runs.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"
#include "model/kernels/kernels.h"
#include "model/linear_columns.h"
#include "model/losses.h"
#include "model/slot_table.h"
#include "model/term.h"
#include "spec/spec.h"

namespace volant::model {

class LinearModel {
  public:
    explicit LinearModel(const spec::LearnerDecl& learner);

    // Raw margin, and the prediction in the label's units (probability, value, rate).
    float margin(std::span<const Term> terms) const;
    double predict(std::span<const Term> terms) const;
    double link(float margin) const;
    // Many rows at once, bit for bit margin() of each: row i is terms[ends[i-1], ends[i]).
    void margins(std::span<const Term> terms, std::span<const std::uint32_t> ends,
                 std::span<float> out) const;
    // The loss of predicting `prediction` for `label`, per unit of weight (log loss in nats).
    double loss(double prediction, double label) const { return loss_.of(prediction, label); }

    // One update; returns the prediction before it (for progressive validation). `label` and
    // `weight` are finite, weight > 0; a logistic label is cut to [0, 1], a Poisson label to 0.
    double learn(std::span<const Term> terms, double label, double weight = 1);
    // For prefetching: term t's slot is table()[t.hash & mask()]. Stays where it is but for load().
    const Slot* table() const { return slots_.data(); }
    std::uint32_t mask() const { return slots_.mask(); }

    std::uint64_t examples() const { return examples_; }
    std::size_t bytes() const { return slots_.bytes() + sizeof(*this); }  // at most resident

    // All state, sparse (zero weights are left out): package file, snapshot and digest alike.
    // Stored: docs/formats/linear.md.
    void save(std::string& out) const;
    // Replaces all state; kCorrupt, and the model is as new, when `in` is damaged or of another
    // learner.
    Status load(std::string_view in);

    std::unique_ptr<LinearModel> clone() const;

  private:
    double cut(double margin) const;
    void learn_adaptive(std::span<const Term> terms, double margin, double prediction, double label,
                        double weight);
    Adapted adapt(std::span<const Term> terms, float squared_gradient);
    double update_multiplier() const;
    void regularize(double update, double gradient);
    void settle();
    void reset();
    Status load_slots(Cursor& cursor);

    spec::LearnerDecl learner_;
    LossFunction loss_;
    const Kernels* kernels_;
    SlotTable slots_;
    double total_weight_ = 0;
    double normalized_sum_ = 0;
    double gravity_ = 0;      // L1 not yet taken from the weights
    double contraction_ = 1;  // L2 not yet multiplied into them
    double label_min_ = 0;    // squared and quantile predictions stay within the labels seen, and 0
    double label_max_ = 0;
    std::uint64_t examples_ = 0;
};

}  // namespace volant::model
