// Prediction: one answer that was given, as it stands in the log. docs/formats/prediction.md has
// the bytes.
//
// It holds all that is needed to make it again: the request, the place that was read, the state of
// the model, the seed; and what came out: for each returned item its row, score and propensity, and
// a 128-bit hash over the rows of all candidates. The subject, the inputs and the rows lie in the
// record's sealable part.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.h"
#include "core/result.h"
#include "core/value.h"
#include "log/record.h"
#include "spec/spec.h"

namespace volant::feedback {

// Who answered. Stored: append only.
enum class Arm : std::uint8_t { kLearned = 0, kBaseline = 1, kRandom = 2 };
std::string_view arm_name(Arm arm);  // "learned", "baseline", "random"

struct Shown {
    std::string_view item;  // "" for an answer that is not about an item
    double score = 0;       // probability, value, or what the ranking sorted by
    double propensity = 1;  // chance of this item at this place, given those before it
    std::string_view row;   // the encoded Values, one a column of the model
};

struct NamedId {
    std::string_view entity;
    std::string_view id;
};

// Views point into a record, or into what the maker of the prediction keeps alive.
struct Prediction {
    std::string_view id;  // the client's, or ""
    Hash128 fingerprint;  // of `id`; zero without one
    std::string_view model;
    std::uint32_t version = 0;
    Arm arm = Arm::kBaseline;
    spec::Task task = spec::Task::kClassify;
    std::uint8_t numeric_profile = 0;  // 0: exact everywhere
    log::Lsn spec_lsn = 0;             // the specification that was in force
    log::Lsn read_lsn = 0;             // the world was read after this record
    log::Lsn learner_lsn = 0;          // the last prediction whose outcome the learner had folded
    std::uint64_t seed = 0;
    std::string_view subject;       // id, or ""
    std::vector<NamedId> entities;  // others than the subject
    std::vector<std::pair<std::string_view, Value>> inputs;
    bool catalogue = false;                    // candidates were the live catalogue
    std::vector<std::string_view> candidates;  // as asked, when they were given
    std::uint64_t candidates_count = 0;
    Hash128 rows_hash;
    std::uint32_t k = 0;
    std::vector<Shown> shown;
};

void encode_prediction(const Prediction& prediction, std::string& clear, std::string& sealed);
// kCorrupt if the bytes are not a prediction.
Status decode_prediction(const log::Record& record, Prediction& out);

// One outcome as it stands in the log.
struct Feedback {
    std::string_view id;
    Hash128 fingerprint;
    log::Lsn prediction = 0;
    std::string_view item;
    double outcome = 0;
};

// A check of what it says, to count other bodies under a known id; never 0, which stands for none.
// The time is left out: one that was not given is another with each try.
std::uint16_t body_check(const Feedback& feedback);

void encode_feedback(const Feedback& feedback, std::string& clear, std::string& sealed);
Status decode_feedback(const log::Record& record, Feedback& out);

}  // namespace volant::feedback
