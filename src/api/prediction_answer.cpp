#include "api/prediction_answer.h"

namespace volant::api {
namespace {

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

void write_answer(json::Writer& out, const feedback::Prediction& p, const Place& place) {
    if (!place.id.empty()) out.key("prediction_id").string(place.id);
    out.key("model").string(p.model);
    out.key("version").unsigned_integer(p.version);
    out.key("arm").string(feedback::arm_name(p.arm));
    out.key("time").time(place.time);
    out.key("lsn").string(std::to_string(place.lsn));
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
