#include "api/shapes.h"

namespace volant::api::shapes {
namespace {

constexpr double kUnbounded = std::numeric_limits<double>::infinity();

// The commonest forms of a Field, so that the tables below read as tables.
constexpr Field field(std::string_view name, Kind kind, std::string_view text) {
    return {.name = name, .kind = kind, .text = text};
}
constexpr Field required(std::string_view name, Kind kind, std::string_view text) {
    return {.name = name, .kind = kind, .required = true, .text = text};
}
constexpr Field one_of(std::string_view name, std::string_view values, std::string_view text) {
    return {.name = name, .kind = Kind::kString, .required = true, .text = text, .values = values};
}
constexpr Field object(std::string_view name, const Shape& shape, std::string_view text) {
    return {.name = name, .kind = Kind::kObject, .text = text, .shape = &shape};
}
constexpr Field array(std::string_view name, const Shape& shape, std::string_view text) {
    return {.name = name, .kind = Kind::kArray, .text = text, .shape = &shape};
}
constexpr Field list(std::string_view name, Kind items, std::string_view text) {
    return {.name = name, .kind = Kind::kArray, .text = text, .items = items};
}
constexpr Field bounded(std::string_view name, Kind kind, double min, double max,
                        std::string_view text) {
    return {.name = name, .kind = kind, .text = text, .min = min, .max = max};
}
constexpr Field always(Field base) {
    base.required = true;
    return base;
}

constexpr std::string_view kLsnText = "A place in the log: durable and applied through here.";
constexpr std::string_view kWhyText = "For the record of the decision.";

constexpr Field kErrorDetailFields[] = {
    required("code", Kind::kString, "A name from docs/reference/errors.md."),
    required("message", Kind::kString, "What was found and what was expected."),
    field("field", Kind::kString, "A JSON pointer into the body, or the name of a parameter."),
    field("hint", Kind::kString, "What to do, or the nearest known name."),
};
constexpr Field kErrorFields[] = {always(object("error", kErrorDetail, "What went wrong."))};

constexpr Field kEventFields[] = {
    required("event", Kind::kString,
             "Its type; $set, $unset, $delete, $link, $unlink and $identify are built in."),
    field("id", Kind::kId,
          "The same id again changes nothing. Left out: one is made, and a retry is not safe."),
    field("time", Kind::kTime, "When it happened. Left out: now."),
    field("to", Kind::kId, "Of $link and $unlink: the other end."),
    field("properties", Kind::kAny,
          "What is said about it: an object of values; of $unset, a list of names."),
};
constexpr Field kEventAnswerFields[] = {
    required("id", Kind::kString, "The event's id."),
    one_of("status", "accepted|duplicate", "`duplicate`: the id was known, nothing has changed."),
    required("lsn", Kind::kString, kLsnText),
};
constexpr Field kRejectedFields[] = {
    always(bounded("index", Kind::kInt, 0, kUnbounded, "Its place among those sent, from 0.")),
    always(object("error", kErrorDetail, "Why it was refused.")),
};
constexpr Field kEventsAnswerFields[] = {
    always(bounded("accepted", Kind::kInt, 0, kUnbounded, "How many are new.")),
    always(bounded("duplicates", Kind::kInt, 0, kUnbounded, "How many were known.")),
    always(bounded("rejected", Kind::kInt, 0, kUnbounded, "How many were refused.")),
    required("lsn", Kind::kString, kLsnText),
    always(array("results", kRejected, "The refused ones.")),
};
constexpr Field kStoredEventFields[] = {
    required("event", Kind::kString, "Its type."),
    required("id", Kind::kString, "Its id."),
    required("time", Kind::kTime, "When it happened."),
    field("to", Kind::kId, "Of $link and $unlink: the other end."),
    field("properties", Kind::kAny, "What is said about it."),
    required("lsn", Kind::kString, "Its place in the log."),
    required("known_at", Kind::kTime, "When it arrived."),
};

constexpr Field kPredictFields[] = {
    field("input", Kind::kAny,
          "An object: the model's columns or declared inputs. A missing one is a missing value."),
    list("candidates", Kind::kId, "For a ranking. Left out: all live items."),
    bounded("k", Kind::kInt, 1, 10'000,
            "For a ranking: at most so many are returned, and count as shown."),
    field("id", Kind::kId, "The same id again gets the first answer."),
    field("min_lsn", Kind::kString, "Waits until the log has come this far."),
    field("explain", Kind::kBool, "Adds what spoke for the answer."),
};
constexpr Field kRankedFields[] = {
    required("item", Kind::kString, "Its id."),
    required("score", Kind::kNumber, "The higher the better; a probability for a binary outcome."),
    required("propensity", Kind::kNumber, "How probable it was that the item stood at this place."),
};
constexpr Field kPredictionFields[] = {
    field("prediction_id", Kind::kString, "For feedback. Not there with dry_run."),
    required("model", Kind::kString, "Its name."),
    required("version", Kind::kInt, "0 is the built-in baseline."),
    required("time", Kind::kTime, "As of when the features were read."),
    required("lsn", Kind::kString, kLsnText),
    field("arm", Kind::kString, "Which part of the traffic answered: learned, baseline or random."),
    field("label", Kind::kOutcome, "Of a classification: the likeliest class."),
    field("score", Kind::kNumber, "Of two classes: the probability of the positive one."),
    field("probabilities", Kind::kValues, "Of each class."),
    field("value", Kind::kNumber, "Of a regression."),
    array("ranking", kRanked, "Of a ranking, best first."),
    field("explanation", Kind::kAny, "With explain."),
    list("warnings", Kind::kString, "What was odd about the request."),
};
constexpr Field kOutcomeFields[] = {
    one_of("state", "open|closed|expired|dropped", "`open` until the outcome contract closes it."),
    field("value", Kind::kAny, "The outcome; of a ranking {item: value}."),
    field("closed_at", Kind::kTime, "When."),
};
constexpr Field kStoredPredictionFields[] = {
    required("prediction_id", Kind::kString, "Its id."),
    required("model", Kind::kString, "Its model."),
    required("version", Kind::kInt, "0 is the built-in baseline."),
    required("time", Kind::kTime, "As of when the features were read."),
    required("lsn", Kind::kString, "Its place in the log."),
    field("arm", Kind::kString, "Which part of the traffic answered: learned, baseline or random."),
    field("label", Kind::kOutcome, "Of a classification."),
    field("score", Kind::kNumber, "Of two classes."),
    field("probabilities", Kind::kValues, "Of each class."),
    field("value", Kind::kNumber, "Of a regression."),
    array("ranking", kRanked, "Of a ranking, best first."),
    field("explanation", Kind::kAny, "With explain."),
    list("warnings", Kind::kString, "What was odd about the request."),
    field("request", Kind::kAny, "What was asked."),
    field("features", Kind::kAny, "The row or rows that were scored."),
    field("read_lsn", Kind::kString, "The place at which the features were read."),
    field("model_state", Kind::kAny, "The package's digest and how far the learner had come."),
    object("outcome", kOutcome, "What became of it."),
};

constexpr Field kFeedbackFields[] = {
    required("prediction_id", Kind::kString, "Of the answer that this is about."),
    required("outcome", Kind::kOutcome, "A number, a boolean, or a label."),
    field("item", Kind::kId, "Of a ranking: which item."),
    field("time", Kind::kTime, "When it happened. Left out: now."),
    field("id", Kind::kId, "The same id again changes nothing. `aggregate: sum` needs one."),
};
constexpr Field kFeedbackAnswerFields[] = {
    required("prediction_id", Kind::kString, "The prediction."),
    one_of("state", "open|closed|late|duplicate", "`late`: after the window, never trained on."),
    required("lsn", Kind::kString, kLsnText),
};

constexpr Field kPromoteFields[] = {
    always(bounded("version", Kind::kInt, 0, kUnbounded,
                   "What serves from now on; 0 is the baseline.")),
    field("why", Kind::kString, kWhyText),
};
constexpr Field kRollbackFields[] = {field("why", Kind::kString, kWhyText)};
constexpr Field kTrainFields[] = {
    bounded("seed", Kind::kInt, 0, kUnbounded,
            "The same seed and log give the same digest. Left out: from the log."),
};
constexpr Field kTrainAnswerFields[] = {required("job", Kind::kString, "For GET /v1/jobs/{id}.")};

constexpr Field kMetricFields[] = {
    required("name", Kind::kString, "As auc, log_loss or ndcg@10."),
    required("value", Kind::kNumber, "The figure."),
    field("low", Kind::kNumber, "The interval's lower end."),
    field("high", Kind::kNumber, "The interval's upper end."),
    field("baseline", Kind::kNumber, "The same figure of the baseline."),
};
constexpr Field kJobFields[] = {
    required("job", Kind::kString, "Its id."),
    required("kind", Kind::kString, "What it does: train."),
    one_of("state", "queued|running|done|failed|cancelled", "Where it stands."),
    field("model", Kind::kString, "For which model."),
    bounded("progress", Kind::kNumber, 0, 1, "How much is done."),
    field("started_at", Kind::kTime, "When it began."),
    field("ended_at", Kind::kTime, "When it ended."),
    field("version", Kind::kInt, "What came of it."),
    field("digest", Kind::kString, "The package's."),
    array("metrics", kMetric, "How good it is."),
    object("error", kErrorDetail, "Why it failed."),
};
constexpr Field kVersionFields[] = {
    required("version", Kind::kInt, "From 1; 0 is the built-in baseline."),
    required("digest", Kind::kString, "Names the package's content."),
    field("state", Kind::kString, "candidate, live, previous, refused or retired."),
    field("created_at", Kind::kTime, "When it was registered."),
    field("trained_lsn", Kind::kString, "The log's place up to which it was trained."),
    field("examples", Kind::kInt, "How many it was trained on."),
    array("metrics", kMetric, "With intervals, beside the baseline."),
    field("lineage", Kind::kAny, "What it came from."),
};
constexpr Field kModelFields[] = {
    required("model", Kind::kString, "Its name."),
    required("decide", Kind::kString, "classify, regress or rank."),
    required("live", Kind::kInt, "The version that serves."),
    field("previous", Kind::kInt, "What a rollback goes to."),
    field("candidate", Kind::kInt, "The version that is being compared."),
    field("specification", Kind::kAny, "As in volant.yaml."),
    array("versions", kVersion, "Newest first."),
    field("figures", Kind::kAny, "What is happening now."),
};
constexpr Field kDecisionFields[] = {
    required("lsn", Kind::kString, "Its place in the log."),
    required("time", Kind::kTime, "When it was decided."),
    required("model", Kind::kString, "About which model."),
    required("decision", Kind::kString, "promote, rollback, gate_started, gate_refused and so on."),
    field("version", Kind::kInt, "About which version."),
    field("why", Kind::kString, "In words."),
    field("numbers", Kind::kAny, "The figures it rests on."),
};
constexpr Field kFeatureRowFields[] = {
    required("entity", Kind::kString, "Which kind of thing."),
    required("id", Kind::kString, "Which one."),
    required("at", Kind::kTime, "As of when."),
    field("lsn", Kind::kString, "The log's place at which it was read."),
    required("features", Kind::kValues, "Each feature's value; null is missing."),
};
constexpr Field kStatusFields[] = {
    required("workspace", Kind::kString, "Its name."),
    required("state", Kind::kString, "recovering, ready or stopping."),
    required("time", Kind::kTime, "The workspace's clock."),
    required("lsn", Kind::kString, kLsnText),
};
constexpr Field kHealthFields[] = {
    required("status", Kind::kString, "ok, or what is missing."),
    bounded("progress", Kind::kNumber, 0, 1, "Of reading the log after a start."),
};

constexpr Field kNewKeyFields[] = {
    field("name", Kind::kString, "The owner's word for it."),
    always(list("scopes", Kind::kString, "Any of ingest, predict, read and admin.")),
    list("origins", Kind::kString,
         "Pages that may use it from a browser, as https://shop.example."),
};
constexpr Field kKeyMadeFields[] = {
    required("id", Kind::kString, "Names the key; opens nothing."),
    required("key", Kind::kString, "The key itself, shown this once."),
    list("scopes", Kind::kString, "What it may do."),
};
constexpr Field kKeyFields[] = {
    required("id", Kind::kString, "Names the key; opens nothing."),
    field("name", Kind::kString, "The owner's word for it."),
    list("scopes", Kind::kString, "What it may do."),
    list("origins", Kind::kString, "Pages that may use it."),
    required("created_at", Kind::kTime, "When it was made."),
    field("revoked_at", Kind::kTime, "When it was revoked."),
};

}  // namespace

constinit const Shape kError{"Error", "What every refused request gets.", kErrorFields};
constinit const Shape kErrorDetail{"ErrorDetail", "One error.", kErrorDetailFields};
constinit const Shape kEvent{
    "Event",
    "What a user did, or what is said about an entity. Further keys name the "
    "workspace's entities: \"user\": \"u1\".",
    kEventFields, true};
constinit const Shape kEventAnswer{"EventAnswer", "What became of one event.", kEventAnswerFields};
constinit const Shape kEventsAnswer{"EventsAnswer", "What became of several events.",
                                    kEventsAnswerFields};
constinit const Shape kRejected{"Rejected", "An event that was refused.", kRejectedFields};
constinit const Shape kStoredEvent{"StoredEvent", "An event as it was sent, with its place.",
                                   kStoredEventFields, true};
constinit const Shape kPredict{
    "Predict", "What is asked of a model. Further keys name entities: \"user\": \"u1\".",
    kPredictFields, true};
constinit const Shape kPrediction{"Prediction", "A model's answer, durable before it is given.",
                                  kPredictionFields};
constinit const Shape kRanked{"Ranked", "One item of a ranking.", kRankedFields};
constinit const Shape kStoredPrediction{"StoredPrediction",
                                        "An answer that was given, with all that it rests on.",
                                        kStoredPredictionFields};
constinit const Shape kOutcome{"Outcome", "What became of a prediction.", kOutcomeFields};
constinit const Shape kFeedback{"Feedback", "What came of a prediction.", kFeedbackFields};
constinit const Shape kFeedbackAnswer{"FeedbackAnswer", "How the feedback was taken.",
                                      kFeedbackAnswerFields};
constinit const Shape kPromote{"Promote", "Lets a version serve.", kPromoteFields};
constinit const Shape kRollback{"Rollback", "Lets the previous version serve again.",
                                kRollbackFields};
constinit const Shape kTrain{"Train", "Starts a training job.", kTrainFields};
constinit const Shape kTrainAnswer{"TrainAnswer", "The job that was started.", kTrainAnswerFields};
constinit const Shape kJob{"Job", "Work in the background.", kJobFields};
constinit const Shape kModel{"Model", "A model of this workspace.", kModelFields, true};
constinit const Shape kVersion{"Version", "A trained version of a model.", kVersionFields, true};
constinit const Shape kMetric{"Metric", "A figure with its interval.", kMetricFields};
constinit const Shape kDecision{"Decision", "What the controller decided.", kDecisionFields, true};
constinit const Shape kFeatureRow{"FeatureRow", "The features of one entity at one time.",
                                  kFeatureRowFields};
constinit const Shape kStatus{"Status", "The wheel: each stage's figures and lags.", kStatusFields,
                              true};
constinit const Shape kHealth{"Health", "Whether the server is up.", kHealthFields};
constinit const Shape kNewKey{"NewKey", "A key to be made.", kNewKeyFields};
constinit const Shape kKeyMade{"KeyMade", "A key that was made.", kKeyMadeFields};
constinit const Shape kKey{"Key", "A key, without what opens.", kKeyFields};

constinit const Field kLimit =
    bounded("limit", Kind::kInt, 1, 1000, "At most so many items; 50 if left out.");
constinit const Field kCursor = field("cursor", Kind::kString, "The `next` of the page before.");
constinit const Field kMinLsn =
    field("min_lsn", Kind::kString, "Waits up to a second until the log has come this far.");
constinit const Field kFrom = field("from", Kind::kTime, "Not before this time.");
constinit const Field kTo = field("to", Kind::kTime, "Before this time.");

std::span<const Shape* const> all() {
    static constexpr const Shape* kAll[] = {
        &kError,
        &kErrorDetail,
        &kEvent,
        &kEventAnswer,
        &kEventsAnswer,
        &kRejected,
        &kStoredEvent,
        &kPredict,
        &kPrediction,
        &kRanked,
        &kStoredPrediction,
        &kOutcome,
        &kFeedback,
        &kFeedbackAnswer,
        &kPromote,
        &kRollback,
        &kTrain,
        &kTrainAnswer,
        &kJob,
        &kModel,
        &kVersion,
        &kMetric,
        &kDecision,
        &kFeatureRow,
        &kStatus,
        &kHealth,
        &kNewKey,
        &kKeyMade,
        &kKey,
    };
    return kAll;
}

}  // namespace volant::api::shapes
