// LinearModel's stored form: docs/formats/linear.md.
#include <bit>
#include <cmath>

#include "core/bytes.h"
#include "model/linear.h"

namespace volant::model {
namespace {

constexpr std::uint32_t kMagic = 0x4e494c56;  // "VLIN"
constexpr std::uint8_t kVersion = 1;

bool is_empty(const Slot& slot) {
    return slot.weight == 0 && slot.first == 0 && slot.second == 0;
}

Error damaged(std::string what) {
    return fail(Code::kCorrupt, "linear weights: " + std::move(what));
}

}  // namespace

void LinearModel::save(std::string& out) const {
    Writer writer(out);
    writer.u32(kMagic);
    writer.u8(kVersion);
    writer.u8(static_cast<std::uint8_t>(learner_.optimizer));
    writer.u8(static_cast<std::uint8_t>(learner_.loss));
    writer.u8(static_cast<std::uint8_t>(std::countr_zero(slots_.size())));
    writer.u64(examples_);
    for (const double number :
         {total_weight_, normalized_sum_, gravity_, contraction_, label_min_, label_max_}) {
        writer.f64(number);
    }
    std::uint64_t count = 0;
    for (const Slot& slot : slots_.slots()) count += is_empty(slot) ? 0 : 1;
    writer.varint(count);
    out.reserve(out.size() + count * 14);
    std::size_t next = 0;
    const std::span<const Slot> slots = slots_.slots();
    for (std::size_t i = 0; i < slots.size(); ++i) {
        if (is_empty(slots[i])) continue;
        writer.varint(i - next);
        writer.raw(&slots[i].weight, 3 * sizeof(float));
        next = i + 1;
    }
}

Status LinearModel::load(std::string_view in) {
    reset();
    Cursor cursor(in);
    if (cursor.u32() != kMagic) return damaged("they do not begin with VLIN");
    if (const int version = cursor.u8(); version != kVersion)
        return damaged("format " + std::to_string(version) + ", expected 1");
    const bool same = cursor.u8() == static_cast<std::uint8_t>(learner_.optimizer) &&
                      cursor.u8() == static_cast<std::uint8_t>(learner_.loss) &&
                      cursor.u8() == std::countr_zero(slots_.size());
    if (!same)
        return damaged("made with another optimizer, loss or number of bits than the learner's");
    examples_ = cursor.u64();
    for (double* number :
         {&total_weight_, &normalized_sum_, &gravity_, &contraction_, &label_min_, &label_max_}) {
        *number = cursor.f64();
        if (!std::isfinite(*number)) cursor.bad();
    }
    Status slots = load_slots(cursor);
    if (!slots.ok()) reset();
    return slots;
}

Status LinearModel::load_slots(Cursor& cursor) {
    const std::uint64_t count = cursor.varint();
    std::uint64_t next = 0;
    for (std::uint64_t i = 0; i < count && cursor.ok(); ++i) {
        const std::uint64_t skipped = cursor.varint();
        if (skipped >= slots_.size() - next) return damaged("an index lies outside the table");
        Slot& slot = slots_.data()[next + skipped];
        slot.weight = cursor.f32();
        slot.first = cursor.f32();
        slot.second = cursor.f32();
        if (!std::isfinite(slot.weight) || !std::isfinite(slot.first) ||
            !std::isfinite(slot.second))
            return damaged("weight " + std::to_string(next + skipped) + " is not finite");
        next += skipped + 1;
    }
    if (!cursor.ok()) return damaged("they end early");
    if (!cursor.done())
        return damaged(std::to_string(cursor.left()) + " bytes follow the last weight");
    return {};
}

}  // namespace volant::model
