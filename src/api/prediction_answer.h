// Predictions as JSON: the answer to a request, and the whole record for GET /v1/predictions/{id}.
#pragma once

#include <string>
#include <string_view>

#include "core/json_writer.h"
#include "feedback/open_predictions.h"
#include "feedback/prediction.h"
#include "model/columns.h"
#include "spec/spec.h"

namespace volant::api {

struct Place {
    std::string_view id;  // "" for a dry run
    log::Lsn lsn = 0;     // of a dry run: what it was read through
    Micros time = 0;
};

// The answer's members, into an object that is open.
void write_answer(json::Writer& out, const feedback::Prediction& prediction, const Place& place);

struct OutcomeView {
    std::string_view state;  // "open", "closed", "dropped"
    Micros closed_at = 0;    // of a closed one
    const feedback::OpenPrediction* prediction = nullptr;
};

// request, features, read_lsn, model_state, outcome: what is told beside the answer.
void write_record(json::Writer& out, const feedback::Prediction& prediction,
                  const model::Columns* columns, const std::string& subject_name,
                  const OutcomeView& outcome);

}  // namespace volant::api
