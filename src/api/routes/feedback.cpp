// POST /v1/feedback.
#include <fmt/format.h>

#include <algorithm>

#include "api/error_answer.h"
#include "api/many.h"
#include "api/routes/routes.h"
#include "api/shapes.h"
#include "core/text.h"
#include "feedback/contract.h"

namespace volant::api {
namespace {

struct FeedbackRequest {
    std::string prediction_id;
    log::Lsn prediction = 0;
    Micros deadline = 0;
    std::string item;
    std::string id;
    Hash128 fingerprint;
    double outcome = 0;
    std::optional<Micros> time;
    bool is_checked = false;  // against the answer itself
};

// A label in the alphabet of the answers, whose classes are "0" and "1", or of a boolean field.
Result<double> read_outcome(json::Item item) {
    if (item.type() == Type::kBool) {
        VOLANT_TRY(const bool yes, item.boolean());
        return yes ? 1.0 : 0.0;
    }
    if (!item.is_string()) return item.number();
    VOLANT_TRY(const std::string_view label, item.string());
    if (label == "0" || label == "false") return 0.0;
    if (label == "1" || label == "true") return 1.0;
    return fail(Code::kOutOfRange,
                fmt::format("found label \"{}\", expected \"0\", \"1\", \"true\" or \"false\"",
                            utf8_prefix(label, 40)));
}

Status check_outcome(const spec::ModelDecl& model, double outcome) {
    if (!feedback::is_outcome(outcome)) {
        return fail(Code::kOutOfRange,
                    fmt::format("found {}, expected a number from {:.0e} to {:.0e}", outcome,
                                -spec::kOutcomeMax, spec::kOutcomeMax),
                    "/outcome");
    }
    const bool classes = model.task == spec::Task::kClassify;
    if (classes && outcome != 0 && outcome != 1) {
        return fail(Code::kOutOfRange, fmt::format("found {}, expected 0 or 1", outcome),
                    "/outcome");
    }
    if (model.learner.loss == spec::Loss::kLogistic && (outcome < 0 || outcome > 1)) {
        return fail(Code::kOutOfRange,
                    fmt::format("found {}, expected a number from 0 to 1", outcome), "/outcome");
    }
    if (model.learner.loss == spec::Loss::kPoisson && outcome < 0) {
        return fail(Code::kOutOfRange,
                    fmt::format("found {}, expected no negative number", outcome), "/outcome");
    }
    return {};
}

template <class Shown>
Status check_item(const spec::ModelDecl& model, const std::vector<Shown>& shown,
                  const FeedbackRequest& request) {
    if (model.task != spec::Task::kRank) {
        if (request.item.empty()) return {};
        return fail(
            Code::kUnknownField,
            fmt::format("found item \"{}\", but {} does not rank", request.item, model.name),
            "/item");
    }
    if (request.item.empty())
        return fail(Code::kMissingField, "found no item, expected which of the items shown",
                    "/item");
    const auto is_it = [&](const Shown& one) { return one.item == request.item; };
    if (std::ranges::any_of(shown, is_it)) return {};
    return fail(Code::kOutOfRange,
                fmt::format("found item \"{}\", which this answer did not show", request.item),
                "/item");
}

// Against the answer: it was given at `predicted_at`, and showed this.
template <class Shown>
Status check_against(const spec::ModelDecl& model, Micros predicted_at,
                     const std::vector<Shown>& shown, FeedbackRequest& request) {
    request.is_checked = true;
    request.deadline = predicted_at + model.outcome.within;
    if (request.time && *request.time < predicted_at) {
        return fail(Code::kTimeOutOfRange,
                    fmt::format("found {}, before the prediction's time {}",
                                format_time(*request.time), format_time(predicted_at)),
                    "/time");
    }
    if (model.outcome.aggregate == spec::Aggregate::kSum && request.id.empty()) {
        return fail(
            Code::kMissingField,
            "found no id, expected one: outcomes are summed, and a retry must not count twice",
            "/id");
    }
    VOLANT_OK(check_outcome(model, request.outcome));
    return check_item(model, shown, request);
}

Error unknown_prediction() {
    return fail(Code::kNotFound, "no prediction has this id", "/prediction_id");
}

// An answer that is not open any more lies in the log: it was durable before its id was known.
Status check_against_log(const Workspace& workspace, FeedbackRequest& request) {
    log::Record record;
    feedback::Prediction prediction;
    const auto reader = workspace.record_at(request.prediction, record);
    if (!reader.ok() || !feedback::decode_prediction(record, prediction).ok())
        return unknown_prediction();
    const spec::Spec& spec = workspace.spec();
    const int index = spec.model_index(prediction.model);
    if (index < 0)
        return fail(Code::kConflict,
                    fmt::format("the model {} is no longer declared", prediction.model));
    return check_against(spec.models[static_cast<std::size_t>(index)], record.known_at,
                         prediction.shown, request);
}

Result<FeedbackRequest> read_feedback(const Workspace& workspace, json::Item root) {
    FeedbackRequest request;
    VOLANT_OK(root.shaped(shapes::kFeedback, [&](int field, json::Item item) -> Status {
        switch (field) {
            case shapes::feedback::kPredictionId: {
                VOLANT_TRY(const std::string_view id, item.string());
                request.prediction_id = id;
                return {};
            }
            case shapes::feedback::kOutcome: {
                VOLANT_TRY(request.outcome, read_outcome(item));
                return {};
            }
            case shapes::feedback::kItem: {
                VOLANT_TRY(const std::string_view id, item.id());
                request.item = id;
                return {};
            }
            case shapes::feedback::kTime: {
                VOLANT_TRY(request.time, item.time(workspace.spec().zone));
                return {};
            }
            case shapes::feedback::kId: {
                VOLANT_TRY(const std::string_view id, item.id());
                request.id = id;
                request.fingerprint = workspace.fingerprints().of(collect::IdKind::kFeedback, id);
                return {};
            }
        }
        return {};
    }));
    const auto lsn = workspace.prediction_ids().read(request.prediction_id);
    if (!lsn) return unknown_prediction();
    request.prediction = *lsn;
    return request;
}

// What an open answer takes is known where it is applied. For one that is not open the log must be
// read, which no thread may do on which others wait: then the first run changes nothing, the
// lookups read, and the command comes again.
class FeedbackCommand final : public log::Command {
  public:
    FeedbackCommand(Services services, Counter& other_bodies, Responder responder,
                    ManyOf<FeedbackRequest> many, bool atomic)
        : workspace_(services.workspace),
          lookups_(services.background.lookups),
          other_bodies_(other_bodies),
          responder_(std::move(responder)),
          many_(std::move(many)),
          atomic_(atomic),
          states_(many_.elements.size()) {
        append_bytes_max = 0;
        for (const auto& element : many_.elements) {
            if (element.ok()) append_bytes_max += 256 + element->item.size() + element->id.size();
        }
    }

