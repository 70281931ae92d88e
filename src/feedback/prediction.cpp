#include "feedback/prediction.h"

#include <algorithm>
#include <bit>

#include "core/bytes.h"

namespace volant::feedback {
namespace {

void put_hash(Writer& out, const Hash128& hash) {
    out.u64(hash.low);
    out.u64(hash.high);
}

Hash128 take_hash(Cursor& in) {
    const std::uint64_t low = in.u64();
    return {low, in.u64()};
}

// A count of things of at least one byte each: more than is left is damage, not an allocation.
std::size_t take_count(Cursor& in) {
    const std::uint64_t count = in.varint();
    if (count <= in.left()) return count;
    in.bad();
    return 0;
}

Status corrupt(const Cursor& in, const log::Record& record, std::string_view what) {
    if (in.ok() && in.done()) return {};
    return fail(Code::kCorrupt,
                "record " + std::to_string(record.lsn) + " is not a whole " + std::string(what));
}

// A value from 0 to `last`; others are of a later version, or damage.
template <class Enum>
Enum take_enum(Cursor& in, Enum last) {
    const std::uint8_t value = in.u8();
    if (value > static_cast<std::uint8_t>(last)) in.bad();
    return static_cast<Enum>(value);
}

void take_clear(Cursor& in, Prediction& out) {
    out.model = in.string();
    out.version = static_cast<std::uint32_t>(in.varint());
    out.arm = take_enum(in, Arm::kRandom);
    out.task = take_enum(in, spec::Task::kRank);
    out.numeric_profile = in.u8();
    out.spec_lsn = in.varint();
    out.read_lsn = in.varint();
    out.learner_lsn = in.varint();
    out.seed = in.u64();
    out.fingerprint = take_hash(in);
    out.rows_hash = take_hash(in);
    out.k = static_cast<std::uint32_t>(in.varint());
    out.catalogue = in.u8() != 0;
    out.candidates_count = in.varint();
    out.entities.resize(take_count(in));
    for (NamedId& entity : out.entities) {
        entity.entity = in.string();
        entity.id = in.string();
    }
    out.candidates.resize(take_count(in));
    for (std::string_view& candidate : out.candidates) candidate = in.string();
    out.shown.resize(take_count(in));
    for (Shown& shown : out.shown) {
        shown.item = in.string();
        shown.score = in.f64();
        shown.propensity = in.f64();
    }
}

}  // namespace

std::string_view arm_name(Arm arm) {
    switch (arm) {
        case Arm::kLearned:
            return "learned";
        case Arm::kBaseline:
            return "baseline";
        case Arm::kRandom:
            return "random";
    }
    return "unknown";
}

void encode_prediction(const Prediction& p, std::string& clear, std::string& sealed) {
    Writer out(clear);
    out.string(p.model);
    out.varint(p.version);
    out.u8(static_cast<std::uint8_t>(p.arm));
    out.u8(static_cast<std::uint8_t>(p.task));
    out.u8(p.numeric_profile);
    out.varint(p.spec_lsn);
    out.varint(p.read_lsn);
    out.varint(p.learner_lsn);
    out.u64(p.seed);
    put_hash(out, p.fingerprint);
    put_hash(out, p.rows_hash);
    out.varint(p.k);
    out.u8(p.catalogue ? 1 : 0);
    out.varint(p.candidates_count);
    out.varint(p.entities.size());
    for (const NamedId& entity : p.entities) {
        out.string(entity.entity);
        out.string(entity.id);
    }
    out.varint(p.candidates.size());
    for (const std::string_view candidate : p.candidates) out.string(candidate);
    out.varint(p.shown.size());
    for (const Shown& shown : p.shown) {
        out.string(shown.item);
        out.f64(shown.score);
        out.f64(shown.propensity);
    }

    Writer secret(sealed);
    secret.string(p.subject);
    secret.string(p.id);
    secret.varint(p.inputs.size());
    for (const auto& [name, value] : p.inputs) {
        secret.string(name);
        secret.value(value);
    }
    for (const Shown& shown : p.shown) secret.string(shown.row);
}

Status decode_prediction(const log::Record& record, Prediction& out) {
    Cursor clear(record.clear);
    take_clear(clear, out);
    VOLANT_OK(corrupt(clear, record, "prediction"));
    Cursor sealed(record.sealed);
    out.subject = sealed.string();
    out.id = sealed.string();
    out.inputs.resize(take_count(sealed));
    for (auto& [name, value] : out.inputs) {
        name = sealed.string();
        value = sealed.value();
    }
    for (Shown& shown : out.shown) shown.row = sealed.string();
    return corrupt(sealed, record, "prediction");
}

std::uint16_t body_check(const Feedback& feedback) {
    const std::uint64_t hash = hash_mix(hash64(feedback.item, feedback.prediction),
                                        std::bit_cast<std::uint64_t>(feedback.outcome));
    return static_cast<std::uint16_t>(std::max<std::uint64_t>(hash & 0xffff, 1));
}

void encode_feedback(const Feedback& feedback, std::string& clear, std::string& sealed) {
    Writer out(clear);
    out.varint(feedback.prediction);
    out.string(feedback.item);
    out.f64(feedback.outcome);
    put_hash(out, feedback.fingerprint);
    Writer(sealed).string(feedback.id);
}

Status decode_feedback(const log::Record& record, Feedback& out) {
    Cursor clear(record.clear);
    out.prediction = clear.varint();
    out.item = clear.string();
    out.outcome = clear.f64();
    out.fingerprint = take_hash(clear);
    VOLANT_OK(corrupt(clear, record, "feedback"));
    Cursor sealed(record.sealed);
    out.id = sealed.string();
    return corrupt(sealed, record, "feedback");
}

}  // namespace volant::feedback
