#include "model/linear.h"

#include <algorithm>
#include <cmath>

#include "core/exact_math.h"

namespace volant::model {
namespace {

// A smaller squared gradient teaches nothing that float could hold.
constexpr float kSquaredGradientMin = 1e-30f;
// Past these the pending regularization is taken into the weights.
constexpr double kContractionMin = 1e-9;
constexpr double kGravityMax = 1e3;
constexpr double kUpdateMin = 1e-8;  // smaller ones are not regularized
constexpr double kUpdateMax = 1e18;

// As a float that a term of any size can be multiplied with; what is no number becomes 0.
float narrow(double number) {
    if (std::isnan(number)) return 0;
    return static_cast<float>(std::clamp(number, -kUpdateMax, kUpdateMax));
}

// For rates other than the square root's, which never comes here.
float power(float base, double exponent) {
    return base > 0
               ? static_cast<float>(exact::exp(exponent * exact::log(static_cast<double>(base))))
               : 0;
}

// The scalar kernel's adapt with power_t in place of the square root.
void adapt_with_power(Slot& slot, float value, float squared_gradient, double power_t,
                      Adapted& sums) {
    const float size = std::max(std::abs(value), 1e-19f);
    slot.first += squared_gradient * size * size;
    if (size > slot.second) {
        if (slot.second > 0) slot.weight *= power(slot.second / size, 2 * (1 - power_t));
        slot.second = size;
    }
    const float relative = size / slot.second;
    slot.rate = power(slot.first, -power_t) * power(slot.second, 2 * (power_t - 1));
    sums.norm += relative * relative;
    sums.per_update += size * size * slot.rate;
}

}  // namespace

LinearModel::LinearModel(const spec::LearnerDecl& learner)
    : learner_(learner),
      loss_{learner.loss, learner.quantile},
      kernels_(&kernels()),
      slots_(learner.bits) {}

double LinearModel::cut(double margin) const {
    const bool linked = loss_.loss == spec::Loss::kLogistic || loss_.loss == spec::Loss::kPoisson;
    return linked ? std::clamp(margin, -kMarginMax, kMarginMax)
                  : std::clamp(margin, label_min_, label_max_);
}

float LinearModel::margin(std::span<const Term> terms) const {
    const Slot* table = slots_.data();
    const float sum = gravity_ == 0
                          ? kernels_->dot(table, slots_.mask(), terms.data(), terms.size())
                          : kernels_->dot_truncated(table, slots_.mask(), terms.data(),
                                                    terms.size(), static_cast<float>(gravity_));
    return contraction_ == 1 ? sum : sum * static_cast<float>(contraction_);
}

void LinearModel::margins(std::span<const Term> terms, std::span<const std::uint32_t> ends,
                          std::span<float> out) const {
    VOLANT_CHECK(ends.size() == out.size());
    std::uint32_t begin = 0;
    for (std::size_t row = 0; row < ends.size(); ++row) {
        out[row] = margin(terms.subspan(begin, ends[row] - begin));
        begin = ends[row];
    }
}

double LinearModel::link(float margin) const {
    return loss_.link(cut(margin));
}

double LinearModel::predict(std::span<const Term> terms) const {
    return link(margin(terms));
}

double LinearModel::learn(std::span<const Term> terms, double label, double weight) {
    if (loss_.loss == spec::Loss::kLogistic) label = std::clamp(label, 0.0, 1.0);
    if (loss_.loss == spec::Loss::kPoisson) label = std::max(label, 0.0);
    label_min_ = std::min(label_min_, label);
    label_max_ = std::max(label_max_, label);
    const double margin_before = cut(margin(terms));
    const double prediction = loss_.link(margin_before);
    if (learner_.optimizer == spec::Optimizer::kFtrl) {
        const FtrlStep step = {static_cast<float>(learner_.ftrl_alpha),
                               static_cast<float>(learner_.ftrl_beta),
                               static_cast<float>(learner_.l1), static_cast<float>(learner_.l2)};
        const float gradient = narrow(loss_.gradient(prediction, label) * weight);
        kernels_->ftrl(slots_.data(), slots_.mask(), terms.data(), terms.size(), gradient, step);
    } else {
        learn_adaptive(terms, margin_before, prediction, label, weight);
    }
    ++examples_;
    return prediction;
}

void LinearModel::learn_adaptive(std::span<const Term> terms, double margin, double prediction,
                                 double label, double weight) {
    const double gradient = loss_.gradient(prediction, label);
    const float squared_gradient = narrow(gradient * gradient * weight);
    if (squared_gradient < kSquaredGradientMin) return;

    const Adapted adapted = adapt(terms, squared_gradient);
    total_weight_ += weight;
    normalized_sum_ += weight * static_cast<double>(adapted.norm);
    const double multiplier = update_multiplier();
    const double per_update = static_cast<double>(adapted.per_update) * multiplier;
    if (!(per_update > 0)) return;

    const double scale = learner_.rate * weight;
    const double update = loss_.update(margin, prediction, label, scale, per_update);
    regularize(update, gradient);
    const double moved = update * multiplier;
    kernels_->apply(slots_.data(), slots_.mask(), terms.data(), terms.size(),
                    narrow(contraction_ == 1 ? moved : moved / contraction_));
    if (contraction_ < kContractionMin || gravity_ > kGravityMax) settle();
}

Adapted LinearModel::adapt(std::span<const Term> terms, float squared_gradient) {
    if (learner_.power_t == 0.5) {
        return kernels_->adapt(slots_.data(), slots_.mask(), terms.data(), terms.size(),
                               squared_gradient);
    }
    Adapted sums;
    for (const Term& term : terms) {
        adapt_with_power(slots_.data()[term.hash & slots_.mask()], term.value, squared_gradient,
                         learner_.power_t, sums);
    }
    return sums;
}

// Gives the rates the scale that the average example's size calls for (Ross et al. 2013, NAG).
double LinearModel::update_multiplier() const {
    const double inverse = total_weight_ / normalized_sum_;
    if (learner_.power_t == 0.5) return std::sqrt(inverse);
    return exact::exp((1 - learner_.power_t) * exact::log(inverse));
}

void LinearModel::regularize(double update, double gradient) {
    if (learner_.l1 == 0 && learner_.l2 == 0) return;
    if (std::abs(update) <= kUpdateMin || std::abs(gradient) <= kUpdateMin) return;
    const double rate = -update / gradient;
    contraction_ *= std::max(1 - learner_.l2 * rate, kContractionMin);
    gravity_ += rate * learner_.l1;
}

void LinearModel::settle() {
    if (gravity_ == 0 && contraction_ == 1) return;
    const auto gravity = static_cast<float>(gravity_);
    const auto contraction = static_cast<float>(contraction_);
    for (Slot& slot : slots_.slots()) {
        if (slot.weight == 0) continue;
        const float drawn = std::max(std::abs(slot.weight) - gravity, 0.0f) * contraction;
        slot.weight = slot.weight > 0 ? drawn : -drawn;
    }
    gravity_ = 0;
    contraction_ = 1;
}

std::unique_ptr<LinearModel> LinearModel::clone() const {
    auto copy = std::make_unique<LinearModel>(learner_);
    copy->slots_ = slots_.clone();
    copy->total_weight_ = total_weight_;
    copy->normalized_sum_ = normalized_sum_;
    copy->gravity_ = gravity_;
    copy->contraction_ = contraction_;
    copy->label_min_ = label_min_;
    copy->label_max_ = label_max_;
    copy->examples_ = examples_;
    return copy;
}

void LinearModel::reset() {
    slots_.clear();
    total_weight_ = normalized_sum_ = gravity_ = label_min_ = label_max_ = 0;
    contraction_ = 1;
    examples_ = 0;
}

}  // namespace volant::model