    void run(log::Turn& turn) override {
        each_unchecked([&](FeedbackRequest& request) { return check_if_open(request); });
        needs_log_ = std::ranges::any_of(many_.elements, is_unchecked);
        if (needs_log_) return;
        for (std::size_t i = 0; i < many_.elements.size(); ++i) {
            check_time(turn, i);
            refused_ |= atomic_ && !many_.elements[i].ok();
        }
        for (std::size_t i = 0; i < many_.elements.size() && !refused_; ++i) {
            if (many_.elements[i].ok()) apply(turn, i);
        }
        lsn_ = turn.next_lsn() - 1;
    }

    void done(const Status& status) override {
        if (!status.ok()) return responder_.send(error_answer(status.error()));
        if (needs_log_) return come_again();
        responder_.send(many_answer(
            many_, many_.elements.size(), refused_,
            [&](std::size_t i) {
                return many_.elements[i].ok() ? nullptr : &many_.elements[i].error();
            },
            [&](json::Writer& out, std::size_t i) {
                out.key("prediction_id").string(many_.elements[i]->prediction_id);
                out.key("state").string(states_[i]);
                out.key("lsn").string(std::to_string(lsn_));
            }));
    }

  private:
    std::optional<collect::Known> known_as(const FeedbackRequest& request) const {
        if (request.fingerprint == Hash128{}) return std::nullopt;
        return workspace_.wheel().dedup().find(request.fingerprint);
    }
    // A known id is a duplicate whatever else is wrong with it.
    void check_time(const log::Turn& turn, std::size_t i) {
        const Result<FeedbackRequest>& element = many_.elements[i];
        if (!element.ok() || !element->time || known_as(*element)) return;
        Status range = check_time_range(*element->time, turn.now());
        if (!range.ok()) refuse(i, std::move(range).error().at("/time"));
    }

    static bool is_unchecked(const Result<FeedbackRequest>& element) {
        return element.ok() && !element->is_checked;
    }
    // Refuses those for which `check` fails.
    template <class Check>
    void each_unchecked(Check check) {
        for (std::size_t i = 0; i < many_.elements.size(); ++i) {
            if (!is_unchecked(many_.elements[i])) continue;
            if (Status checked = check(*many_.elements[i]); !checked.ok())
                refuse(i, std::move(checked).error());
        }
    }
    Status check_if_open(FeedbackRequest& request) const {
        const auto open = workspace_.wheel().open().find(request.prediction);
        if (!open) return {};
        const spec::Spec& spec = workspace_.spec();
        return check_against(spec.models[static_cast<std::size_t>(open->model)], open->predicted_at,
                             open->shown, request);
    }
    void refuse(std::size_t i, Error error) {
        many_.elements[i] =
            many_.single ? std::move(error) : std::move(error).at("/" + std::to_string(i));
    }

