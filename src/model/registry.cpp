#include "model/registry.h"

#include "core/bytes.h"

namespace volant::model {
namespace {

constexpr std::string_view kDecisionNames[] = {"promote", "rollback", "refuse", "gate", "retrain"};
constexpr std::string_view kStateNames[] = {"candidate", "live", "retired", "refused"};

void put_version(Writer& out, const VersionRecord& version) {
    out.string(version.model);
    out.varint(version.version);
    out.string(version.digest);
    out.varint(version.spec_lsn);
    out.varint(version.trained_lsn);
    out.varint(version.examples);
    out.varint(version.job);
    out.varint(version.scores.size());
    for (const Score& score : version.scores) {
        out.string(score.name);
        for (const double v : {score.value, score.low, score.high, score.baseline}) out.f64(v);
    }
}

void take_version(Cursor& in, VersionRecord& out) {
    out.model = in.string();
    out.version = static_cast<std::uint32_t>(in.varint());
    out.digest = in.string();
    out.spec_lsn = in.varint();
    out.trained_lsn = in.varint();
    out.examples = in.varint();
    out.job = in.varint();
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        Score score;
        score.name = in.string();
        for (double* v : {&score.value, &score.low, &score.high, &score.baseline}) *v = in.f64();
        out.scores.push_back(std::move(score));
    }
}

Error damaged(const log::Record& record, std::string_view what) {
    return fail(Code::kCorrupt,
                "record " + std::to_string(record.lsn) + " is not a whole " + std::string(what));
}

}  // namespace

std::string_view decision_name(DecisionKind kind) {
    return kDecisionNames[static_cast<std::size_t>(kind)];
}
std::string_view version_state_name(VersionState state) {
    return kStateNames[static_cast<std::size_t>(state)];
}

std::string encode_version(const VersionRecord& version) {
    std::string out;
    Writer writer(out);
    put_version(writer, version);
    writer.varint(version.scored);
    return out;
}

Result<VersionRecord> decode_version(const log::Record& record) {
    Cursor in(record.clear);
    VersionRecord out;
    take_version(in, out);
    if (in.ok() && !in.done()) out.scored = in.varint();  // the first release did not count them
    if (!in.ok() || !in.done()) return damaged(record, "version");
    return out;
}

std::string encode_decision(const DecisionRecord& decision) {
    std::string bytes;
    Writer out(bytes);
    out.u8(static_cast<std::uint8_t>(decision.kind));
    out.string(decision.model);
    out.varint(decision.version);
    out.varint(decision.from);
    out.string(decision.by);
    out.string(decision.why);
    out.varint(decision.numbers.size());
    for (const auto& [name, value] : decision.numbers) {
        out.string(name);
        out.f64(value);
    }
    return bytes;
}

Result<DecisionRecord> decode_decision(const log::Record& record) {
    Cursor in(record.clear);
    DecisionRecord out;
    const std::uint8_t kind = in.u8();
    if (kind >= std::size(kDecisionNames)) return damaged(record, "decision");
    out.kind = static_cast<DecisionKind>(kind);
    out.model = in.string();
    out.version = static_cast<std::uint32_t>(in.varint());
    out.from = static_cast<std::uint32_t>(in.varint());
    out.by = in.string();
    out.why = in.string();
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        std::string name(in.string());
        out.numbers.emplace_back(std::move(name), in.f64());
    }
    if (!in.ok() || !in.done()) return damaged(record, "decision");
    return out;
}

const VersionEntry* Registry::find(int model, std::uint32_t version) const {
    const auto& versions = models_[static_cast<std::size_t>(model)].versions;
    return version == 0 || version > versions.size() ? nullptr : &versions[version - 1];
}

void Registry::version(const VersionRecord& version, const log::Record& record) {
    const int index = spec_.model_index(version.model);
    if (index < 0) return;  // a model that the specification no longer has
    Model& model = models_[static_cast<std::size_t>(index)];
    VersionEntry entry{version};
    entry.lsn = record.lsn;
    entry.registered_at = record.known_at;
    model.versions.push_back(std::move(entry));
}

