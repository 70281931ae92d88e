#include "feedback/answer_bytes.h"

namespace volant::feedback {
namespace {

// Of an answer: the arm in the low bits.
constexpr std::uint8_t kArmMask = 0x0f;
constexpr std::uint8_t kSampled = 0x10;
// Of an item.
constexpr std::uint8_t kHasOutcome = 1;
constexpr std::uint8_t kCame = 2;
constexpr std::uint8_t kCertain = 4;  // its propensity is 1

}  // namespace

void pack(const OpenPrediction& answer, std::string& out) {
    Writer writer(out);
    writer.varint(answer.lsn);  // these two first: AnswerStore reads them alone
    writer.varint(static_cast<std::uint64_t>(answer.model));
    writer.varint(answer.version);
    const auto arm = static_cast<std::uint8_t>(answer.arm);
    writer.u8(static_cast<std::uint8_t>(arm | (answer.sampled ? kSampled : 0)));
    writer.varint(answer.spec_lsn);
    writer.i64(answer.predicted_at);
    writer.zigzag(answer.deadline - answer.predicted_at);
    writer.string(answer.subject);
    writer.varint(answer.shown.size());
    for (const ShownItem& shown : answer.shown) {
        const bool certain = shown.propensity == 1;
        writer.u8(static_cast<std::uint8_t>((shown.outcome ? kHasOutcome : 0) |
                                            (shown.came ? kCame : 0) | (certain ? kCertain : 0)));
        writer.string(shown.item);
        writer.string(shown.row);
        writer.f64(shown.score);
        if (!certain) writer.f64(shown.propensity);
        if (shown.outcome) writer.f64(*shown.outcome);
    }
}

OpenPrediction unpack(Cursor& in) {
    OpenPrediction answer;
    answer.lsn = in.varint();
    answer.model = static_cast<int>(in.varint());
    answer.version = static_cast<std::uint32_t>(in.varint());
    const std::uint8_t flags = in.u8();
    answer.arm = static_cast<Arm>(flags & kArmMask);
    answer.sampled = (flags & kSampled) != 0;
    answer.spec_lsn = in.varint();
    answer.predicted_at = in.i64();
    answer.deadline = answer.predicted_at + in.zigzag();
    answer.subject = in.string();
    answer.shown.resize(in.varint());
    for (ShownItem& shown : answer.shown) {
        const std::uint8_t has = in.u8();
        shown.item = in.string();
        shown.row = in.string();
        shown.score = in.f64();
        shown.propensity = (has & kCertain) != 0 ? 1 : in.f64();
        if ((has & kHasOutcome) != 0) shown.outcome = in.f64();
        shown.came = (has & kCame) != 0;
    }
    return answer;
}

}  // namespace volant::feedback
