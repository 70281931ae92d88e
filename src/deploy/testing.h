// What this room's tests share: a shop's folds in memory, with events, versions and questions.
// Tests only.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collect/testing.h"
#include "deploy/decide.h"

namespace volant::deploy::testing {

inline constexpr Micros kStart = 1'700'000'000 * kSecond;

inline std::string shop_yaml(const std::string& shelf_loop = "online: true",
                             const std::string& returns_loop = "online: true") {
    return R"(
subject: user
entities: { user: {}, book: {} }
events: { open: { user: id, book: id } }
features:
  user.opens: { count: open, by: user }
  book.opens: { count: open, by: book }
models:
  shelf:
    decide: { rank: book }
    inputs: { device: string }
    outcome: { event: open, within: 30m, otherwise: 0 }
    features: [user.*, book.*]
    loop: { )" +
           shelf_loop + R"( }
  returns:
    decide: { classify: user }
    inputs: { device: string }
    outcome: { within: 1h, otherwise: 0 }
    features: [user.*]
    loop: { )" +
           returns_loop + " }\n";
}

class MemoryWeights final : public WeightsSource {
  public:
    void keep(std::uint32_t version, const model::LinearModel& weights) {
        weights_[version] = weights.clone();
    }
    Result<std::unique_ptr<model::LinearModel>> load(const std::string&,
                                                     std::uint32_t version) override {
        const auto it = weights_.find(version);
        if (it == weights_.end()) return fail(Code::kCorrupt, "no such package");
        return it->second->clone();
    }

  private:
    std::map<std::uint32_t, std::unique_ptr<model::LinearModel>> weights_;
};

constexpr int kShelf = 0, kReturns = 1;

class Shop {
  public:
    explicit Shop(const std::string& yaml = shop_yaml()) : spec(*spec::parse_spec(yaml)) {
        live.add_spec(1, spec);
    }
    Shop(const Shop&) = delete;
    Shop& operator=(const Shop&) = delete;

    void open(const std::string& user, const std::string& book) {
        collect::EventDraft draft;
        draft.type = "open";
        draft.event = spec.event_index("open");
        draft.time = kStart;
        draft.entities = {{0, user}, {1, book}};
        collect::testing::Recorded event(spec, draft, ++lsn, kStart);
        entities.observe(event.view, effects_);
        features.observe(event.view, effects_);
    }
    // A version that serves, which was trained through `trained_lsn`.
    void serve(int model, std::uint32_t version, log::Lsn trained_lsn = 0) {
        model::VersionRecord record;
        record.model = spec.models[static_cast<std::size_t>(model)].name;
        record.version = version;
        registry.version(record, {.clear = {}, .sealed = {}});
        live.add_version(model, version, trained_lsn);
        registry.decision({model::DecisionKind::kPromote, record.model, version, 0, "test", "", {}},
                          {.clear = {}, .sealed = {}});
    }
    World world() const { return {spec, entities, features, live, registry}; }

    Question ranking(const std::string& user, std::vector<std::string> candidates,
                     std::uint32_t k = 10) const {
        Question question;
        question.model = kShelf;
        question.entities = {{0, user}};
        question.inputs = {Value("phone")};
        question.candidates = std::move(candidates);
        question.k = k;
        return question;
    }
    Question returning(const std::string& user) const {
        Question question;
        question.model = kReturns;
        question.entities = {{0, user}};
        question.inputs = {Value("phone")};
        return question;
    }

    spec::Spec spec;
    collect::Entities entities{spec};
    features::FeatureStore features{spec, entities};
    MemoryWeights weights;
    std::vector<std::pair<std::uint32_t, double>> version_losses;  // as they were judged
    std::vector<double> baseline_losses;
    LiveModels live{spec, weights, [this](const Judged& judged) {
                        baseline_losses.push_back(judged.baseline_loss);
                        for (const auto& loss : judged.version_losses)
                            version_losses.push_back(loss);
                    }};
    model::Registry registry{spec};
    log::Lsn lsn = 1;

  private:
    collect::Effects effects_;
};

}  // namespace volant::deploy::testing
