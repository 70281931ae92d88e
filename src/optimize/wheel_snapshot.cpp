// The wheel's snapshots: docs/formats/snapshot.md, "The state".
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/time.h"
#include "features/plan.h"
#include "optimize/spec_change.h"
#include "optimize/wheel.h"

namespace volant::optimize {
namespace {

constexpr std::uint32_t kSnapshotVersion = 4;
constexpr std::size_t kParts = 10;

// A part at a time: a snapshot of one is long enough to be written in pieces, or short.
template <class Part>
void stream_part(const Part& part, Pieces& out) {
    if constexpr (requires { part.stream(out); }) {
        part.stream(out);
    } else {
        part.snapshot(out.buffer());
    }
    out.pause();
}

// The parts of a whole snapshot, cut by the lengths at its end.
bool cut_parts(std::string_view in, std::array<std::string_view, kParts>& parts) {
    constexpr std::size_t kLengths = kParts * sizeof(std::uint64_t);
    if (in.size() < kLengths) return false;
    Cursor lengths(in.substr(in.size() - kLengths));
    Cursor bytes(in.substr(0, in.size() - kLengths));
    for (std::string_view& part : parts) part = bytes.raw(lengths.u64());
    return bytes.ok() && bytes.done();
}

// What the state of a feature depends on; its name does not belong to it.
std::string signature(const spec::Spec& spec, int feature) {
    const spec::FeatureDecl& decl = spec.features[static_cast<std::size_t>(feature)];
    std::string out = features::signature(spec, decl);
    if (decl.op != spec::Op::kAttribute) return out;
    const auto& entity = spec.entities[static_cast<std::size_t>(decl.attribute.entity)];
    const auto attribute = static_cast<std::size_t>(decl.attribute.attribute);
    return out + " " + entity.name + "." + entity.attributes[attribute].name;
}

Error damaged() {
    return fail(Code::kCorrupt, "the snapshot is not whole");
}

}  // namespace

void Wheel::stream(Pieces& out) const {
    Writer& writer = out.writer();
    writer.u32(kSnapshotVersion);
    writer.string(spec_.canonical);
    writer.u64(lsn_);
    writer.i64(time_);
    writer.varint(specs_.size());
    for (const auto& [lsn, canonical] : specs_) {
        writer.varint(lsn);
        writer.string(canonical);
    }
    for (const std::uint64_t v : {counts_.events, counts_.predictions, counts_.feedbacks,
                                  counts_.late_feedbacks, counts_.decisions, counts_.unreadable}) {
        writer.u64(v);
    }
    writer.i64(counts_.first_time);
    writer.i64(counts_.last_event_time);
    writer.varint(beginnings_.size());
    for (const Beginning& beginning : beginnings_) {
        writer.string(beginning.feature);
        writer.varint(beginning.lsn);
        writer.i64(beginning.time);
    }
    std::array<std::uint64_t, kParts> lengths{};
    std::size_t at = 0;
    const auto part = [&](const auto& fold) {
        const std::uint64_t before = out.written();
        stream_part(fold, out);
        lengths[at++] = out.written() - before;
    };
    part(schema_);
    part(dedup_);
    part(entities_);
    part(features_);
    part(registry_);
    part(controller_);
    part(live_);
    part(open_);
    part(decisions_);
    part(keys_);
    for (const std::uint64_t length : lengths) writer.u64(length);
}

void Wheel::snapshot(std::string& out) const {
    append_pieces(out, [this](Pieces& pieces) { stream(pieces); });
}

// What stands before the parts, from behind the specification on.
bool Wheel::restore_head(Cursor& in) {
    lsn_ = in.u64();
    time_ = in.i64();
    specs_.clear();
    const std::uint64_t specs = in.varint();
    for (std::uint64_t i = 0; i < specs && in.ok(); ++i) {
        const log::Lsn lsn = in.varint();
        specs_.emplace_back(lsn, in.string());
        if (!read_columns(lsn, specs_.back().second)) return false;
    }
    for (std::uint64_t* v : {&counts_.events, &counts_.predictions, &counts_.feedbacks,
                             &counts_.late_feedbacks, &counts_.decisions, &counts_.unreadable}) {
        *v = in.u64();
    }
    counts_.first_time = in.i64();
    counts_.last_event_time = in.i64();
    beginnings_.clear();
    const std::uint64_t beginnings = in.varint();
    for (std::uint64_t i = 0; i < beginnings && in.ok(); ++i) {
        Beginning beginning;
        beginning.feature = in.string();
        beginning.lsn = in.varint();
        beginning.time = in.i64();
        beginnings_.push_back(std::move(beginning));
    }
    return in.ok();
}

Status Wheel::restore(std::string_view bytes) {
    VOLANT_TRY(const std::string canonical, snapshot_specification(bytes));
    if (canonical != spec_.canonical) {
        const auto before = spec::parse_logged_spec(canonical, "the snapshot's specification");
        if (!before.ok() || !same_folds(*before, spec_))
            return fail(Code::kConflict, "the snapshot is of another specification");
    }
    Cursor in(bytes);
    in.u32(), in.string();
    std::array<std::string_view, kParts> parts;
    if (!restore_head(in) || !cut_parts(in.rest(), parts)) return damaged();
    auto part = parts.begin();
    VOLANT_OK(schema_.restore(*part++));
    VOLANT_OK(dedup_.restore(*part++));
    VOLANT_OK(entities_.restore(*part++));
    VOLANT_OK(features_.restore(*part++));
    VOLANT_OK(registry_.restore(*part++));
    VOLANT_OK(controller_.restore(*part++));
    VOLANT_OK(live_.restore(*part++));
    VOLANT_OK(open_.restore(*part++));
    VOLANT_OK(decisions_.restore(*part++));
    return keys_.restore(*part++);
}

Result<std::vector<std::string>> Wheel::take_over(std::string_view bytes) {
    VOLANT_TRY(const std::string canonical, snapshot_specification(bytes));
    VOLANT_TRY(const spec::Spec before,
               spec::parse_logged_spec(canonical, "the snapshot's specification"));
    VOLANT_OK(check_change(before, spec_));
    Cursor in(bytes);
    in.u32(), in.string();
    std::array<std::string_view, kParts> parts;
    if (!restore_head(in) || !cut_parts(in.rest(), parts)) return damaged();
    const std::vector<int> models = models_before(before, spec_);
    std::vector<std::string> notes;

    auto part = parts.begin();
    VOLANT_OK(schema_.restore(*part++));  // what is declared now goes before what was inferred
    VOLANT_OK(dedup_.restore(*part++));
    VOLANT_OK(entities_.take_over(*part++, before));
    VOLANT_TRY(const std::vector<int> begin_now, features_.take_over(*part++, before));
    model::Registry registry(before);
    VOLANT_OK(registry.restore(*part++));
    registry_.take_over(std::move(registry), models);
    Controller controller(before);
    VOLANT_OK(controller.restore(*part++));
    controller_.take_over(std::move(controller), models);
    VOLANT_TRY(const std::vector<int> untrained, live_.take_over(*part++, before, models));
    feedback::OpenPredictions open(before, {});
    VOLANT_OK(open.restore(*part++));
    open_.take_over(std::move(open), models);
    VOLANT_OK(decisions_.restore(*part++));
    VOLANT_OK(keys_.restore(*part++));

    begin_features(begin_now, before, notes);
    for (const int model : untrained) {
        notes.push_back(
            fmt::format("model {}: another learner made its weights; it answers by its "
                        "baseline until it is trained again",
                        spec_.models[static_cast<std::size_t>(model)].name));
    }
    return notes;
}

// `begin_now` begin here; others that had begun late, and are still declared, stay so.
void Wheel::begin_features(const std::vector<int>& begin_now, const spec::Spec& before,
                           std::vector<std::string>& notes) {
    std::vector<Beginning> all;
    for (std::size_t i = 0; i < spec_.features.size(); ++i) {
        const std::string& name = spec_.features[i].name;
        if (std::binary_search(begin_now.begin(), begin_now.end(), static_cast<int>(i))) {
            all.push_back({name, lsn_, time_});
            notes.push_back(fmt::format("feature {} begins at {}: the log before that is gone",
                                        name, format_time(time_)));
            continue;
        }
        for (const Beginning& known : beginnings_) {
            const int index = before.feature_index(known.feature);
            if (index >= 0 && signature(before, index) == signature(spec_, static_cast<int>(i)))
                all.push_back({name, known.lsn, known.time});
        }
    }
    beginnings_ = std::move(all);
}

Result<std::string> snapshot_specification(std::string_view snapshot) {
    Cursor in(snapshot);
    const std::uint32_t version = in.u32();
    if (version != kSnapshotVersion)
        return fail(Code::kConflict,
                    fmt::format("the snapshot's state is of version {}, expected {}", version,
                                kSnapshotVersion));
    std::string canonical(in.string());
    if (!in.ok()) return damaged();
    return canonical;
}

}  // namespace volant::optimize
