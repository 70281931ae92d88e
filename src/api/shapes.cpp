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
constexpr Field short_text(std::string_view name, double characters, std::string_view text) {
    return {.name = name, .kind = Kind::kString, .text = text, .max = characters};
}
constexpr Field always(Field base) {
    base.required = true;
    return base;
}

constexpr std::string_view kLsnText = "A place in the log: durable and applied through here.";
constexpr Field kWhy = short_text("why", 1'000, "For the record of the decision.");

constexpr Field kErrorDetailFields[] = {
    required("code", Kind::kString, "A name from docs/reference/errors.md."),
    required("message", Kind::kString, "What was found and what was expected."),
    field("field", Kind::kString, "A JSON pointer into the body, or the name of a parameter."),
    field("hint", Kind::kString, "What to do, or the nearest known name."),
};
constexpr Field kErrorFields[] = {always(object("error", kErrorDetail, "What went wrong."))};

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
          "An object: the model's declared inputs. A missing one is a missing value."),
    list("candidates", Kind::kId, "For a ranking. Left out: all live items."),
    bounded("k", Kind::kInt, 1, 1'000,
            "For a ranking: at most so many are returned, and count as shown; 10 if left out."),
    field("id", Kind::kId,
          "The same id again gets the first answer; `conflict` once log.retention has dropped it."),
    field("min_lsn", Kind::kString, "An lsn that an answer gave: the world is read no earlier."),
    field("explain", Kind::kBool, "Not yet: only false is taken."),
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
    one_of("arm", "learned|baseline|random",
           "Who answered: what was learned, the holdback's baseline, or chance."),
    required("time", Kind::kTime, "As of when the features were read."),
    required("lsn", Kind::kString,
             "Durable and applied through here; with dry_run, what was read through."),
    field("label", Kind::kString, "Of a classification: the likelier class."),
    bounded("score", Kind::kNumber, 0, 1, "Of a classification: the probability of class 1."),
    field("probabilities", Kind::kValues, "Of a classification: of each class."),
    field("value", Kind::kNumber, "Of a regression."),
    array("ranking", kRanked, "Of a ranking, best first."),
};
constexpr Field kOutcomeFields[] = {
    one_of("state", "open|closed|dropped",
           "`open` until the outcome contract closes it; `dropped` by the bound on open ones."),
    field("value", Kind::kAny, "The outcome; of a ranking {item: value}; null where none came."),
    field("closed_at", Kind::kAny, "When, or null."),
};
constexpr Field kStoredPredictionFields[] = {
    required("prediction_id", Kind::kString, "Its id."),
    required("model", Kind::kString, "Its model."),
    required("version", Kind::kInt, "0 is the built-in baseline."),
    one_of("arm", "learned|baseline|random",
           "Who answered: what was learned, the holdback's baseline, or chance."),
    required("time", Kind::kTime, "As of when the features were read."),
    required("lsn", Kind::kString, "Its place in the log."),
    field("label", Kind::kString, "Of a classification: the likelier class."),
    bounded("score", Kind::kNumber, 0, 1, "Of a classification: the probability of class 1."),
    field("probabilities", Kind::kValues, "Of a classification: of each class."),
    field("value", Kind::kNumber, "Of a regression."),
    array("ranking", kRanked, "Of a ranking, best first."),
    required("request", Kind::kAny, "What was asked."),
    required("features", Kind::kAny,
             "The row that was scored; of a ranking, one for each item shown."),
    required("read_lsn", Kind::kString, "The features were read after this record."),
    required("model_state", Kind::kAny,
             "The version, and the last answer whose outcome its learner had folded."),
    always(object("outcome", kOutcome, "What became of it.")),
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
    kWhy,
};
constexpr Field kRollbackFields[] = {kWhy};
constexpr Field kBackupFields[] = {
    required("file", Kind::kString, "Where it lies, from the workspace's folder."),
    required("lsn", Kind::kString, "Everything up to here is in it."),
    required("bytes", Kind::kInt, "Its size."),
};

