// What this room's tests share: models with every kind of contract, answers and events in one line.
// Tests only.
#pragma once

#include <string>
#include <vector>

#include "collect/testing.h"
#include "feedback/open_predictions.h"
#include "spec/spec.h"

namespace volant::feedback::testing {

inline constexpr std::string_view kContracts = R"yaml(
name: contracts
subject: user
entities: { user: {}, book: {} }
events:
  open: { user: id, book: id }
  rate: { user: id, book: id, stars: double }
features:
  user.opens: { count: open, by: user }
models:
  shelf:      # a ranking
    decide: { rank: book }
    outcome: { event: open, within: 30m, otherwise: 0 }
    features: [user.*]
  stars:      # a ranking whose outcome is a number, and which assumes nothing
    decide: { rank: book }
    outcome: { event: rate.stars, within: 1h, aggregate: max }
    features: [user.*]
    learner: { family: linear, loss: squared }
  returns:    # closed by its first outcome
    decide: { classify: user }
    outcome: { event: open, within: 1h, otherwise: 0 }
    features: [user.*]
  spends:     # all outcomes of a window together
    decide: { regress: user }
    outcome: { event: rate.stars, within: 2h, otherwise: 0, aggregate: sum }
    features: [user.*]
  mood:       # what was said last
    decide: { regress: user }
    outcome: { within: 1h, aggregate: last }
    features: [user.*]
)yaml";
enum Model { kShelf, kStars, kReturns, kSpends, kMood, kModels };
enum Entity { kUser, kBook };

inline spec::Spec contracts() {
    auto spec = spec::parse_spec(kContracts, "contracts.yaml");
    VOLANT_CHECK(spec.ok());
    return std::move(*spec);
}

inline OpenPrediction answer(const spec::Spec& spec, int model, log::Lsn lsn, Micros at,
                             std::string subject, std::vector<std::string> items = {""}) {
    OpenPrediction open;
    open.lsn = lsn;
    open.model = model;
    open.version = 3;
    open.arm = Arm::kLearned;
    open.spec_lsn = 1;
    open.predicted_at = at;
    open.deadline = at + spec.models[static_cast<std::size_t>(model)].outcome.within;
    open.subject = std::move(subject);
    for (std::string& item : items) open.shown.push_back({std::move(item), "row", 0.5, 0.25, {}});
    return open;
}

// An event that happened at `at` and was known then.
inline std::unique_ptr<collect::testing::Recorded> event(const spec::Spec& spec,
                                                         const std::string& type, Micros at,
                                                         const std::string& user,
                                                         const std::string& book,
                                                         std::optional<double> stars = {}) {
    collect::EventDraft draft;
    draft.type = type;
    draft.event = spec.event_index(type);
    draft.time = at;
    draft.entities = {{kUser, user}, {kBook, book}};
    if (stars) draft.properties.emplace_back("stars", Value(*stars));
    return std::make_unique<collect::testing::Recorded>(spec, draft, 1, at);
}

}  // namespace volant::feedback::testing
