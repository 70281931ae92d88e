// Wheel: all folds, in the order in which a record passes through them. The whole state of a
// workspace is this object and the log it came from; it can be thrown away and rebuilt.
//
// It is built for one specification. Records that an older one shaped (rows of predictions) are
// read with the columns of theirs. A snapshot is taken back for a specification that gives the same
// folds; where the log's beginning is gone, that of another one is taken over as far as it goes.
// Threads: apply, restore and take_over on the apply thread; const functions wherever neither runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collect/dedup.h"
#include "collect/entities.h"
#include "collect/event.h"
#include "collect/event_reader.h"
#include "collect/schema.h"
#include "core/bytes.h"
#include "deploy/decide.h"
#include "deploy/live_models.h"
#include "features/feature_store.h"
#include "feedback/open_predictions.h"
#include "log/fold.h"
#include "model/registry.h"
#include "optimize/controller.h"
#include "optimize/decision_log.h"
#include "protect/keys.h"
#include "spec/spec.h"

namespace volant::optimize {

struct WheelCounts {
    std::uint64_t events = 0;
    std::uint64_t predictions = 0;
    std::uint64_t feedbacks = 0;
    std::uint64_t late_feedbacks = 0;
    std::uint64_t decisions = 0;
    std::uint64_t unreadable = 0;  // records that this build cannot decode
    Micros first_time = 0;
    Micros last_event_time = 0;
};

// A feature that the specification declared when the log that it would have been folded from was
// gone: it counts what came after `lsn`.
struct Beginning {
    std::string feature;
    log::Lsn lsn = 0;
    Micros time = 0;
};

class Wheel : public log::Fold {
  public:
    Wheel(const spec::Spec& spec, deploy::WeightsSource& weights);

    void apply(const log::Record& record) override;
    Micros next_deadline() const override { return open_.next_deadline(); }
    void snapshot(std::string& out) const override;
    void stream(Pieces& out) const override;
    // kConflict under a specification whose folds are others.
    Status restore(std::string_view in) override;
    Result<std::vector<std::string>> take_over(std::string_view in) override;

    const spec::Spec& spec() const { return spec_; }
    log::Lsn lsn() const { return lsn_; }  // applied through here
    Micros time() const { return time_; }  // where the log's time stands
    // The canonical text of the specification that the log holds last, or "".
    std::string_view logged_spec() const {
        return specs_.empty() ? std::string_view{} : specs_.back().second;
    }

    const collect::Entities& entities() const { return entities_; }
    const collect::Schema& schema() const { return schema_; }
    const collect::Dedup& dedup() const { return dedup_; }
    collect::EventReader& reader() { return reader_; }  // for Ingest
    const features::FeatureStore& features() const { return features_; }
    const feedback::OpenPredictions& open() const { return open_; }
    const deploy::LiveModels& live() const { return live_; }
    const model::Registry& registry() const { return registry_; }
    const Controller& controller() const { return controller_; }
    const DecisionLog& decisions() const { return decisions_; }
    const protect::Keys& keys() const { return keys_; }
    // The version that answers: the live one, or 0 while it has no weights, since then the baseline
    // speaks for it.
    std::uint32_t serving(int model) const;
    // Whose weights are kept: what serves, what a rollback goes to, the candidate, and the newest.
    bool is_resident(int model, std::uint32_t version) const;
    // Tries again to load live versions without weights: a snapshot that was taken while a package
    // was damaged is without them. Only where nothing is lost to them that was learned since.
    void load_missing();

    const WheelCounts& counts() const { return counts_; }
    // Features that do not go back to the log's first record; in the order of the specification.
    const std::vector<Beginning>& beginnings() const { return beginnings_; }
    deploy::World world() const { return {spec_, entities_, features_, live_, registry_}; }

  private:
    void event(const log::Record& record);
    void prediction(const log::Record& record);
    void feedback(const log::Record& record);
    void version(const log::Record& record);
    void decision(const log::Record& record);
    void keep_residents(int model);
    void specification(const log::Record& record);
    bool read_columns(log::Lsn lsn, std::string_view canonical);
    bool readable(const Status& status);
    bool restore_head(Cursor& in);
    void begin_features(const std::vector<int>& begin_now, const spec::Spec& before,
                        std::vector<std::string>& notes);

    const spec::Spec& spec_;
    log::Lsn lsn_ = 0;
    Micros time_ = 0;
    std::vector<std::pair<log::Lsn, std::string>> specs_;  // all that the log holds, canonical
    WheelCounts counts_;
    std::vector<Beginning> beginnings_;

    // In the order in which a record passes.
    collect::Schema schema_;
    collect::Dedup dedup_;
    collect::Entities entities_;
    features::FeatureStore features_;
    model::Registry registry_;
    Controller controller_;
    deploy::LiveModels live_;         // tells the controller what it judged
    feedback::OpenPredictions open_;  // tells live_ what closed

    DecisionLog decisions_;
    protect::Keys keys_;

    // Scratch, reused from record to record.
    collect::EventReader reader_;
    collect::Effects effects_;
    feedback::Prediction prediction_;
    feedback::Feedback feedback_;
};

// The canonical text of the specification that a snapshot of a Wheel was taken under. kCorrupt.
Result<std::string> snapshot_specification(std::string_view snapshot);

}  // namespace volant::optimize
