// OpenPredictions against an oracle that keeps every answer in a list and walks it: the same
// random answers, events, feedback and passing of time must close the same answers in the same
// order with the same outcomes; also across a snapshot at any place.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "feedback/open_predictions.h"
#include "feedback/testing.h"

namespace volant::feedback {
namespace {

using testing::answer;
using testing::contracts;
using testing::event;
using testing::kModels;
using testing::kShelf;
using testing::kStars;

struct Outcome {
    log::Lsn lsn;
    Micros closed_at;
    bool by_outcome;
    std::vector<std::optional<double>> outcomes;
    bool operator==(const Outcome&) const = default;
};

Outcome outcome_of(const Closed& closed) {
    Outcome out{closed.lsn, closed.closed_at, closed.by_outcome, {}};
    for (const ShownItem& shown : closed.shown) out.outcomes.push_back(shown.outcome);
    return out;
}

// What happened, in words that both sides understand.
struct Happened {
    std::string type, user, book;
    Micros at;
    double stars;
};

class Oracle {
  public:
    explicit Oracle(const spec::Spec& spec) : spec_(spec) {}

    void open(const OpenPrediction& answer) {
        while (true) {
            const OpenPrediction* oldest = nullptr;
            std::size_t items = items_in(answer);
            for (const OpenPrediction& other : open_) {
                if (other.model != answer.model) continue;
                items += items_in(other);
                if (oldest == nullptr ||
                    std::pair(other.deadline, other.lsn) < std::pair(oldest->deadline, oldest->lsn))
                    oldest = &other;
            }
            if (oldest == nullptr || items <= spec_.server.open_max) break;
            remove(oldest->lsn);
        }
        open_.push_back(answer);
    }
    static std::size_t items_in(const OpenPrediction& answer) {
        return std::max<std::size_t>(1, answer.shown.size());
    }
    void expire(Micros now) {
        while (true) {
            OpenPrediction* next = nullptr;
            for (OpenPrediction& answer : open_) {
                if (answer.deadline > now) continue;
                if (next == nullptr ||
                    std::pair(answer.deadline, answer.lsn) < std::pair(next->deadline, next->lsn))
                    next = &answer;
            }
            if (next == nullptr) return;
            close(*next, next->deadline, false);
        }
    }
    void feedback(log::Lsn lsn, const std::string& item, double value, Micros now) {
        for (OpenPrediction& answer : open_) {
            if (answer.lsn == lsn) return credit(answer, item, value, now);
        }
    }
    void event(const Happened& happened) {
        for (int m = 0; m < kModels; ++m) {
            const spec::ModelDecl& model = spec_.models[static_cast<std::size_t>(m)];
            if (model.outcome.event != happened.type) continue;
            const bool ranking = model.task == spec::Task::kRank;
            const std::string item = ranking ? happened.book : "";
            const double value = model.outcome.property.empty() ? 1 : happened.stars;
            std::vector<log::Lsn> matches;
            for (const OpenPrediction& answer : open_) {
                const bool shows =
                    std::any_of(answer.shown.begin(), answer.shown.end(),
                                [&](const ShownItem& shown) { return shown.item == item; });
                if (answer.model == m && one_person(answer.subject, happened.user) && shows &&
                    happened.at >= answer.predicted_at && happened.at <= answer.deadline)
                    matches.push_back(answer.lsn);
            }
            if (matches.empty()) continue;
            if (ranking) matches = {*std::max_element(matches.begin(), matches.end())};
            for (const log::Lsn lsn : matches) feedback(lsn, item, value, happened.at);
        }
    }
    void identify(const std::string& user, const std::string& anonymous) {
        pairs_.emplace_back(user, anonymous);
    }
    const std::vector<OpenPrediction>& answers() const { return open_; }

    std::vector<Outcome> closed;

  private:
    bool one_person(const std::string& a, const std::string& b) const {
        std::set<std::string> ids = {a};
        for (std::size_t size = 0; size != ids.size();) {  // until no pair adds another
            size = ids.size();
            for (const auto& [user, anonymous] : pairs_) {
                if (ids.contains(user) || ids.contains(anonymous)) ids.insert({user, anonymous});
            }
        }
        return ids.contains(b);
    }
    void credit(OpenPrediction& answer, const std::string& item, double value, Micros now) {
        const spec::ModelDecl& model = spec_.models[static_cast<std::size_t>(answer.model)];
        bool showed = false;
        for (ShownItem& shown : answer.shown) {
            if (shown.item != item) continue;
            showed = true;
            const bool first = !shown.outcome.has_value();
            switch (model.outcome.aggregate) {
                case spec::Aggregate::kFirst:
                    if (first) shown.outcome = value;
                    break;
                case spec::Aggregate::kLast:
                    shown.outcome = value;
                    break;
                case spec::Aggregate::kSum:
                    shown.outcome = shown.outcome.value_or(0) + value;
                    break;
                case spec::Aggregate::kMax:
                    shown.outcome = first ? value : std::max(*shown.outcome, value);
                    break;
            }
        }
        if (showed && model.task != spec::Task::kRank &&
            model.outcome.aggregate == spec::Aggregate::kFirst)
            close(answer, now, true);
    }
    void close(OpenPrediction answer, Micros at, bool by_outcome) {
        Closed out{answer, at, by_outcome};
        for (ShownItem& shown : out.shown) {
            if (!shown.outcome)
                shown.outcome = spec_.models[static_cast<std::size_t>(out.model)].outcome.otherwise;
        }
        closed.push_back(outcome_of(out));
        remove(answer.lsn);
    }
    void remove(log::Lsn lsn) {
        std::erase_if(open_, [&](const OpenPrediction& answer) { return answer.lsn == lsn; });
    }

