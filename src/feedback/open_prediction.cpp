#include "feedback/open_prediction.h"

#include <utility>

#include "core/hash.h"

namespace volant::feedback {
namespace {

// The id of what an answer is about: of a ranking its subject, else the model's entity.
std::string_view about(const spec::Spec& spec, const spec::ModelDecl& model, const Prediction& p) {
    if (model.task == spec::Task::kRank || model.entity < 0 || model.entity == spec.subject)
        return p.subject;
    const std::string& name = spec.entities[static_cast<std::size_t>(model.entity)].name;
    for (const NamedId& id : p.entities) {
        if (id.entity == name) return id.id;
    }
    return {};
}

}  // namespace

std::uint64_t cluster_of(const OpenPrediction& answer) {
    return answer.subject.empty() ? hash_mix(answer.lsn, 0) % kLooseClusters
                                  : hash64(answer.subject);
}

OpenPrediction opened(const log::Record& record, const Prediction& p, int index,
                      const spec::Spec& spec) {
    const spec::ModelDecl& model = spec.models[static_cast<std::size_t>(index)];
    OpenPrediction open;
    open.lsn = record.lsn;
    open.model = index;
    open.version = p.version;
    open.arm = p.arm;
    open.spec_lsn = p.spec_lsn;
    open.predicted_at = record.known_at;
    open.deadline = record.known_at + model.outcome.within;
    open.subject = about(spec, model, p);
    open.shown.reserve(p.shown.size());
    for (const Shown& shown : p.shown) {
        open.shown.push_back(
            {std::string(shown.item), std::string(shown.row), shown.score, shown.propensity, {}});
    }
    return open;
}

void put(Writer& out, const OpenPrediction& p) {
    out.varint(p.lsn);
    out.varint(static_cast<std::uint64_t>(p.model));
    out.varint(p.version);
    out.u8(static_cast<std::uint8_t>(p.arm));
    out.u8(p.sampled ? 1 : 0);
    out.varint(p.spec_lsn);
    out.i64(p.predicted_at);
    out.i64(p.deadline);
    out.string(p.subject);
    out.varint(p.shown.size());
    for (const ShownItem& shown : p.shown) {
        out.string(shown.item);
        out.string(shown.row);
        out.f64(shown.score);
        out.f64(shown.propensity);
        out.u8(shown.outcome ? 1 : 0);
        out.f64(shown.outcome.value_or(0));
    }
}

OpenPrediction take(Cursor& in) {
    OpenPrediction p;
    p.lsn = in.varint();
    p.model = static_cast<int>(in.varint());
    p.version = static_cast<std::uint32_t>(in.varint());
    p.arm = static_cast<Arm>(in.u8());
    p.sampled = in.u8() != 0;
    p.spec_lsn = in.varint();
    p.predicted_at = in.i64();
    p.deadline = in.i64();
    p.subject = in.string();
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        ShownItem shown;
        shown.item = in.string();
        shown.row = in.string();
        shown.score = in.f64();
        shown.propensity = in.f64();
        const bool has = in.u8() != 0;
        const double value = in.f64();
        if (has) shown.outcome = value;
        shown.came = has;
        p.shown.push_back(std::move(shown));
    }
    return p;
}

}  // namespace volant::feedback
