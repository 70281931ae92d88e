// OpenPredictions: a fold. Answers that wait for their outcome, and what closes them.
//
// An outcome comes by prediction id (POST /v1/feedback) or is joined by event: for a ranking, the
// last open showing of that item to that subject gets it; for an answer about an entity, every open
// answer about it does (their windows overlap, and each asked its own question). An event that
// happened before the answer was given is not its outcome. From $identify on, what the person does
// under any id is the outcome of what was asked under any of them. Time is the log's: closings come
// in order (deadline, lsn) before the record that moved the time.
//
// Bounded: past `open_max` shown items (an answer about one thing counts as one) the oldest open
// answers of the same model are dropped without a label, and counted. Threads: the apply thread;
// const functions wherever no apply runs.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collect/event.h"
#include "feedback/answer_store.h"
#include "feedback/contract.h"
#include "feedback/identities.h"
#include "feedback/open_prediction.h"
#include "feedback/prediction.h"
#include "feedback/waiting.h"

namespace volant::feedback {

struct OutcomeCounts {
    std::uint64_t opened = 0;
    std::uint64_t closed_by_outcome = 0;
    std::uint64_t expired = 0;  // closed at the deadline
    std::uint64_t late = 0;
    std::uint64_t joined = 0;     // outcomes that came by event
    std::uint64_t given = 0;      // outcomes that came by prediction id
    std::uint64_t unmatched = 0;  // outcome events without an open answer, or without an outcome
    std::uint64_t dropped = 0;    // by the bound
};

enum class FeedbackState { kOpen, kClosed, kLate };

class OpenPredictions {
  public:
    using OnClosed = std::function<void(const Closed&)>;
    // The first outcome of shown[place], of a ranking that counts first outcomes: it is final, long
    // before the window closes.
    using OnOutcome = std::function<void(const OpenPrediction&, std::size_t place)>;

    // An outcome event of a ranking that named an item which no open answer had shown.
    using OnAlone = std::function<void(int model, std::string_view item)>;

    OpenPredictions(const spec::Spec& spec, OnClosed on_closed, OnOutcome on_outcome = {},
                    OnAlone on_alone = {});

    void open(const OpenPrediction& prediction);
    // Closes what is due at or before `now`, in order (deadline, lsn).
    void expire(Micros now);
    Micros next_deadline() const;

    // What this feedback does to its prediction (which may be closed or dropped already). An
    // outcome that is none (contract.h) changes nothing: logs from before such were refused may
    // hold one.
    FeedbackState feedback(const Feedback& feedback, Micros known_at);
    // The same without doing it.
    FeedbackState would(log::Lsn prediction) const;
    // Joins the event to the answers whose contract names it; follows $identify.
    void event(const collect::EventView& event);

    std::optional<OpenPrediction> find(log::Lsn prediction) const { return open_.find(prediction); }
    const Identities& identities() const { return identities_; }
    std::size_t open_count(int model) const {
        return models_[static_cast<std::size_t>(model)].open;
    }
    const OutcomeCounts& counts(int model) const {
        return models_[static_cast<std::size_t>(model)].counts;
    }

    void snapshot(std::string& out) const;
    Status restore(std::string_view in);
    // Model `i` becomes what `from` has as model models[i] (-1: a new one). Open answers follow the
    // contract as it is now: their window, and what closes them.
    void take_over(OpenPredictions&& from, const std::vector<int>& models);

  private:
    struct Model {
        // By deadline: windows are equal, time moves forward. Of those closed early some are left.
        std::deque<std::pair<Micros, log::Lsn>> due;
        std::size_t open = 0;   // answers
        std::size_t items = 0;  // that they showed
        OutcomeCounts counts;
        Waiting waiting;  // for events
    };
    // An event as an outcome.
    struct Happened {
        std::string_view item;  // "" where the answer is not about an item
        double value = 0;
        Micros event_time = 0, known_at = 0;
    };
    // What waits for one thing, by the ids of one person.
    using Lists = std::vector<std::span<const Waiting::Answer>>;

    FeedbackState would_of(int model) const;
    void outcome(OpenPrediction prediction, std::size_t place, double value, Micros known_at);
    void close(OpenPrediction prediction, Micros at, bool by_outcome);
    void forget(const OpenPrediction& prediction);
    void insert(const OpenPrediction& prediction);
    void drop_oldest(Model& model);
    bool is_joined(const OpenPrediction& prediction) const;
    void join(int model, const collect::EventView& event);
    // Under this id of `entity`, and the other ids of the same person.
    Lists waiting_for(const Model& model, int entity, std::string_view id,
                      std::string_view item) const;
    bool credit_last(Lists lists, const Happened& happened);
    bool credit_all(const Lists& lists, const Happened& happened);
    bool offer(log::Lsn prediction, const Happened& happened);

    const spec::Spec& spec_;
    OnClosed on_closed_;
    OnOutcome on_outcome_;
    OnAlone on_alone_;
    std::vector<Model> models_;
    AnswerStore open_;
    Identities identities_;  // of the subject
};

}  // namespace volant::feedback
