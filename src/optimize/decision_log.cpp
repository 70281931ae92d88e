#include "optimize/decision_log.h"

#include "core/bytes.h"

namespace volant::optimize {

void DecisionLog::add(const model::DecisionRecord& decision, const log::Record& record) {
    decisions_.push_back({record.lsn, record.known_at, decision});
    if (decisions_.size() > kKeptMax) decisions_.pop_front();
}

void DecisionLog::snapshot(std::string& out) const {
    Writer writer(out);
    writer.varint(decisions_.size());
    for (const LoggedDecision& logged : decisions_) {
        writer.varint(logged.lsn);
        writer.i64(logged.time);
        writer.string(model::encode_decision(logged.decision));
    }
}

Status DecisionLog::restore(std::string_view in) {
    Cursor cursor(in);
    decisions_.clear();
    const std::uint64_t count = cursor.varint();
    for (std::uint64_t i = 0; i < count && cursor.ok(); ++i) {
        LoggedDecision logged;
        logged.lsn = cursor.varint();
        logged.time = cursor.i64();
        log::Record record;
        record.lsn = logged.lsn;
        record.clear = cursor.string();
        VOLANT_TRY(logged.decision, model::decode_decision(record));
        decisions_.push_back(std::move(logged));
    }
    if (!cursor.ok() || !cursor.done()) return fail(Code::kCorrupt, "snapshot of decisions is not whole");
    return {};
}

}  // namespace volant::optimize