void Registry::decision(const DecisionRecord& decision, const log::Record& record) {
    const int index = spec_.model_index(decision.model);
    if (index < 0) return;
    Model& model = models_[static_cast<std::size_t>(index)];
    const auto set_state = [&](std::uint32_t version, VersionState state) {
        if (version > 0 && version <= model.versions.size())
            model.versions[version - 1].state = state;
    };
    switch (decision.kind) {
        case DecisionKind::kPromote:
        case DecisionKind::kRollback:
            if (!model.served.empty()) model.served.back().until = record.known_at;
            model.served.push_back({decision.version, record.known_at, kNever});
            set_state(model.live, VersionState::kRetired);
            set_state(decision.version, VersionState::kLive);
            if (decision.kind == DecisionKind::kRollback) model.previous = 0;
            // The live one is promoted again where its package was damaged and is back.
            else if (decision.version != model.live)
                model.previous = model.live;
            model.live = decision.version;
            if (model.candidate == decision.version) model.candidate = 0;
            break;
        case DecisionKind::kGate:
            // A newer candidate takes the place of one that waits.
            if (model.candidate != decision.version)
                set_state(model.candidate, VersionState::kRetired);
            model.candidate = decision.version;
            break;
        case DecisionKind::kRefuse:
            set_state(decision.version, VersionState::kRefused);
            if (model.candidate == decision.version) model.candidate = 0;
            break;
        case DecisionKind::kRetrain:
            break;
    }
}

void Registry::take_over(Registry&& from, const std::vector<int>& models) {
    for (std::size_t i = 0; i < models_.size(); ++i) {
        models_[i] =
            models[i] < 0 ? Model{} : std::move(from.models_[static_cast<std::size_t>(models[i])]);
    }
}

void Registry::snapshot(std::string& out) const {
    Writer writer(out);
    writer.varint(models_.size());
    for (const Model& model : models_) {
        writer.varint(model.versions.size());
        for (const VersionEntry& entry : model.versions) {
            put_version(writer, entry);
            writer.varint(entry.lsn);
            writer.i64(entry.registered_at);
            writer.u8(static_cast<std::uint8_t>(entry.state));
        }
        writer.varint(model.served.size());
        for (const Served& served : model.served) {
            writer.varint(served.version);
            writer.i64(served.from);
            writer.i64(served.until);
        }
        writer.varint(model.live);
        writer.varint(model.previous);
        writer.varint(model.candidate);
    }
    for (const Model& model : models_) {
        for (const VersionEntry& entry : model.versions) writer.varint(entry.scored);
    }
}

Status Registry::restore(std::string_view bytes) {
    Cursor in(bytes);
    if (in.varint() != models_.size())
        return fail(Code::kCorrupt, "snapshot of the registry: other models");
    for (Model& model : models_) {
        model = {};
        const std::uint64_t versions = in.varint();
        for (std::uint64_t i = 0; i < versions && in.ok(); ++i) {
            VersionEntry entry;
            take_version(in, entry);
            entry.lsn = in.varint();
            entry.registered_at = in.i64();
            const std::uint8_t state = in.u8();
            if (state >= std::size(kStateNames))
                return fail(Code::kCorrupt, "snapshot of the registry: no such state");
            entry.state = static_cast<VersionState>(state);
            model.versions.push_back(std::move(entry));
        }
        const std::uint64_t served = in.varint();
        for (std::uint64_t i = 0; i < served && in.ok(); ++i) {
            const auto version = static_cast<std::uint32_t>(in.varint());
            const Micros from = in.i64();
            model.served.push_back({version, from, in.i64()});
        }
        model.live = static_cast<std::uint32_t>(in.varint());
        model.previous = static_cast<std::uint32_t>(in.varint());
        model.candidate = static_cast<std::uint32_t>(in.varint());
    }
    const bool counted = in.ok() && !in.done();  // a snapshot from before they were
    for (Model& model : models_) {
        for (VersionEntry& entry : model.versions) entry.scored = counted ? in.varint() : 0;
    }
    if (!in.ok() || !in.done())
        return fail(Code::kCorrupt, "snapshot of the registry is not whole");
    return {};
}

}  // namespace volant::model
