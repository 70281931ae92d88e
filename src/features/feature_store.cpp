#include "features/feature_store.h"

#include <fmt/format.h>

#include "features/state.h"
#include "features/window.h"

namespace volant::features {
namespace {

constexpr std::uint8_t kFormat = 1;

}  // namespace

FeatureStore::FeatureStore(const spec::Spec& spec, const collect::Entities& entities)
    : state_(std::make_unique<State>(spec, entities)) {}
FeatureStore::~FeatureStore() = default;

std::string FeatureStore::describe(int feature) const {
    const spec::FeatureDecl& decl = state_->spec.features[static_cast<std::size_t>(feature)];
    const Reading& reading = state_->plan.readings[static_cast<std::size_t>(feature)];
    const Operation& op = operation(decl.op);
    if (reading.group < 0) return fmt::format("{}/{}: as it stands now", op.name, op.version);
    const KeyGroup& group = state_->plan.groups[static_cast<std::size_t>(reading.group)];
    std::string window = decl.op == spec::Op::kDecay
                             ? "half-life " + format_duration(decl.half_life)
                         : op.window == kExactWindow && decl.window != kNever
                             ? "the last " + format_duration(decl.window)
                             : Window::of(decl.window).text();
    if (!decl.through.empty()) window += ", through " + decl.through;
    return fmt::format("{}/{}: {}, at most {} bytes a key", op.name, op.version, window,
                       group.accumulator(reading.column).bytes_max());
}

std::size_t FeatureStore::bytes() const {
    std::size_t bytes = state_->arena.bytes();
    for (const KeyGroup& group : state_->plan.groups) bytes += group.bytes();
    return bytes;
}

std::uint64_t FeatureStore::dropped_late() const {
    return state_->dropped_late;
}

std::uint64_t FeatureStore::dropped_keys() const {
    std::uint64_t dropped = 0;
    for (const KeyGroup& group : state_->plan.groups) dropped += group.dropped();
    return dropped;
}

void FeatureStore::snapshot(std::string& out) const {
    Writer writer(out);
    writer.u8(kFormat);
    writer.varint(state_->dropped_late);
    writer.varint(state_->plan.groups.size());
    for (const KeyGroup& group : state_->plan.groups) group.save(state_->arena, writer);
}

Status FeatureStore::restore(std::string_view in) {
    auto fresh = std::make_unique<State>(state_->spec, state_->entities);
    Cursor cursor(in);
    const std::uint8_t format = cursor.u8();
    if (format != kFormat) {
        return fail(Code::kCorrupt,
                    fmt::format("feature state: format {}, expected {}", format, kFormat));
    }
    fresh->dropped_late = cursor.varint();
    if (cursor.varint() != fresh->plan.groups.size()) {
        return fail(Code::kConflict, "feature state is of other features: fold the log again");
    }
    for (KeyGroup& group : fresh->plan.groups) VOLANT_OK(group.load(fresh->arena, cursor));
    if (!cursor.ok() || !cursor.done()) {
        return fail(Code::kCorrupt, "feature state: bytes are missing or left over");
    }
    state_ = std::move(fresh);
    return {};
}

}  // namespace volant::features