    void come_again() {
        auto again = std::make_shared<std::unique_ptr<FeedbackCommand>>(
            std::make_unique<FeedbackCommand>(std::move(*this)));
        (*again)->simulated_time.reset();  // the clock has moved there, and perhaps on
        const Status queued = lookups_.run([again] {
            (*again)->read_log();
            Workspace& workspace = (*again)->workspace_;
            workspace.submit(std::move(*again));
        });
        if (!queued.ok()) (*again)->responder_.send(error_answer(queued.error()));
    }
    void read_log() {
        each_unchecked(
            [&](FeedbackRequest& request) { return check_against_log(workspace_, request); });
    }

    void apply(log::Turn& turn, std::size_t i) {
        const FeedbackRequest& request = *many_.elements[i];
        const optimize::Wheel& wheel = workspace_.wheel();
        const feedback::Feedback told{request.id, request.fingerprint, request.prediction,
                                      request.item, request.outcome};
        if (const auto known = known_as(request)) {
            states_[i] = "duplicate";
            // An older snapshot kept none.
            if (known->body != 0 && known->body != feedback::body_check(told)) other_bodies_.add();
            return;
        }
        switch (wheel.open().would(request.prediction)) {
            case feedback::FeedbackState::kOpen:
                states_[i] = "open";
                break;
            case feedback::FeedbackState::kClosed:
                states_[i] = "closed";
                break;
            // Closed by an earlier outcome, or past its window.
            case feedback::FeedbackState::kLate:
                states_[i] = turn.now() < request.deadline ? "closed" : "late";
                break;
        }
        clear_.clear();
        sealed_.clear();
        feedback::encode_feedback(told, clear_, sealed_);
        log::Record record;
        record.type = log::RecordType::kFeedback;
        record.event_time = request.time.value_or(turn.now());
        record.clear = clear_;
        record.sealed = sealed_;
        turn.append(record);
    }

    Workspace& workspace_;
    Background& lookups_;
    Counter& other_bodies_;
    Responder responder_;
    ManyOf<FeedbackRequest> many_;
    const bool atomic_;
    bool needs_log_ = false;
    bool refused_ = false;
    log::Lsn lsn_ = 0;
    std::vector<std::string_view> states_;
    std::string clear_, sealed_;
};

void feedback_route(Services services, Call call, Responder responder,
                    std::reference_wrapper<Counter> other_bodies) {
    Workspace& workspace = services.workspace;
    auto many =
        read_many<FeedbackRequest>(call, workspace.spec().server.elements_max,
                                   [&](json::Item item) { return read_feedback(workspace, item); });
    if (!many.ok()) return responder.send(error_answer(many.error()));
    if (many->single && !many->elements.front().ok())
        return responder.send(error_answer(many->elements.front().error()));
    const bool single = many->single;
    auto command = std::make_unique<FeedbackCommand>(services, other_bodies, std::move(responder),
                                                     std::move(*many), call.flag("atomic"));
    command->simulated_time = call.time;
    command->is_brief = single;
    workspace.submit(std::move(command));
}

constexpr Field kFeedbackQuery[] = {
    {.name = "atomic", .kind = Kind::kBool, .text = "All or nothing."}};
constexpr Code kFeedbackErrors[] = {Code::kInvalidJson,  Code::kInvalidUtf8,    Code::kUnknownField,
                                    Code::kMissingField, Code::kWrongType,      Code::kOutOfRange,
                                    Code::kInvalidTime,  Code::kTimeOutOfRange, Code::kTooDeep,
                                    Code::kDuplicateKey, Code::kNotFound,       Code::kConflict,
                                    Code::kStorageFull,  Code::kOverloaded};

}  // namespace

std::vector<Route> feedback_routes(Services services) {
    return {
        {.method = Method::kPost,
         .pattern = "/v1/feedback",
         .name = "feedback",
         .scope = protect::Scope::kIngest,
         .text = "Tells the outcome of an answer. The next prediction sees it.",
         .query = kFeedbackQuery,
         .request = &shapes::kFeedback,
         .requests = Many::kOneOrMore,
         .answer = &shapes::kFeedbackAnswer,
         .answers = Many::kOneOrMore,
         .errors = kFeedbackErrors,
         .handle = with(services, feedback_route, std::ref(other_bodies_of(services.metrics)))}};
}

}  // namespace volant::api