constexpr Field kTrainAnswerFields[] = {required("job", Kind::kString, "For GET /v1/jobs/{id}.")};

constexpr Field kMetricFields[] = {
    required("name", Kind::kString, "As auc, log_loss or progressive_log_loss."),
    required("value", Kind::kNumber, "The figure."),
    field("low", Kind::kAny, "Of its 95 % interval; null when nothing is known."),
    field("high", Kind::kAny, "Of its 95 % interval."),
    field("baseline", Kind::kNumber, "The baseline's figure on the same examples."),
};
constexpr Field kJobFields[] = {
    required("job", Kind::kString, "Its id."),
    required("model", Kind::kString, "What is trained."),
    required("why", Kind::kString, "Who or what asked for it; empty of one before the start."),
    one_of("state", "waiting|running|done|failed|cancelled", "Where it stands."),
    required("stage", Kind::kString, "reading, training, registering."),
    bounded("done", Kind::kInt, 0, kUnbounded, "Of this stage."),
    bounded("total", Kind::kInt, 0, kUnbounded, "Of this stage."),
    bounded("examples", Kind::kInt, 0, kUnbounded, "Found so far."),
    field("progressive_loss", Kind::kNumber, "The mean loss before each was learned."),
    required("created_at", Kind::kTime,
             "When it was asked for; of one before the start, when its version was registered."),
    field("ended_at", Kind::kAny, "When it ended, or null."),
    field("version", Kind::kInt, "What came of it."),
    field("digest", Kind::kString, "The package's."),
    array("metrics", kMetric, "How good it is."),
    object("error", kErrorDetail, "Why it failed."),
};
constexpr Field kVersionFields[] = {
    required("model", Kind::kString, "Of which model."),
    required("version", Kind::kInt, "From 1; 0 is the built-in baseline."),
    one_of("state", "baseline|candidate|live|retired|refused|damaged",
           "What it does; `damaged`: it should serve, but its package cannot be read."),
    field("damage", Kind::kString, "What is wrong with its package."),
    field("digest", Kind::kString, "Names the package's content."),
    field("created_at", Kind::kTime, "When it was registered."),
    field("trained_lsn", Kind::kString, "Every outcome known through here is in its weights."),
    field("spec_lsn", Kind::kString, "The specification it was trained under."),
    field("examples", Kind::kInt, "How many it was trained on."),
    field("scored", Kind::kInt, "How many were set aside, for the metrics."),
    field("job", Kind::kString, "Which training made it."),
    array("metrics", kMetric, "With intervals, beside the baseline."),
};
constexpr Field kModelFields[] = {
    required("model", Kind::kString, "Its name."),
    one_of("decide", "classify|regress|rank", "What it decides."),
    required("family", Kind::kString, "Of its learner."),
    list("features", Kind::kString, "Its features."),
    required("live", Kind::kInt,
             "The version that serves; 0 is the baseline, also while that version's package cannot "
             "be read."),
    required("previous", Kind::kInt, "What a rollback goes to."),
    required("candidate", Kind::kInt, "The version in the gate, or 0."),
    field("arms", Kind::kAny,
          "Each arm's impressions and mean outcome, in all and since the promotion."),
    field("outcomes", Kind::kAny,
          "How many answers wait, closed, and the share whose label is final."),
    field("learner", Kind::kAny,
          "Family, loss and interactions in use, online updates, and the recent loss of what "
          "serves."),
    field("gate", Kind::kAny, "The comparison that runs, or null."),
    field("served", Kind::kAny, "What served when."),
    array("versions", kVersion, "Newest first."),
};
constexpr Field kDecisionFields[] = {
    one_of("decision", "promote|rollback|refuse|gate|retrain", "What was decided."),
    required("model", Kind::kString, "About which model."),
    required("version", Kind::kInt, "About which version."),
    required("from", Kind::kInt, "What served before."),
    required("by", Kind::kString, "controller or user."),
    required("why", Kind::kString, "In words."),
    required("numbers", Kind::kValues, "The figures it rests on."),
    required("time", Kind::kTime, "When it was decided."),
    required("lsn", Kind::kString, "Its place in the log."),
};
constexpr Field kFeatureRowFields[] = {
    required("entity", Kind::kString, "Which kind of thing."),
    required("id", Kind::kString, "Which one."),
    required("known", Kind::kBool,
             "Whether it was seen by then; an unknown one has empty features."),
    required("at", Kind::kTime, "As of when."),
    required("lsn", Kind::kString, "The log's place at which it was read."),
    required("features", Kind::kValues, "Each feature's value; null is missing."),
};
constexpr Field kStatusFields[] = {
    required("name", Kind::kString, "The workspace's name."),
    required("time", Kind::kTime, "Where the log's time stands."),
    required("lsn", Kind::kString, "Applied through here."),
    required("stages", Kind::kAny, "Figures of each stage of the wheel."),
    always(array("models", kModel, "Each model.")),
    always(array("jobs", kJob, "Trainings that wait or run.")),
    always(array("decisions", kDecision, "The last ones, newest first.")),
};
constexpr Field kHealthFields[] = {
    one_of("status", "ok|recovering", "Whether the log has been read."),
    bounded("applied", Kind::kInt, 0, kUnbounded, "While recovering: records read."),
    bounded("target", Kind::kInt, 0, kUnbounded, "While recovering: records there are."),
};

