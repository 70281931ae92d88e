#include "model/baseline.h"

#include <algorithm>
#include <vector>

#include "core/bytes.h"

namespace volant::model {
namespace {

constexpr double kItemPrior = 2;    // expected outcomes that an unknown item is taken to have had
constexpr double kAlonePrior = 5;   // outcomes by itself that every item is taken to have had
constexpr double kPlacePrior = 20;  // answers at the overall rate that a place is taken to have had

}  // namespace

double Baseline::place_rate(std::size_t place) const {
    const double overall = (total_.outcomes + 0.5) / (total_.shown + 1);
    const Count& count = places_[std::min(place, kPlaces - 1)];
    return (count.outcomes + kPlacePrior * overall) / (count.shown + kPlacePrior);
}

double Baseline::prior(double rate, double alone) const {
    if (alone_ == 0) return rate;
    const double mean = alone_ / static_cast<double>(items_.size());
    const double lift = (alone + kAlonePrior) / (mean + kAlonePrior);
    return rate * lift / (1 - rate + rate * lift);
}

double Baseline::predict(std::string_view item, std::size_t place) const {
    if (item.empty()) return (total_.outcomes + 0.5) / (total_.shown + 1);
    const double rate = place_rate(place);
    const auto it = items_.find(item);
    if (it == items_.end()) return prior(rate, 0);
    const Count& count = it->second.count;
    return (rate * count.outcomes + prior(rate, it->second.alone) * kItemPrior) /
           (count.shown + kItemPrior);
}

Baseline::Item* Baseline::item(std::string_view name) {
    auto it = items_.find(name);
    if (it == items_.end() && items_.size() < items_max_) it = items_.emplace(name, Item{}).first;
    return it == items_.end() ? nullptr : &it->second;
}

void Baseline::observe(std::string_view item, std::size_t place, double outcome) {
    if (!item.empty()) {
        if (Item* const known = this->item(item)) {
            known->count.outcomes += outcome;
            known->count.shown += place_rate(place);
        }
        Count& count = places_[std::min(place, kPlaces - 1)];
        count.outcomes += outcome;
        count.shown += 1;
    }
    total_.outcomes += outcome;
    total_.shown += 1;
}

void Baseline::alone(std::string_view item) {
    Item* const known = this->item(item);
    if (known == nullptr) return;
    known->alone += 1;
    alone_ += 1;
}

void Baseline::snapshot(std::string& out) const {
    Writer writer(out);
    const auto put = [&](const Count& count) {
        writer.f64(count.outcomes);
        writer.f64(count.shown);
    };
    put(total_);
    writer.f64(alone_);
    for (const Count& count : places_) put(count);
    std::vector<std::string_view> names;
    names.reserve(items_.size());
    for (const auto& [name, item] : items_) names.push_back(name);
    std::sort(names.begin(), names.end());
    writer.varint(names.size());
    for (const std::string_view name : names) {
        const Item& item = items_.find(name)->second;
        writer.string(name);
        put(item.count);
        writer.f64(item.alone);
    }
}

Status Baseline::restore(std::string_view in) {
    Cursor cursor(in);
    const auto take = [&] {
        const double outcomes = cursor.f64();
        return Count{outcomes, cursor.f64()};
    };
    total_ = take();
    alone_ = cursor.f64();
    for (Count& count : places_) count = take();
    items_.clear();
    const std::uint64_t items = cursor.varint();
    for (std::uint64_t i = 0; i < items && cursor.ok(); ++i) {
        std::string name(cursor.string());
        const Count count = take();
        items_[std::move(name)] = {count, cursor.f64()};
    }
    if (!cursor.ok() || !cursor.done())
        return fail(Code::kCorrupt, "snapshot of a baseline is not whole");
    return {};
}

}  // namespace volant::model
