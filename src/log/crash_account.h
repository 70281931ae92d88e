// CrashAccount: what was appended to a log and what of it was acknowledged, held against what the
// log has after a crash. For tests.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "log/log.h"

namespace volant::log {

class CrashAccount {
  public:
    void append(Log& log, std::string text) {
        texts_.push_back(std::move(text));
        log.append({.clear = texts_.back(), .sealed = {}});
    }
    // A commit said that all of it is durable.
    void acknowledge() { acknowledged_ = texts_.size(); }
    Lsn acknowledged() const { return acknowledged_; }
    // The log may drop what lies before.
    void let_go_before(Lsn keep_from) { keep_from_ = std::max(keep_from_, keep_from); }
    Lsn keep_from() const { return keep_from_; }

    // What was lost, doubled, moved or invented; "" = nothing. What is there must be what was
    // acknowledged, then a prefix of what was on its way; that is then acknowledged too. A log
    // whose machine stops meanwhile is not judged.
    std::string check(const Log& log) {
        const Lsn first = log.stat().first_lsn;
        if (first > keep_from_) return "dropped too much";
        auto reader = log.read(first);
        if (!reader.ok()) return {};
        Lsn lsn = first;
        Record record;
        while (true) {
            const auto more = (*reader)->next(record);
            if (!more.ok())
                return more.error().code == Code::kCorrupt ? more.error().message : std::string();
            if (!*more) break;
            if (record.lsn != lsn || lsn > texts_.size() || record.clear != texts_[lsn - 1])
                return "lsn " + std::to_string(lsn) + " is not what was appended";
            ++lsn;
        }
        if (lsn <= acknowledged_) {
            return "acknowledged up to lsn " + std::to_string(acknowledged_) +
                   ", the log ends before lsn " + std::to_string(lsn);
        }
        texts_.resize(lsn - 1);
        acknowledge();
        return {};
    }

  private:
    std::vector<std::string> texts_;  // by lsn - 1
    Lsn acknowledged_ = 0;
    Lsn keep_from_ = 1;
};

}  // namespace volant::log
