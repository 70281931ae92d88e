// Spec: what volant.yaml says, as plain checked structs. Everything that runs reads this; only
// spec/parse*.cpp know YAML. Indices into the vectors are stable for one Spec.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "core/value.h"

namespace volant::spec {

// Declared types of attributes, properties and inputs. `id` marks an entity of that name;
// category and text are strings (a category is a feature by its value, a text is not, yet).
enum class FieldType : std::uint8_t {
    kAny,
    kBool,
    kInt,
    kDouble,
    kString,
    kCategory,
    kText,
    kTime,
    kPoint,
    kList
};
Type stored_type(FieldType type);
std::string_view field_type_name(FieldType type);

struct FieldDecl {
    std::string name;
    FieldType type = FieldType::kAny;
    bool operator==(const FieldDecl&) const = default;
};

struct EntityDecl {
    std::string name;
    std::vector<FieldDecl> attributes;
    int attribute_index(std::string_view name) const;  // -1 if unknown
    bool operator==(const EntityDecl&) const = default;
};

struct EventDecl {
    std::string name;
    std::vector<int> entities;  // indices, those declared `id`: required
    std::vector<FieldDecl> properties;
    bool strict = false;  // `$strict: true`: undeclared properties are refused
    bool has_entity(int entity) const;
    int property_index(std::string_view name) const;  // -1 if unknown
    bool operator==(const EventDecl&) const = default;
};

enum class Op : std::uint8_t {
    kCount,
    kSum,
    kMean,
    kMin,
    kMax,
    kRatio,
    kDistinct,
    kLast,
    kSince,
    kDecay,
    kAttribute,
};
inline constexpr int kOpsCount = static_cast<int>(Op::kAttribute) + 1;
std::string_view op_name(Op op);

// `property op value`: eq ne lt le gt ge in.
struct Condition {
    enum class Test : std::uint8_t { kEq, kNe, kLt, kLe, kGt, kGe, kIn };
    std::string property;
    Test test = Test::kEq;
    std::vector<Value> values;  // one, or several for `in`
    bool operator==(const Condition&) const = default;
};

// One part of a feature's key: an entity, or an attribute of an entity (`book.category`).
struct KeyPart {
    int entity = -1;
    int attribute = -1;  // -1: the entity itself
    bool operator==(const KeyPart&) const = default;
};

// What is taken from the event: nothing (count), a property, or an entity's id.
struct Source {
    std::string event;
    std::string property;  // "" if none
    int entity = -1;       // `last: read.book`: an entity's id
    bool operator==(const Source&) const = default;
};

struct FeatureDecl {
    std::string name;   // "user.reads_7d"
    std::string group;  // "user": the part before the dot; learner interactions name groups
    Op op = Op::kCount;
    std::vector<Source> sources;  // one; ratio: [numerator, denominator]
    std::vector<KeyPart> by;      // 1 or 2 parts
    std::string
        through;  // a relation ("friend"): the state of the first key's linked entities, together
    Micros window = kNever;  // kNever = all time
    Micros half_life = 0;    // decay
    double prior_hits = 0;   // ratio: (hits + a) / (tries + b)
    double prior_tries = 0;
    std::uint32_t n = 1;           // last: how many
    std::vector<Condition> where;  // all must hold; of a ratio, for both of its events
    KeyPart attribute;             // op kAttribute
    bool operator==(const FeatureDecl&) const = default;
};

enum class Task : std::uint8_t { kClassify, kRegress, kRank };
std::string_view task_name(Task task);
enum class Aggregate : std::uint8_t { kFirst, kLast, kSum, kMax };

// Of any outcome, either way: the square of a larger one would drown every mean that it goes into,
// or be no number at all.
inline constexpr double kOutcomeMax = 1e15;

struct OutcomeDecl {
    std::string event;     // "" : only POST /v1/feedback
    std::string property;  // `event: rating.stars`: the outcome's value; "" = 1
    Micros within = kDay;
    std::optional<double> otherwise;  // what no outcome means; none = the example is dropped
    Aggregate aggregate = Aggregate::kFirst;
    bool operator==(const OutcomeDecl&) const = default;
};

struct ExamplesDecl {
    std::string at;    // event
    Micros every = 0;  // at most one in this time for each subject; 0 = every event
    std::uint32_t negatives = 0;
    std::string label;  // `label: FIELD`
    bool operator==(const ExamplesDecl&) const = default;
};

enum class Loss : std::uint8_t { kLogistic, kSquared, kQuantile, kPoisson };
enum class Optimizer : std::uint8_t {
    kAdaptive,
    kFtrl
};  // VW-like adaptive+normalised+invariant; FTRL-proximal

// The group of a model's inputs, beside the groups of its features.
inline constexpr std::string_view kInputGroup = "input";

struct LearnerDecl {
    std::string family = "linear";
    Loss loss = Loss::kLogistic;
    Optimizer optimizer = Optimizer::kAdaptive;
    std::uint32_t bits = 18;  // 2^bits weights, 18..24
    double rate = 0.5;
    double power_t = 0.5;
    double l1 = 0, l2 = 0;
    double ftrl_alpha = 0.005, ftrl_beta = 0.1;
    double quantile = 0.5;
    std::vector<std::vector<std::string>>
        interactions;  // groups of features, "input", or
                       // a ranking's subject and item: [[user, book]]
    std::uint32_t passes = 1;
    std::uint64_t seed = 1;
    std::uint32_t early_stop = 0;   // passes without improvement; 0 = off
    bool chosen_by_default = true;  // `learner` was left out
    bool operator==(const LearnerDecl&) const = default;
};

struct ExploreDecl {
    enum class Kind : std::uint8_t { kEpsilon, kSoftmax };
    Kind kind = Kind::kEpsilon;
    double epsilon = 0;      // 0 = off
    double temperature = 1;  // softmax
    bool operator==(const ExploreDecl&) const = default;
};

struct RetrainDecl {
    Micros every = 0;            // 0 = off
    std::uint64_t or_after = 0;  // outcomes; 0 = off
    double score_drop = 0;       // relative rise of the progressive loss; 0 = off
    bool operator==(const RetrainDecl&) const = default;
};

struct GateDecl {
    double alpha = 0.05;
    std::uint64_t outcomes = 1000;  // fresh closed impressions to compare on
    Micros patience = 30 * kDay;    // after that the candidate is refused
    bool operator==(const GateDecl&) const = default;
};

struct LoopDecl {
    bool online = true;
    ExploreDecl explore;
    double holdback = 0;  // share of subjects served by the baseline
    double random = 0;    // share of subjects served at random (an arm to compare with)
    RetrainDecl retrain;
    GateDecl gate;
    bool auto_promote = true;
    bool operator==(const LoopDecl&) const = default;
};

struct ModelDecl {
    std::string name;
    Task task = Task::kClassify;
    int entity = -1;          // rank: the items' entity; classify/regress: the entity, or -1
    std::string label_event;  // `classify: impression.click`
    std::string label_property;
    std::vector<FieldDecl> inputs;
    OutcomeDecl outcome;
    std::optional<ExamplesDecl> examples;
    std::vector<int> features;  // indices into Spec::features, globs expanded, in file order
    LearnerDecl learner;
    LoopDecl loop;
    bool operator==(const ModelDecl&) const = default;
};

struct ServerDecl {
    std::string listen = "127.0.0.1";
    std::uint16_t port = 7700;
    std::uint32_t threads = 0;  // network threads; 0 = by the machine
    std::uint64_t body_max = 32u << 20;
    std::uint64_t event_max = 1u << 20;
    std::uint64_t elements_max = 10'000;
    double rate_limit = 0;                 // requests a second for each key or address; 0 = off
    std::vector<std::string> origins;      // CORS
    std::string tls_certificate, tls_key;  // paths; both or none
    // What state may grow to; the defaults are for a limit of 512 MB (docs/concepts/limits.md).
    std::uint64_t entities_max = 250'000;  // ids of each entity; past it the longest unseen goes
    std::uint64_t open_max = 200'000;      // of each model, shown items that wait for their
                                           // outcome; past it the oldest answer goes unlabelled
    std::uint64_t dedup_max = 1'000'000;   // fingerprints for each of two generations
    bool operator==(const ServerDecl&) const = default;
};

struct LogDecl {
    Micros retention = kNever;
    std::uint64_t segment_bytes = 64u << 20;
    std::uint64_t snapshot_every = 1'000'000;
    bool operator==(const LogDecl&) const = default;
};

struct TrainingDecl {
    std::uint32_t threads = 0;
    double holdout = 0.2;  // the last part, by time, for the offline score
    bool operator==(const TrainingDecl&) const = default;
};

struct Spec {
    std::string name;
    bool simulated_time = false;
    ZoneRule zone;
    std::string zone_name;  // of the IANA database; "" where `zone` is an offset
    int subject = -1;  // index into entities, or -1
    std::vector<EntityDecl> entities;
    std::vector<EventDecl> events;
    std::vector<FeatureDecl> features;
    std::vector<ModelDecl> models;
    ServerDecl server;
    LogDecl log;
    TrainingDecl training;
    std::string
        canonical;  // the text that is recorded in the log; parse(canonical) gives this Spec again

    int entity_index(std::string_view name) const;  // -1 if unknown
    int event_index(std::string_view name) const;
    int model_index(std::string_view name) const;
    int feature_index(std::string_view name) const;
    bool operator==(const Spec&) const = default;
};

// Bounds of a specification: what lies beyond is refused.
inline constexpr std::size_t kEntitiesMax = 64;
inline constexpr std::size_t kEventsMax = 1024;
inline constexpr std::size_t kFieldsMax = 1024;  // of one entity, event or model's inputs
inline constexpr std::size_t kFeaturesMax = 4096;
inline constexpr std::size_t kModelsMax = 256;
inline constexpr std::size_t kNameBytesMax = 64;
inline constexpr std::size_t kLastMax = 256;  // values of one `last`

// Parses and checks a whole volant.yaml. Errors: kInvalidSpec, "FILE:LINE:COLUMN: KEY: found ...,
// expected ...".
Result<Spec> parse_spec(std::string_view text, std::string_view file = "volant.yaml");

// The same for a canonical text that the log or a snapshot holds. Its zone is not looked up: what
// is logged has UTC everywhere, and must be read on a machine that knows no zones, or other ones.
Result<Spec> parse_logged_spec(std::string_view text, std::string_view where);

}  // namespace volant::spec
