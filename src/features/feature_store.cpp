#include "features/feature_store.h"

#include <fmt/format.h>

#include <optional>

#include "features/state.h"
#include "features/window.h"

namespace volant::features {
namespace {

constexpr std::uint8_t kFormat = 1;

// The same key under another specification; nullopt where it no longer declares a part of it.
std::optional<std::vector<spec::KeyPart>> key_in(const spec::Spec& spec, const spec::Spec& before,
                                                 const std::vector<spec::KeyPart>& by) {
    std::vector<spec::KeyPart> out;
    for (const spec::KeyPart& part : by) {
        const spec::EntityDecl& entity = before.entities[static_cast<std::size_t>(part.entity)];
        const int index = spec.entity_index(entity.name);
        if (index < 0) return std::nullopt;
        spec::KeyPart here{index, -1};
        if (part.attribute >= 0) {
            here.attribute = spec.entities[static_cast<std::size_t>(index)].attribute_index(
                entity.attributes[static_cast<std::size_t>(part.attribute)].name);
            if (here.attribute < 0) return std::nullopt;
        }
        out.push_back(here);
    }
    return out;
}

// An attribute that was not declared was not kept.
bool is_attribute_of(const spec::Spec& before, const spec::Spec& spec, spec::KeyPart part) {
    const spec::EntityDecl& entity = spec.entities[static_cast<std::size_t>(part.entity)];
    const int index = before.entity_index(entity.name);
    return index >= 0 && before.entities[static_cast<std::size_t>(index)].attribute_index(
                             entity.attributes[static_cast<std::size_t>(part.attribute)].name) >= 0;
}

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

void FeatureStore::stream(Pieces& out) const {
    out.writer().u8(kFormat);
    out.writer().varint(state_->dropped_late);
    out.writer().varint(state_->plan.groups.size());
    for (const KeyGroup& group : state_->plan.groups) group.save(state_->arena, out);
}

void FeatureStore::snapshot(std::string& out) const {
    append_pieces(out, [this](Pieces& pieces) { stream(pieces); });
}

Result<std::vector<int>> FeatureStore::take_over(std::string_view in, const spec::Spec& before) {
    FeatureStore old(before, state_->entities);
    VOLANT_OK(old.restore(in));
    auto fresh = std::make_unique<State>(state_->spec, state_->entities);
    const spec::Spec& spec = fresh->spec;
    fresh->arena = std::move(old.state_->arena);
    fresh->dropped_late = old.state_->dropped_late;
    std::vector<const KeyGroup*> known(fresh->plan.groups.size(), nullptr);
    for (KeyGroup& from : old.state_->plan.groups) {
        const auto by = key_in(spec, before, from.by());
        if (!by) continue;  // its blocks stay unused in the arena until the next start
        for (std::size_t g = 0; g < known.size(); ++g) {
            if (fresh->plan.groups[g].by() != *by) continue;
            fresh->plan.groups[g].take_over(std::move(from), fresh->arena);
            known[g] = &from;
        }
    }
    std::vector<int> begin_now;
    for (std::size_t i = 0; i < spec.features.size(); ++i) {
        const Reading& reading = fresh->plan.readings[i];
        const bool is_known = reading.group < 0
                                  ? is_attribute_of(before, spec, reading.attribute)
                                  : known[static_cast<std::size_t>(reading.group)] != nullptr &&
                                        known[static_cast<std::size_t>(reading.group)]->has(
                                            signature(spec, spec.features[i]));
        if (!is_known) begin_now.push_back(static_cast<int>(i));
    }
    state_ = std::move(fresh);
    return begin_now;
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
