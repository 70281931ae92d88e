// The bodies of surface.md, each declared once: the parsers, /openapi.json, docs/reference/api.md
// and the tests are made from these. Beside each Shape that a handler reads stand its fields by
// number, for the callback of json::Item::shaped().
#pragma once

#include "core/shape.h"

namespace volant::api::shapes {

extern const Shape kError;  // {"error": ErrorDetail}
extern const Shape kErrorDetail;

// An event itself is declared beside its parser: collect/event_parser.h.
extern const Shape kEventAnswer;   // of one
extern const Shape kEventsAnswer;  // of many
extern const Shape kRejected;      // an element of `results`
extern const Shape kStoredEvent;   // GET /v1/events

// POST /v1/predict/{model}; further keys are the model's entities.
namespace predict {
enum Index { kInput, kCandidates, kK, kId, kMinLsn, kExplain };
}
extern const Shape kPredict;
extern const Shape kPrediction;
extern const Shape kRanked;
extern const Shape kStoredPrediction;  // GET /v1/predictions/{id}
extern const Shape kOutcome;

namespace feedback {
enum Index { kPredictionId, kOutcome, kItem, kTime, kId };
}
extern const Shape kFeedback;
extern const Shape kFeedbackAnswer;

namespace promote {
enum Index { kVersion, kWhy };
}
extern const Shape kPromote;
namespace rollback {
enum Index { kWhy };
}
extern const Shape kRollback;
extern const Shape kTrainAnswer;

extern const Shape kJob;
extern const Shape kModel;
extern const Shape kVersion;
extern const Shape kMetric;
extern const Shape kDecision;
extern const Shape kFeatureRow;
extern const Shape kStatus;
extern const Shape kHealth;

namespace new_key {
enum Index { kName, kScopes, kOrigins };
}
extern const Shape kNewKey;
extern const Shape kKeyMade;
extern const Shape kKey;
extern const Shape kBackup;

}  // namespace volant::api::shapes
