// PredictionRequest: POST /v1/predict/{model}, from its body to a deploy::Question. Checked here as
// far as the specification tells; what depends on the state is checked on the apply thread.
#pragma once

#include <string>

#include "collect/fingerprint.h"
#include "core/json_reader.h"
#include "core/result.h"
#include "deploy/decide.h"
#include "log/record.h"
#include "spec/spec.h"

namespace volant::api {

inline constexpr std::size_t kCandidatesMax = 10'000;
inline constexpr std::uint32_t kRankingMax = 1'000;  // k
inline constexpr std::uint32_t kRankingDefault = 10;

struct PredictionRequest {
    deploy::Question question;
    log::Lsn min_lsn = 0;  // 0: not asked for
};

// An lsn as clients see it. kOutOfRange for a text that is none.
Result<log::Lsn> parse_lsn(std::string_view text, std::string_view field);

Result<PredictionRequest> read_prediction(const spec::Spec& spec, int model,
                                          const collect::Fingerprints& fingerprints,
                                          json::Item root);

}  // namespace volant::api
