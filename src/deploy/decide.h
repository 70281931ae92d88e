// decide(): from a question and the state of the world to an answer. The one function behind
// serving, dry runs and replay: all that it needs is handed in, so the same log gives the same
// bytes.
//
// Cost for a ranking: one row and one score a candidate, O(k log k) to order them.
// Threads: the apply thread (it reads the folds); one Scratch a thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collect/entities.h"
#include "deploy/explore.h"
#include "deploy/live_models.h"
#include "features/feature_store.h"
#include "feedback/prediction.h"
#include "model/registry.h"
#include "spec/spec.h"

namespace volant::deploy {

inline constexpr std::size_t kCatalogueMax = 2'000;  // candidates of one ranking without retrieval
inline constexpr std::size_t kRowsBytesMax = 64u << 20;  // of all candidates of one answer

// What is asked, already checked against the specification.
struct Question {
    int model = -1;
    std::string id;  // the client's, or ""
    Hash128 fingerprint;
    std::vector<collect::EntityId> entities;  // the subject among them
    std::vector<Value> inputs;                // one for each declared input; null = missing
    bool catalogue = false;
    std::vector<std::string> candidates;
    std::uint32_t k = 10;
};

// What decisions read. References outlive the call.
struct World {
    const spec::Spec& spec;
    const collect::Entities& entities;
    const features::FeatureStore& features;
    const LiveModels& live;
    const model::Registry& registry;
};

// The answer, with the bytes that its views point to; it stays where it was made. The views of
// `record` point into it, into the Question and into the Spec.
struct Answer {
    feedback::Prediction record;
    std::vector<std::string> items;  // candidates, owned
    std::string rows;                // of all candidates, one after the other
};

// Which arm serves a subject: by a hash of the model's name and the subject, so that a subject
// keeps its arm. Shares: `holdback` to the baseline, `random` to the random arm, the rest to what
// was learned. Without a subject: by the seed.
feedback::Arm arm_of(const spec::ModelDecl& model, std::string_view subject, std::uint64_t seed);

// The seed of the answer that becomes record `lsn`.
std::uint64_t seed_of(log::Lsn lsn, std::uint64_t workspace_seed);

// Errors: kOutOfRange when the live catalogue is larger than kCatalogueMax; kTooLarge past
// kRowsBytesMax.
Result<std::unique_ptr<Answer>> decide(const World& world, const Question& question, Micros at,
                                       log::Lsn read_lsn, std::uint64_t seed);

// The question that a logged prediction answered.
Result<Question> question_of(const spec::Spec& spec, const feedback::Prediction& prediction);

}  // namespace volant::deploy