    const spec::Spec& spec_;
    std::vector<OpenPrediction> open_;
    std::vector<std::pair<std::string, std::string>> pairs_;
};

class World {
  public:
    World(std::uint64_t seed, bool snapshots) : random_(seed), snapshots_(snapshots) {
        spec_.server.open_max = 5 + random_.below(40);
        make();
    }

    void step() {
        time_ += static_cast<Micros>(random_.below(4 * 60)) * kSecond;
        ++lsn_;
        real_->expire(time_);
        oracle_.expire(time_);
        if (random_.chance(0.005)) return identify();
        switch (random_.below(4)) {
            case 0:
            case 1:
                return give();
            case 2:
                return happen();
            default:
                return say();
        }
    }
    void maybe_snapshot() {
        if (!snapshots_ || !random_.chance(0.02)) return;
        std::string bytes, again;
        real_->snapshot(bytes);
        make();
        ASSERT_TRUE(real_->restore(bytes).ok());
        real_->snapshot(again);
        ASSERT_EQ(bytes, again);
    }
    void compare() const {
        ASSERT_EQ(closed_, oracle_.closed);
        std::size_t open = 0;
        for (int m = 0; m < kModels; ++m) open += real_->open_count(m);
        ASSERT_EQ(open, oracle_.answers().size());
        for (const OpenPrediction& answer : oracle_.answers())
            ASSERT_TRUE(real_->find(answer.lsn)) << answer.lsn;
    }

  private:
    void make() {
        real_ = std::make_unique<OpenPredictions>(
            spec_, [this](const Closed& closed) { closed_.push_back(outcome_of(closed)); });
    }
    std::string user() { return "u" + std::to_string(random_.below(12)); }
    std::string book() { return "b" + std::to_string(random_.below(6)); }

    void give() {
        const int model = static_cast<int>(random_.below(kModels));
        std::vector<std::string> items;
        if (model == kShelf || model == kStars) {
            for (std::uint64_t i = 1 + random_.below(4); i > 0; --i) {
                std::string item = book();
                if (std::find(items.begin(), items.end(), item) == items.end())
                    items.push_back(std::move(item));
            }
        } else {
            items = {""};
        }
        const OpenPrediction open = answer(spec_, model, lsn_, time_, user(), items);
        real_->open(open);
        oracle_.open(open);
    }
    void happen() {
        Happened happened{random_.chance(0.5) ? "open" : "rate", user(), book(), time_,
                          static_cast<double>(random_.below(6))};
        if (random_.chance(0.3))  // it comes late, or its clock is ahead
            happened.at += (static_cast<Micros>(random_.below(3'600)) - 3'000) * kSecond;
        real_->event(testing::event(spec_, happened.type, happened.at, happened.user, happened.book,
                                    happened.stars)
                         ->view);
        oracle_.event(happened);
    }
    void identify() {
        const std::string of = user(), anonymous = user();
        collect::EventDraft draft;
        draft.type = "$identify";
        draft.entities = {{testing::kUser, of}};
        draft.properties = {{"anonymous", Value(anonymous)}};
        real_->event(collect::testing::Recorded(spec_, draft).view);
        oracle_.identify(of, anonymous);
    }
    void say() {
        if (oracle_.answers().empty()) return;
        const OpenPrediction& answer = oracle_.answers()[random_.below(oracle_.answers().size())];
        Feedback feedback;
        feedback.prediction = random_.chance(0.1) ? 1 + random_.below(lsn_) : answer.lsn;
        const std::string item = answer.shown[random_.below(answer.shown.size())].item;
        feedback.item = item;
        feedback.outcome = static_cast<double>(random_.below(3));
        real_->feedback(feedback, time_);
        oracle_.feedback(feedback.prediction, item, feedback.outcome, time_);
    }

    Random random_;
    bool snapshots_;
    spec::Spec spec_ = contracts();
    std::unique_ptr<OpenPredictions> real_;
    Oracle oracle_{spec_};
    std::vector<Outcome> closed_;
    Micros time_ = 1'000'000 * kSecond;
    log::Lsn lsn_ = 0;
};

TEST(OpenPredictionsOracle, ClosesTheSameAnswersWithTheSameOutcomes) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        World world(seed, seed % 2 == 0);
        for (int i = 0; i < 1'500; ++i) {
            world.step();
            ASSERT_NO_FATAL_FAILURE(world.maybe_snapshot());
        }
        ASSERT_NO_FATAL_FAILURE(world.compare()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace volant::feedback
