// Registry: a fold. Which versions a model has, their scores, and what served when.
//
// Version 0 is the built-in baseline and always there. A version comes by a kVersion record
// (training ended well) and moves by kDecision records; every decision carries the numbers it was
// taken on. Threads: the apply thread; const functions wherever no apply runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "log/record.h"
#include "spec/spec.h"

namespace volant::model {

// A figure with its interval, beside the baseline's.
struct Score {
    std::string name;  // "log_loss", "auc", ...
    double value = 0;
    double low = 0;
    double high = 0;
    double baseline = 0;
};

struct VersionRecord {
    std::string model;
    std::uint32_t version = 0;
    std::string digest;  // names the package's content
    log::Lsn spec_lsn = 0;
    log::Lsn trained_lsn = 0;  // every outcome known through here is in its weights
    std::uint64_t examples = 0;
    std::uint64_t job = 0;
    std::vector<Score> scores;
    std::uint64_t scored = 0;  // examples set aside that the scores are of; 0 = not known
};

// Stored: append only.
enum class DecisionKind : std::uint8_t {
    kPromote = 0,   // `version` serves from here on
    kRollback = 1,  // `version` (an earlier one, or 0) serves again
    kRefuse = 2,    // the gate said no to `version`
    kGate = 3,      // the gate opened for `version`
    kRetrain = 4,   // a training was started, and why
};
std::string_view decision_name(DecisionKind kind);

struct DecisionRecord {
    DecisionKind kind = DecisionKind::kPromote;
    std::string model;
    std::uint32_t version = 0;
    std::uint32_t from = 0;  // the version that served before
    std::string by;          // "controller", "user"
    std::string why;
    std::vector<std::pair<std::string, double>> numbers;
};

std::string encode_version(const VersionRecord& version);
Result<VersionRecord> decode_version(const log::Record& record);
std::string encode_decision(const DecisionRecord& decision);
Result<DecisionRecord> decode_decision(const log::Record& record);

enum class VersionState : std::uint8_t { kCandidate = 0, kLive = 1, kRetired = 2, kRefused = 3 };
std::string_view version_state_name(VersionState state);

struct VersionEntry : VersionRecord {
    log::Lsn lsn = 0;
    Micros registered_at = 0;
    VersionState state = VersionState::kCandidate;
};

// A stretch of time in which one version served.
struct Served {
    std::uint32_t version = 0;
    Micros from = 0;
    Micros until = kNever;
};

class Registry {
  public:
    struct Model {
        std::vector<VersionEntry> versions;  // in order, from 1
        std::vector<Served> served;
        std::uint32_t live = 0;
        std::uint32_t previous = 0;   // what a rollback goes to
        std::uint32_t candidate = 0;  // in the gate, or 0
    };

    explicit Registry(const spec::Spec& spec) : spec_(spec), models_(spec.models.size()) {}

    void version(const VersionRecord& version, const log::Record& record);
    void decision(const DecisionRecord& decision, const log::Record& record);

    const Model& model(int index) const { return models_[static_cast<std::size_t>(index)]; }
    const VersionEntry* find(int model, std::uint32_t version) const;

    void snapshot(std::string& out) const;
    Status restore(std::string_view in);
    // Model `i` becomes what `from` has as model models[i] (-1: a new one).
    void take_over(Registry&& from, const std::vector<int>& models);

  private:
    const spec::Spec& spec_;
    std::vector<Model> models_;
};

}  // namespace volant::model
