#include "spec/table.h"

namespace volant::spec {
namespace {

using settings::Kind;
using settings::Row;

constexpr std::string_view kAttributeTypes =
    "any|bool|int|double|string|category|text|time|point|list";
constexpr std::string_view kPropertyTypes =
    "any|bool|int|double|string|category|text|time|point|list|id";
constexpr std::string_view kLaterFamilies =
    "trees|mlp|cnn|lstm|transformer|kmeans|knn|naive_bayes|svm|factorization";

// clang-format off
constexpr Row kRows[] = {
    // The workspace.
    {.path = "name", .kind = Kind::kString, .fallback = "workspace", .text = "The workspace's name, as it is shown: 1 to 128 bytes."},
    {.path = "subject", .kind = Kind::kString, .text = "The entity whose privacy is protected; shares of traffic are shares of subjects."},
    {.path = "time_zone", .kind = Kind::kString, .text = "The zone of times that come without one: UTC, an offset such as +01:00, or a zone of the system such as Europe/Berlin; left out, such times are refused; `volant import` takes those of a file as UTC, or as --time-zone says, with a note."},
    {.path = "time", .kind = Kind::kChoice, .fallback = "system", .values = "system|simulated", .text = "Where the clock comes from: the machine, or each request's Volant-Time header."},

    // What there is, and what happens to it.
    {.path = "entities", .kind = Kind::kMap, .text = "The kinds of things that have ids: users, items, places."},
    {.path = "entities.*", .kind = Kind::kMap, .text = "An entity's attributes, which `$set` events change."},
    {.path = "entities.*.*", .kind = Kind::kChoice, .values = kAttributeTypes, .text = "An attribute's type; a category is a string that features use by its value, a text is not used yet."},
    {.path = "events", .kind = Kind::kMap, .text = "The events that users cause."},
    {.path = "events.*", .kind = Kind::kMap, .text = "An event's entities (type `id`, named like the entity; required) and properties."},
    {.path = "events.*.$strict", .kind = Kind::kBool, .fallback = "false", .text = "Refuse properties that are not declared, instead of noting their types."},
    {.path = "events.*.*", .kind = Kind::kChoice, .values = kPropertyTypes, .text = "A property's type; `id` marks the id of the entity of that name."},
    {.path = "tables", .kind = Kind::kMap, .text = "Tables of examples, imported from files.", .not_yet = true},

    // Features.
    {.path = "features", .kind = Kind::kMap, .text = "What is known about an entity, or a pair, when a decision is made; each name is GROUP.NAME."},
    {.path = "features.*", .kind = Kind::kMap, .text = "A feature: one of count, sum, mean, min, max, ratio, distinct, last, since, decay and attribute, and how it is keyed."},
    {.path = "features.*.count", .kind = Kind::kString, .text = "How many of this event."},
    {.path = "features.*.sum", .kind = Kind::kString, .text = "The sum of a number, EVENT.PROPERTY."},
    {.path = "features.*.mean", .kind = Kind::kString, .text = "The mean of a number, EVENT.PROPERTY."},
    {.path = "features.*.min", .kind = Kind::kString, .text = "The least of a number, EVENT.PROPERTY."},
    {.path = "features.*.max", .kind = Kind::kString, .text = "The greatest of a number, EVENT.PROPERTY."},
    {.path = "features.*.ratio", .kind = Kind::kList, .text = "How many of the first event for each of the second: [finish, open]."},
    {.path = "features.*.distinct", .kind = Kind::kString, .text = "How many different values, EVENT.PROPERTY or EVENT.ENTITY."},
    {.path = "features.*.last", .kind = Kind::kString, .text = "The latest values, EVENT.PROPERTY or EVENT.ENTITY."},
    {.path = "features.*.since", .kind = Kind::kString, .text = "Seconds since the latest of this event."},
    {.path = "features.*.decay", .kind = Kind::kString, .text = "A count (EVENT) or a sum (EVENT.PROPERTY) that fades by half in each half_life."},
    {.path = "features.*.attribute", .kind = Kind::kString, .text = "An attribute as it stands, ENTITY.ATTRIBUTE."},
    {.path = "features.*.by", .kind = Kind::kList, .text = "One or two keys: an entity, or ENTITY.ATTRIBUTE."},
    {.path = "features.*.through", .kind = Kind::kString, .text = "A relation made by `$link`: what is known of those that the first key's entity is linked to, together."},
    {.path = "features.*.window", .kind = Kind::kDuration, .fallback = "all", .least = "1m", .most = "all", .text = "How far back events count."},
    {.path = "features.*.half_life", .kind = Kind::kDuration, .least = "1s", .most = "3650d", .text = "Of decay: after this time an event counts half."},
    {.path = "features.*.prior", .kind = Kind::kList, .text = "Of ratio: [hits, tries] that are added, so that few events do not say much."},
    {.path = "features.*.n", .kind = Kind::kInt, .fallback = "1", .least = "1", .most = "256", .text = "Of last: how many values are kept."},
    {.path = "features.*.where", .kind = Kind::kMap, .text = "Only events whose properties pass: a value, a list of values, or tests {eq, ne, lt, le, gt, ge, in}."},
    {.path = "features.*.where.*", .kind = Kind::kAny, .text = "A value, a list of values, or a map of tests."},

    // Models.
    {.path = "models", .kind = Kind::kMap, .text = "The decisions that are learned."},
    {.path = "models.*", .kind = Kind::kMap, .text = "A model: what it decides, from what, and how it goes on learning."},
    {.path = "models.*.decide", .kind = Kind::kMap, .text = "The decision: one of rank, classify and regress."},
    {.path = "models.*.decide.rank", .kind = Kind::kString, .text = "Put items of this entity in order, best first."},
    {.path = "models.*.decide.classify", .kind = Kind::kString, .text = "Yes or no: about an entity, or EVENT.PROPERTY."},
    {.path = "models.*.decide.regress", .kind = Kind::kString, .text = "A number: about an entity, or EVENT.PROPERTY."},
    {.path = "models.*.decide.choose", .kind = Kind::kAny, .text = "One of a few actions, learned as a bandit.", .not_yet = true},
    {.path = "models.*.decide.forecast", .kind = Kind::kAny, .text = "A series of numbers to come.", .not_yet = true},
    {.path = "models.*.inputs", .kind = Kind::kMap, .text = "What comes with the request."},
    {.path = "models.*.inputs.*", .kind = Kind::kChoice, .values = kAttributeTypes, .text = "An input's type."},
    {.path = "models.*.outcome", .kind = Kind::kMap, .text = "The contract: what closes a prediction, and with which value."},
    {.path = "models.*.outcome.event", .kind = Kind::kString, .text = "The event that is an outcome of 1, or EVENT.PROPERTY for the property's value; left out, outcomes come by POST /v1/feedback alone."},
    {.path = "models.*.outcome.within", .kind = Kind::kDuration, .fallback = "1d", .least = "1s", .most = "365d", .text = "How long a prediction waits for its outcome."},
    {.path = "models.*.outcome.otherwise", .kind = Kind::kNumber, .text = "The outcome when none came; left out, such a prediction teaches nothing."},
    {.path = "models.*.outcome.aggregate", .kind = Kind::kChoice, .fallback = "first", .values = "first|last|sum|max", .text = "How several outcomes become one."},
    {.path = "models.*.examples", .kind = Kind::kMap, .text = "Examples from history that was never served."},
    {.path = "models.*.examples.at", .kind = Kind::kString, .text = "At these events a decision could have been made."},
    {.path = "models.*.examples.every", .kind = Kind::kDuration, .fallback = "0s", .least = "0s", .most = "365d", .text = "At most one example in this time for each subject; 0s takes every event."},
    {.path = "models.*.examples.negatives", .kind = Kind::kInt, .fallback = "0", .least = "0", .most = "1000", .text = "Of a ranking: sampled items beside the event's own."},
    {.path = "models.*.examples.label", .kind = Kind::kString, .text = "The event's property that is the label, instead of the outcome contract."},
    {.path = "models.*.features", .kind = Kind::kList, .text = "Names of features; `*` stands for any letters."},
    {.path = "models.*.learner", .kind = Kind::kMap, .text = "How it learns; left out, a default is chosen and shown."},
    {.path = "models.*.learner.family", .kind = Kind::kChoice, .fallback = "linear", .values = "linear", .later = kLaterFamilies, .text = "The model family."},
    {.path = "models.*.learner.loss", .kind = Kind::kChoice, .values = "logistic|squared|quantile|poisson", .text = "What is made small; left out: logistic for yes or no, squared for numbers."},
    {.path = "models.*.learner.optimizer", .kind = Kind::kChoice, .fallback = "adaptive", .values = "adaptive|ftrl", .text = "Adaptive and normalised steps in the manner of Vowpal Wabbit, or FTRL-proximal."},
    {.path = "models.*.learner.bits", .kind = Kind::kInt, .fallback = "18", .least = "18", .most = "24", .text = "2^bits weights."},
    {.path = "models.*.learner.rate", .kind = Kind::kNumber, .fallback = "0.5", .least = "1e-6", .most = "100", .text = "The adaptive optimizer's learning rate."},
    {.path = "models.*.learner.power_t", .kind = Kind::kNumber, .fallback = "0.5", .least = "0", .most = "1", .text = "How fast the learning rate falls."},
    {.path = "models.*.learner.l1", .kind = Kind::kNumber, .fallback = "0", .least = "0", .most = "1000", .text = "L1 regularisation: small weights become zero."},
    {.path = "models.*.learner.l2", .kind = Kind::kNumber, .fallback = "0", .least = "0", .most = "1000", .text = "L2 regularisation: large weights shrink."},
    {.path = "models.*.learner.ftrl_alpha", .kind = Kind::kNumber, .fallback = "0.005", .least = "1e-6", .most = "100", .text = "FTRL's alpha: the step size."},
    {.path = "models.*.learner.ftrl_beta", .kind = Kind::kNumber, .fallback = "0.1", .least = "0", .most = "100", .text = "FTRL's beta: how long first steps stay small."},
    {.path = "models.*.learner.quantile", .kind = Kind::kNumber, .fallback = "0.5", .least = "0.001", .most = "0.999", .text = "Of the quantile loss: which quantile is predicted."},
    {.path = "models.*.learner.interactions", .kind = Kind::kAny, .text = "Groups whose terms are multiplied: [[user, book]]; `input` is the group of the inputs, and a ranking's subject and item have groups of their names. Left out, a ranking multiplies its subject's and its item's."},
    {.path = "models.*.learner.passes", .kind = Kind::kInt, .fallback = "1", .least = "1", .most = "1000", .text = "How often training reads the examples."},
    {.path = "models.*.learner.seed", .kind = Kind::kInt, .fallback = "1", .least = "0", .most = "9223372036854775807", .text = "The seed of everything that is drawn."},
    {.path = "models.*.learner.early_stop", .kind = Kind::kInt, .fallback = "0", .least = "0", .most = "1000", .text = "Stop after so many passes without improvement; 0: never."},
    {.path = "models.*.learner.input", .kind = Kind::kAny, .text = "The form of a network's input.", .not_yet = true},
    {.path = "models.*.learner.layers", .kind = Kind::kAny, .text = "A network written layer by layer.", .not_yet = true},
    {.path = "models.*.learner.train", .kind = Kind::kAny, .text = "How a network is trained.", .not_yet = true},
    {.path = "models.*.evaluate", .kind = Kind::kAny, .text = "Cross-validation and chosen metrics.", .not_yet = true},
    {.path = "models.*.loop", .kind = Kind::kMap, .text = "How the model goes on learning while it serves."},
    {.path = "models.*.loop.online", .kind = Kind::kBool, .fallback = "true", .text = "Learn from each outcome at once."},
    {.path = "models.*.loop.explore", .kind = Kind::kShare, .fallback = "0", .least = "0", .most = "1", .text = "Of a ranking: the share of places that are filled at random, with their propensity logged; or {softmax: TEMPERATURE}."},
    {.path = "models.*.loop.explore.epsilon", .kind = Kind::kShare, .least = "0", .most = "1", .text = "The same as the share alone."},
    {.path = "models.*.loop.explore.softmax", .kind = Kind::kNumber, .least = "0.001", .most = "1000", .text = "Draw items by exp(score / temperature)."},
    {.path = "models.*.loop.holdback", .kind = Kind::kShare, .fallback = "0", .least = "0", .most = "0.5", .text = "The share of subjects that the baseline goes on serving, to compare with."},
    {.path = "models.*.loop.random", .kind = Kind::kShare, .fallback = "0", .least = "0", .most = "0.5", .text = "The share of subjects that are served at random, to compare with."},
    {.path = "models.*.loop.retrain", .kind = Kind::kMap, .text = "When a new version is trained; any of these that comes first."},
    {.path = "models.*.loop.retrain.every", .kind = Kind::kDuration, .least = "1m", .most = "365d", .text = "After this time."},
    {.path = "models.*.loop.retrain.or_after", .kind = Kind::kInt, .least = "1", .most = "1000000000", .unit = "outcomes", .text = "After so many new outcomes."},
    {.path = "models.*.loop.retrain.score_drop", .kind = Kind::kShare, .least = "0.001", .most = "10", .text = "When the progressive loss has risen by this share."},
    {.path = "models.*.loop.gate", .kind = Kind::kMap, .text = "What a new version must show before it serves."},
    {.path = "models.*.loop.gate.alpha", .kind = Kind::kNumber, .fallback = "0.05", .least = "0.0001", .most = "0.5", .text = "How often a version that is no better may pass."},
    {.path = "models.*.loop.gate.outcomes", .kind = Kind::kInt, .fallback = "1000", .least = "1", .most = "1000000000", .unit = "outcomes", .text = "How many fresh outcomes it is compared on."},
    {.path = "models.*.loop.gate.patience", .kind = Kind::kDuration, .fallback = "30d", .least = "1m", .most = "365d", .text = "A version that has not passed by then is refused."},
    {.path = "models.*.loop.auto_promote", .kind = Kind::kBool, .fallback = "true", .text = "A version that passes the gate serves without being asked for."},

    // The machine.
    {.path = "server", .kind = Kind::kMap, .text = "The HTTP server and its limits."},
    {.path = "server.listen", .kind = Kind::kString, .fallback = "127.0.0.1", .text = "The IP address to listen on; beyond loopback only with keys."},
    {.path = "server.port", .kind = Kind::kInt, .fallback = "7700", .least = "0", .most = "65535", .text = "The TCP port; 0 takes a free one."},
    {.path = "server.threads", .kind = Kind::kInt, .fallback = "0", .least = "0", .most = "256", .text = "Network threads; 0: by the machine."},
    {.path = "server.body_max", .kind = Kind::kSize, .fallback = "32MiB", .least = "1KiB", .most = "1GiB", .text = "The longest body, after inflation."},
    {.path = "server.event_max", .kind = Kind::kSize, .fallback = "1MiB", .least = "1KiB", .most = "8MiB", .text = "The longest event."},
    {.path = "server.elements_max", .kind = Kind::kInt, .fallback = "10000", .least = "1", .most = "1000000", .text = "The most elements of a body."},
    {.path = "server.rate_limit", .kind = Kind::kNumber, .fallback = "0", .least = "0", .most = "1000000000", .text = "Requests a second for each key, or for each address without one; 0: no limit."},
    {.path = "server.origins", .kind = Kind::kList, .text = "Origins of web pages that may send requests (CORS): scheme://host or scheme://host:port."},
    {.path = "server.tls", .kind = Kind::kMap, .text = "Serve HTTPS with this certificate."},
    {.path = "server.tls.certificate", .kind = Kind::kString, .text = "The path of the certificate chain (PEM)."},
    {.path = "server.tls.key", .kind = Kind::kString, .text = "The path of the private key (PEM)."},
    {.path = "server.entities_max", .kind = Kind::kInt, .fallback = "250000", .least = "1000", .most = "1000000000", .text = "Ids kept for each entity; past it the longest unseen is dropped with its state."},
    {.path = "server.open_max", .kind = Kind::kInt, .fallback = "200000", .least = "1000", .most = "100000000", .text = "Shown items of each model that wait for their outcome; past it the oldest answer is dropped without one."},
    {.path = "server.dedup_max", .kind = Kind::kInt, .fallback = "1000000", .least = "1000", .most = "1000000000", .text = "Event ids remembered in each of two generations, to tell duplicates."},
    {.path = "log", .kind = Kind::kMap, .text = "The log on disk."},
    {.path = "log.backend", .kind = Kind::kAny, .text = "Another place for the log, such as Kafka.", .not_yet = true},
    {.path = "log.retention", .kind = Kind::kDuration, .fallback = "all", .least = "1h", .most = "all", .text = "How long segments are kept once a snapshot covers them."},
    {.path = "log.segment_bytes", .kind = Kind::kSize, .fallback = "64MiB", .least = "1MiB", .most = "1GiB", .text = "The size of a segment file."},
    {.path = "log.snapshot_every", .kind = Kind::kInt, .fallback = "1000000", .least = "1000", .most = "1000000000", .unit = "records", .text = "After how many records a snapshot is taken; later where that would take more than a tenth of the time."},
    {.path = "training", .kind = Kind::kMap, .text = "Training jobs."},
    {.path = "training.threads", .kind = Kind::kInt, .fallback = "0", .least = "0", .most = "256", .text = "Threads of a job; 0: one less than the machine has."},
    {.path = "training.holdout", .kind = Kind::kShare, .fallback = "0.2", .least = "0.01", .most = "0.9", .text = "The last part of the examples, by time, that the offline score is taken on."},
};
// clang-format on

constexpr settings::Table kTable{kRows};

}  // namespace

const settings::Table& settings_table() {
    return kTable;
}

}  // namespace volant::spec
