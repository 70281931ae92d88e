#include "api/prediction_answer.h"

namespace volant::api {
namespace {

constexpr Field kRankedFields[] = {
    {.name = "item", .kind = Kind::kString, .required = true, .text = "The item's id."},
    {.name = "score",
     .kind = Kind::kNumber,
     .required = true,
     .text = "What the ranking was made by: the expected outcome."},
    {.name = "propensity",
     .kind = Kind::kNumber,
     .required = true,
     .text = "The chance that this item stood at this place, given those before it.",
     .min = 0,
     .max = 1},
};
const Shape kRankedShape = {
    .name = "RankedItem", .text = "One item of a ranking.", .fields = kRankedFields};

constexpr Field kAnswerFields[] = {
    {.name = "prediction_id",
     .kind = Kind::kString,
     .text = "Names the answer for feedback; not in a dry run."},
    {.name = "model", .kind = Kind::kString, .required = true, .text = "The model."},
    {.name = "version",
     .kind = Kind::kInt,
     .required = true,
     .text = "The version that answered; 0 is the baseline.",
     .min = 0},
    {.name = "arm",
     .kind = Kind::kString,
     .required = true,
     .text = "Who answered: what was learned, the holdback's baseline, or chance.",
     .values = "learned|baseline|random"},
    {.name = "time", .kind = Kind::kTime, .required = true, .text = "The decision time."},
    {.name = "lsn",
     .kind = Kind::kString,
     .text = "Durable and applied through here; not in a dry run."},
    {.name = "label", .kind = Kind::kString, .text = "Of a classification: the likelier class."},
    {.name = "score",
     .kind = Kind::kNumber,
     .text = "Of a classification: the probability of class 1.",
     .min = 0,
     .max = 1},
    {.name = "probabilities",
     .kind = Kind::kAny,
     .text = "Of a classification: each class with its probability."},
    {.name = "value", .kind = Kind::kNumber, .text = "Of a regression."},
    {.name = "ranking",
     .kind = Kind::kArray,
     .text = "Of a ranking: the items, best first.",
     .shape = &kRankedShape},
};

constexpr Field kRecordFields[] = {
    {.name = "prediction_id", .kind = Kind::kString, .required = true, .text = "The id."},
    {.name = "model", .kind = Kind::kString, .required = true, .text = "The model."},
    {.name = "version", .kind = Kind::kInt, .required = true, .text = "The version that answered."},
    {.name = "arm",
     .kind = Kind::kString,
     .required = true,
     .text = "Who answered.",
     .values = "learned|baseline|random"},
    {.name = "time", .kind = Kind::kTime, .required = true, .text = "The decision time."},
    {.name = "lsn", .kind = Kind::kString, .required = true, .text = "Its place in the log."},
    {.name = "label", .kind = Kind::kString, .text = "Of a classification."},
    {.name = "score", .kind = Kind::kNumber, .text = "Of a classification."},
    {.name = "probabilities", .kind = Kind::kAny, .text = "Of a classification."},
    {.name = "value", .kind = Kind::kNumber, .text = "Of a regression."},
    {.name = "ranking", .kind = Kind::kArray, .text = "Of a ranking.", .shape = &kRankedShape},
    {.name = "request", .kind = Kind::kAny, .required = true, .text = "What was asked."},
    {.name = "features",
     .kind = Kind::kAny,
     .required = true,
     .text = "The row that was read; of a ranking, one for each item shown."},
    {.name = "read_lsn",
     .kind = Kind::kString,
     .required = true,
     .text = "The world was read after this record."},
    {.name = "model_state",
     .kind = Kind::kAny,
     .required = true,
     .text = "Version, and the last answer whose outcome it had learned."},
    {.name = "outcome", .kind = Kind::kAny, .required = true, .text = "state, value, closed_at."},
};

void write_row(json::Writer& out, const model::Columns* columns, std::string_view bytes) {
    std::vector<Value> row;
    if (columns == nullptr || !columns->decode(bytes, row)) {
        out.null();
        return;
    }
    out.object();
    for (std::size_t i = 0; i < row.size(); ++i) out.key(columns->name(i)).value(row[i]);
    out.end();
}

void write_request(json::Writer& out, const feedback::Prediction& p,
                   const std::string& subject_name) {
    out.object();
    if (!p.id.empty()) out.key("id").string(p.id);
    if (!p.subject.empty()) out.key(subject_name).string(p.subject);
    for (const feedback::NamedId& id : p.entities) out.key(id.entity).string(id.id);
    if (!p.inputs.empty()) {
        out.key("input").object();
        for (const auto& [name, value] : p.inputs) out.key(name).value(value);
        out.end();
    }
    if (p.task == spec::Task::kRank) {
        if (!p.catalogue) {
            out.key("candidates").array();
            for (const std::string_view candidate : p.candidates) out.string(candidate);
            out.end();
        }
        out.key("k").integer(p.k);
    }
    out.end();
}

void write_outcome(json::Writer& out, const OutcomeView& outcome, bool ranking) {
    out.object().key("state").string(outcome.state);
    out.key("value");
    const auto one = [&](const feedback::ShownItem& shown) {
        if (shown.outcome) {
            out.number(*shown.outcome);
        } else {
            out.null();
        }
    };
    if (outcome.prediction == nullptr) {
        out.null();
    } else if (ranking) {
        out.object();
        for (const feedback::ShownItem& shown : outcome.prediction->shown) {
            out.key(shown.item);
            one(shown);
        }
        out.end();
    } else {
        one(outcome.prediction->shown.front());
    }
    out.key("closed_at");
    if (outcome.state == "closed") {
        out.time(outcome.closed_at);
    } else {
        out.null();
    }
    out.end();
}

}  // namespace

const Shape kPredictionShape = {
    .name = "Prediction", .text = "An answer of a model.", .fields = kAnswerFields};
const Shape kPredictionRecordShape = {
    .name = "PredictionRecord",
    .text = "An answer with all that it was made from, and what became of it.",
    .fields = kRecordFields};

void write_answer(json::Writer& out, const feedback::Prediction& p, const Place& place) {
    if (!place.id.empty()) out.key("prediction_id").string(place.id);
    out.key("model").string(p.model);
    out.key("version").unsigned_integer(p.version);
    out.key("arm").string(feedback::arm_name(p.arm));
    out.key("time").time(place.time);
    if (place.lsn != 0) out.key("lsn").string(std::to_string(place.lsn));
    switch (p.task) {
        case spec::Task::kClassify: {
            const double score = p.shown.front().score;
            out.key("label").string(score >= 0.5 ? "1" : "0");
            out.key("score").number(score);
            out.key("probabilities")
                .object()
                .key("0")
                .number(1 - score)
                .key("1")
                .number(score)
                .end();
            return;
        }
        case spec::Task::kRegress:
            out.key("value").number(p.shown.front().score);
            return;
        case spec::Task::kRank:
            break;
    }
    out.key("ranking").array();
    for (const feedback::Shown& shown : p.shown) {
        out.object();
        out.key("item").string(shown.item);
        out.key("score").number(shown.score);
        out.key("propensity").number(shown.propensity);
        out.end();
    }
    out.end();
}

void write_record(json::Writer& out, const feedback::Prediction& p, const model::Columns* columns,
                  const std::string& subject_name, const OutcomeView& outcome) {
    out.key("request");
    write_request(out, p, subject_name);
    out.key("features");
    if (p.task == spec::Task::kRank) {
        out.object();
        for (const feedback::Shown& shown : p.shown) {
            out.key(shown.item);
            write_row(out, columns, shown.row);
        }
        out.end();
    } else {
        write_row(out, columns, p.shown.front().row);
    }
    out.key("read_lsn").string(std::to_string(p.read_lsn));
    out.key("model_state").object();
    out.key("version").unsigned_integer(p.version);
    out.key("learner_lsn").string(std::to_string(p.learner_lsn));
    out.end();
    out.key("outcome");
    write_outcome(out, outcome, p.task == spec::Task::kRank);
}

}  // namespace volant::api