constexpr Field kNewKeyFields[] = {
    short_text("name", 200, "The owner's word for it."),
    always(
        short_text("scopes", 200, "Any of ingest, predict, read and admin; several with commas.")),
    list("origins", Kind::kString,
         "Pages that may use it from a browser, as https://shop.example."),
};
constexpr Field kKeyMadeFields[] = {
    required("id", Kind::kString, "Names the key; opens nothing."),
    required("key", Kind::kString, "The key itself, shown this once."),
    field("hint", Kind::kString, "What it leaves to be done, if anything."),
    required("name", Kind::kString, "The owner's word for it."),
    required("scopes", Kind::kString, "What it may do."),
    always(list("origins", Kind::kString, "Pages that may use it; empty: not limited.")),
    required("created_at", Kind::kTime, "When it was made."),
    field("revoked_at", Kind::kAny, "When it was revoked, or null."),
};
constexpr Field kKeyFields[] = {
    required("id", Kind::kString, "Names the key; opens nothing."),
    required("name", Kind::kString, "The owner's word for it."),
    required("scopes", Kind::kString, "What it may do."),
    always(list("origins", Kind::kString, "Pages that may use it; empty: not limited.")),
    required("created_at", Kind::kTime, "When it was made."),
    field("revoked_at", Kind::kAny, "When it was revoked, or null."),
};

}  // namespace

constinit const Shape kError{"Error", "What every refused request gets.", kErrorFields};
constinit const Shape kErrorDetail{"ErrorDetail", "One error.", kErrorDetailFields};
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
constinit const Shape kTrainAnswer{"TrainAnswer", "The job that was started.", kTrainAnswerFields};
constinit const Shape kJob{"Job", "Work in the background.", kJobFields};
constinit const Shape kModel{"Model", "A model of this workspace.", kModelFields};
constinit const Shape kVersion{"Version", "A trained version of a model.", kVersionFields};
constinit const Shape kMetric{"Metric", "A figure with its interval.", kMetricFields};
constinit const Shape kDecision{"Decision", "What the controller decided.", kDecisionFields};
constinit const Shape kFeatureRow{"FeatureRow", "The features of one entity at one time.",
                                  kFeatureRowFields};
constinit const Shape kStatus{"Status", "The wheel: each stage's figures and lags.", kStatusFields};
constinit const Shape kHealth{"Health", "Whether the server is up.", kHealthFields};
constinit const Shape kNewKey{"NewKey", "A key to be made.", kNewKeyFields};
constinit const Shape kKeyMade{"KeyMade", "A key that was made.", kKeyMadeFields};
constinit const Shape kKey{"Key", "A key, without what opens.", kKeyFields};
constinit const Shape kBackup{"Backup", "A backup that was written.", kBackupFields};

}  // namespace volant::api::shapes
