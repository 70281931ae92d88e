// caught(): an exception as the Error that it is to everybody else. Private to log/.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "core/result.h"

namespace volant::log {

// Runs `work`, which gives a Status. An exception that gets here is a fault of ours, or memory has
// run out: nothing is known of what was half done. kUnavailable, with `who` and what it said.
template <class Work>
Status caught(std::string_view who, Work work) {
    try {
        return work();
    } catch (const std::exception& exception) {
        return fail(Code::kUnavailable, std::string(who) + " has failed: " + exception.what());
    }
}

}  // namespace volant::log
