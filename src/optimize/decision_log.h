// DecisionLog: the last decisions, for whoever asks what the controller did; older ones are in the log.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "core/result.h"
#include "log/record.h"
#include "model/registry.h"

namespace volant::optimize {

struct LoggedDecision {
    log::Lsn lsn = 0;
    Micros time = 0;
    model::DecisionRecord decision;
};

class DecisionLog {
  public:
    static constexpr std::size_t kKeptMax = 10'000;

    void add(const model::DecisionRecord& decision, const log::Record& record);
    const std::deque<LoggedDecision>& all() const { return decisions_; }  // oldest first

    void snapshot(std::string& out) const;
    Status restore(std::string_view in);

  private:
    std::deque<LoggedDecision> decisions_;
};

}  // namespace volant::optimize
