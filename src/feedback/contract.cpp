#include "feedback/contract.h"

#include <algorithm>

namespace volant::feedback {

std::optional<double> aggregate(spec::Aggregate how, std::optional<double> so_far, double outcome) {
    if (!so_far) return outcome;
    switch (how) {
        case spec::Aggregate::kFirst:
            return so_far;
        case spec::Aggregate::kLast:
            return outcome;
        case spec::Aggregate::kSum:
            return *so_far + outcome;
        case spec::Aggregate::kMax:
            return std::max(*so_far, outcome);
    }
    return so_far;
}

}  // namespace volant::feedback
