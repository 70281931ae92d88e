// OpenPrediction: an answer that waits for its outcome, with what is needed to learn from it;
// Closed: one that has it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/time.h"
#include "feedback/prediction.h"
#include "log/record.h"
#include "spec/spec.h"

namespace volant::feedback {

struct ShownItem {
    std::string item;
    std::string row;
    double score = 0;
    double propensity = 1;
    std::optional<double> outcome;
    bool came = false;  // the outcome came; else it is what `otherwise` says
};

struct OpenPrediction {
    log::Lsn lsn = 0;
    int model = -1;  // index into the Spec's models
    std::uint32_t version = 0;
    Arm arm = Arm::kBaseline;
    bool sampled = false;  // made from history, its other items are sampled
    log::Lsn spec_lsn = 0;
    Micros predicted_at = 0;
    Micros deadline = 0;
    std::string subject;  // of a ranking: whom it was shown to; else the entity's id that the
                          // answer is about
    std::vector<ShownItem> shown;
};

// A closed answer: a training example for each shown item that has an outcome.
struct Closed : OpenPrediction {
    Micros closed_at = 0;
    bool by_outcome = false;  // else by its deadline
};

// Whose answers hang together, so that statistics draw them and count them as one: the subject's.
// Without a subject each answer stands for itself; in kLooseClusters groups, since groups of
// independent answers are independent too, and their number is what statistics hold in memory.
inline constexpr std::uint64_t kLooseClusters = 4096;
std::uint64_t cluster_of(const OpenPrediction& answer);

// What a logged prediction of model `index` waits for.
OpenPrediction opened(const log::Record& record, const Prediction& prediction, int index,
                      const spec::Spec& spec);

// The bytes of an open or closed answer in snapshots.
void put(Writer& out, const OpenPrediction& prediction);
OpenPrediction take(Cursor& in);

}  // namespace volant::feedback
