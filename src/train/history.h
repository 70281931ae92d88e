// History: from the log to examples. A fold over the records that gives each impression of one
// model with its outcome, in the order in which the outcomes became known.
//
// Two sources, in one stream: answers that were served (their rows as they were logged), and, with
// `examples: {at: EVENT}`, past occasions that never were: at each such event a row is made from
// what was known then, and the contract closes it like an answer.
//   classify, regress: asked when the moment of the event is over, so that it knows all lines of
//     one invoice and takes none of them for its outcome; one occasion a subject and moment, and
//     at most one in `every`
//   a label of the event's own (`classify: impression.click`, `label: FIELD`): asked just before
//     it, known at once; without one, or with a number that is no outcome, it is no occasion
//   rank: asked just before the event; beside the event's item stand `negatives` others that were
//     live, drawn with a seed from the record's place
//
// An occasion is given when its window is over, even if its outcome came early: else the last
// window of the log would hold nothing but early outcomes, and every score on it would lie. For the
// same reason none is given whose window ends between imported history and the live log, of which
// nobody knows what happened.
// Bounded: past `open_max` occasions that wait for that, the oldest is given early.
// Threads: none of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "collect/entities.h"
#include "collect/event.h"
#include "features/feature_store.h"
#include "feedback/open_predictions.h"
#include "log/record.h"
#include "model/baseline.h"
#include "model/columns.h"
#include "spec/spec.h"
#include "train/example.h"

namespace volant::train {

class History {
  public:
    using OnExample = std::function<void(const Example&)>;

    History(const spec::Spec& spec, int model, OnExample on_example);

    void apply(const log::Record& record);
    log::Lsn lsn() const { return lsn_; }
    const model::Columns& columns() const { return columns_; }

  private:
    void move_time(const log::Record& record);
    void event(const log::Record& record);
    void prediction(const log::Record& record);
    void specification(const log::Record& record);
    // What is going to be asked: an event in the words of the model.
    struct Occasion {
        feedback::OpenPrediction open;
        std::vector<collect::EntityId> ids;
        std::vector<Value> inputs;
        std::vector<std::string> items;  // one "" where the answer is not about an item
        std::optional<double> label;     // the event's own
    };

    bool is_occasion(const collect::EventView& event);
    std::optional<Occasion> occasion(const collect::EventView& event);
    feedback::OpenPrediction question(const collect::EventView& event) const;
    void ask(Occasion occasion);
    void ask_waiting();
    std::vector<std::string> sample(std::string_view item, log::Lsn lsn);
    void note_items(const collect::EventView& event);
    void closed(const feedback::Closed& answer);
    void give_due();
    void give(const feedback::Closed& answer);

    const spec::Spec& spec_;
    int index_;
    const spec::ModelDecl& model_;
    const bool asks_before_;    // the event; else when its moment is over
    const std::string& label_;  // property of the event, "" where the contract says what came
    OnExample on_example_;
    model::Columns columns_;
    std::map<log::Lsn, std::unique_ptr<model::Columns>> logged_columns_;
    log::Lsn lsn_ = 0;
    Micros time_ = 0;
    bool importing_ = false;                  // the last record's time was assumed
    Micros silent_from_ = 0, silent_to_ = 0;  // between imported history and what was logged live

    collect::Entities entities_;  // these two only fold with `examples`
    features::FeatureStore features_;
    feedback::OpenPredictions open_;
    model::Baseline baseline_;
    std::unordered_map<std::string, Micros> asked_;  // subject -> last occasion
    std::vector<Occasion> waiting_;                  // for the end of the moment time_
    std::map<std::pair<Micros, log::Lsn>, feedback::Closed> held_;  // by the end of their window
    std::vector<collect::EntityIndex> items_;  // that negatives are drawn from, as they appeared
    std::vector<bool> item_known_;

    collect::EventView event_;
    collect::Effects effects_;
    feedback::Prediction prediction_;
    feedback::Feedback feedback_;
    std::vector<Value> row_;
    Example example_;
};

}  // namespace volant::train
