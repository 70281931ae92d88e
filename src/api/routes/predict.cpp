// POST /v1/predict/{model} and GET /v1/predictions/{id}.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "api/error_answer.h"
#include "api/many.h"
#include "api/model_lookup.h"
#include "api/prediction_answer.h"
#include "api/prediction_request.h"
#include "api/routes/routes.h"
#include "api/shapes.h"

namespace volant::api {
namespace {

// What a prediction takes in the log is bounded: so much, so much for each item shown, and the
// inputs, which stand in the request and in each row.
constexpr std::size_t kRecordBytes = 4u << 10;
constexpr std::size_t kRowBytes = 16u << 10;

// The first answer under an id, as the log has it.
struct First {
    std::unique_ptr<log::Reader> reader;  // holds the bytes
    log::Record record;
    feedback::Prediction prediction;
};

// One element of the request on its way to its answer.
struct Asked {
    Result<PredictionRequest> request;
    std::unique_ptr<deploy::Answer> answer;
    std::size_t room = 0;  // its record is no larger
    log::Lsn lsn = 0;
    log::Lsn first_lsn = 0;  // of a duplicate
    std::unique_ptr<First> first;
};

std::string subject_name(const spec::Spec& spec) {
    return spec.subject < 0 ? "" : spec.entities[static_cast<std::size_t>(spec.subject)].name;
}

class PredictCommand final : public log::Command {
  public:
    PredictCommand(Services services, Counter& other_bodies, Responder responder,
                   ManyOf<PredictionRequest> many, bool dry_run, bool atomic)
        : workspace_(services.workspace),
          lookups_(services.background.lookups),
          other_bodies_(other_bodies),
          responder_(std::move(responder)),
          form_(many),
          dry_run_(dry_run),
          atomic_(atomic) {
        append_bytes_max = 0;
        for (Result<PredictionRequest>& element : many.elements) {
            const std::size_t room = element.ok() ? room_for(element->question) : 0;
            // One after the other makes its room, unless all or nothing shall be there.
            append_bytes_max = atomic_ ? append_bytes_max + room : std::max(append_bytes_max, room);
            asked_.push_back({std::move(element), nullptr, room, 0, 0, nullptr});
        }
        if (dry_run_) append_bytes_max = 0;
    }

    void run(log::Turn& turn) override {
        now_ = turn.now();
        if (atomic_ && !try_all(turn)) return;
        for (std::size_t i = 0; i < asked_.size(); ++i) {
            if (asked_[i].request.ok()) keep(i, decide_and_log(turn, asked_[i], i > 0 && !atomic_));
        }
    }

    void done(const Status& status) override {
        if (!status.ok()) return responder_.send(error_answer(status.error()));
        if (std::ranges::none_of(asked_, is_duplicate)) return responder_.send(answer());
        // The first answers lie in the log, and this thread must not read it.
        auto rest = std::make_shared<PredictCommand>(std::move(*this));
        const Status queued = rest->lookups_.run([rest] {
            rest->each_duplicate([&](Asked& asked) { return rest->read_first(asked); });
            rest->responder_.send(rest->answer());
        });
        if (queued.ok()) return;
        rest->each_duplicate([&](Asked&) { return queued; });
        rest->responder_.send(rest->answer());
    }

  private:
    static bool is_duplicate(const Asked& asked) {
        return asked.request.ok() && asked.first_lsn != 0;
    }
    // Refuses those for which `read` fails.
    template <class Read>
    void each_duplicate(Read read) {
        for (std::size_t i = 0; i < asked_.size(); ++i) {
            if (!is_duplicate(asked_[i])) continue;
            if (Status done = read(asked_[i]); !done.ok()) {
                refuse(i, std::move(done).error());
            } else if (!asks_the_same(asked_[i])) {
                other_bodies_.add();
            }
        }
    }
    Response answer() {
        return many_answer(
            form_, asked_.size(), refused_,
            [&](std::size_t i) {
                return asked_[i].request.ok() ? nullptr : &asked_[i].request.error();
            },
            [&](json::Writer& out, std::size_t i) { write(out, asked_[i]); });
    }
    std::size_t room_for(const deploy::Question& question) const {
        std::size_t inputs = 0;
        for (const Value& input : question.inputs)
            inputs += input.string() == nullptr ? 64 : input.string()->size();
        std::size_t room = kRecordBytes + inputs + question.k * (kRowBytes + inputs);
        for (const std::string& candidate : question.candidates) room += candidate.size() + 4;
        return std::min(room, workspace_.log().record_max());
    }

    // All or nothing: whether each would be answered. What they append changes no other's answer.
    bool try_all(const log::Turn& turn) {
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < asked_.size(); ++i) {
            if (asked_[i].request.ok()) keep(i, decide(turn, asked_[i]));
            refused_ |= !asked_[i].request.ok();
            if (asked_[i].request.ok() && asked_[i].answer) bytes += log::encoded_size(record_);
        }
        if (refused_ || bytes <= workspace_.log().record_max()) return !refused_;
        refuse(0, too_large(bytes, "send fewer at once"));
        return !(refused_ = true);
    }

    // Finds its answer, unless it had one before, and encodes record_ of it. Nothing is logged yet.
    Status decide(const log::Turn& turn, Asked& asked) {
        const optimize::Wheel& wheel = workspace_.wheel();
        const PredictionRequest& request = *asked.request;
        if (request.min_lsn >= turn.next_lsn())
            return fail(Code::kOutOfRange,
                        fmt::format("found {}, which this log never gave", request.min_lsn),
                        "/min_lsn");
        asked.first_lsn = first_lsn(asked);
        if (asked.first_lsn != 0) return is_forgotten(asked) ? Status(forgotten()) : Status{};
        const log::Lsn lsn = turn.next_lsn();
        VOLANT_TRY(asked.answer, deploy::decide(wheel.world(), request.question, now_, lsn - 1,
                                                deploy::seed_of(lsn, workspace_.secrets().seed)));
        clear_.clear();
        sealed_.clear();
        feedback::encode_prediction(asked.answer->record, clear_, sealed_);
        record_.type = log::RecordType::kPrediction;
        record_.event_time = now_;
        record_.clear = clear_;
        record_.sealed = sealed_;
        const std::size_t bytes = log::encoded_size(record_);
        if (bytes <= asked.room) return {};
        return too_large(bytes, "ask for fewer items, or with shorter inputs");
    }

    Status decide_and_log(log::Turn& turn, Asked& asked, bool needs_room) {
        if (needs_room && !dry_run_) VOLANT_OK(turn.make_room(asked.room));
        VOLANT_OK(decide(turn, asked));
        if (asked.answer && !dry_run_) asked.lsn = turn.append(record_);
        return {};
    }

    static Error too_large(std::size_t bytes, std::string_view hint) {
        return fail(
            Code::kTooLarge,
            fmt::format("found {} bytes to be logged, which is more than there is room for", bytes),
            {}, std::string(hint));
    }

    void keep(std::size_t i, Status status) {
        if (!status.ok()) refuse(i, std::move(status).error());
    }

    // Of a duplicate, the record of its first answer; else 0.
    log::Lsn first_lsn(const Asked& asked) const {
        const Hash128& fingerprint = asked.request->question.fingerprint;
        if (fingerprint == Hash128{} || dry_run_) return 0;
        const auto known = workspace_.wheel().dedup().find(fingerprint);
        return known ? known->lsn : 0;
    }
    bool is_forgotten(const Asked& asked) const {
        const log::Lsn lsn = first_lsn(asked);
        return lsn != 0 && lsn < workspace_.log().stat().first_lsn;
    }
    Status read_first(Asked& asked) const {
        asked.first = std::make_unique<First>();
        VOLANT_TRY(asked.first->reader, workspace_.record_at(asked.first_lsn, asked.first->record));
        return feedback::decode_prediction(asked.first->record, asked.first->prediction);
    }
    bool asks_the_same(const Asked& asked) const {
        auto first = deploy::question_of(workspace_.spec(), asked.first->prediction);
        if (!first.ok()) return false;  // of a model that is no more
        deploy::Question now = asked.request->question;
        for (deploy::Question* question : {&*first, &now})
            std::ranges::sort(question->entities, {}, &collect::EntityId::entity);
        return std::tie(first->model, first->inputs, first->catalogue, first->candidates,
                        first->k) ==
                   std::tie(now.model, now.inputs, now.catalogue, now.candidates, now.k) &&
               std::ranges::equal(first->entities, now.entities, {}, &collect::EntityId::id,
                                  &collect::EntityId::id);
    }
    // It was answered, so it is not asked again; what was answered is gone.
    static Error forgotten() {
        return fail(Code::kConflict,
                    "this id was answered before, and log.retention has dropped that answer from "
                    "the log",
                    "/id", "ask under a new id");
    }
    void refuse(std::size_t i, Error error) {
        asked_[i].request =
            form_.single ? std::move(error) : std::move(error).at("/" + std::to_string(i));
    }

    void write(json::Writer& out, const Asked& asked) {
        const feedback::PredictionIds& ids = workspace_.prediction_ids();
        if (asked.first != nullptr)
            return write_answer(
                out, asked.first->prediction,
                {ids.make(asked.first_lsn), asked.first_lsn, asked.first->record.known_at});
        if (dry_run_)  // what it was read through
            return write_answer(out, asked.answer->record,
                                {{}, asked.answer->record.read_lsn, now_});
        write_answer(out, asked.answer->record, {ids.make(asked.lsn), asked.lsn, now_});
    }

    Workspace& workspace_;
    Background& lookups_;
    Counter& other_bodies_;
    Responder responder_;
    const ManyForm form_;
    const bool dry_run_, atomic_;
    bool refused_ = false;
    Micros now_ = 0;
    std::vector<Asked> asked_;
    log::Record record_;  // of the one at hand
    std::string clear_, sealed_;
};

void predict(Services services, Call call, Responder responder,
             std::reference_wrapper<Counter> other_bodies) {
    Workspace& workspace = services.workspace;
    const spec::Spec& spec = workspace.spec();
    const auto model = find_model(spec, call.path[0]);
    if (!model.ok()) return responder.send(error_answer(model.error()));
    auto many = read_many<PredictionRequest>(call, spec.server.elements_max, [&](json::Item item) {
        return read_prediction(spec, *model, workspace.fingerprints(), item);
    });
    if (!many.ok()) return responder.send(error_answer(many.error()));
    if (many->single && !many->elements.front().ok())
        return responder.send(error_answer(many->elements.front().error()));
    const bool single = many->single;
    auto command = std::make_unique<PredictCommand>(services, other_bodies, std::move(responder),
                                                    std::move(*many), call.flag("dry_run"),
                                                    call.flag("atomic"));
    command->simulated_time = call.time;
    const auto& declared = spec.models[static_cast<std::size_t>(*model)];
    command->is_brief = single && declared.task != spec::Task::kRank;
    workspace.submit(std::move(command));
}

// Who was one person with whom before this record.
Status read_identities(const Workspace& workspace, log::Lsn before,
                       feedback::OpenPredictions& open) {
    VOLANT_TRY(const auto reader, workspace.log().read(workspace.log().stat().first_lsn));
    log::Record record;
    collect::EventView event;
    while (true) {
        VOLANT_TRY(const bool more, reader->next(record));
        if (!more || record.lsn >= before) return {};
        if (record.type == log::RecordType::kEvent &&
            collect::decode_event(workspace.spec(), record, event).ok() &&
            event.type == "$identify")
            open.event(event);
    }
}

// What became of a prediction that is not open any more: the log from there on, folded for it and
// for later answers to the same subject, which may have taken an event's credit. Where $identify
// was used, to any subject, who may have turned out to be the same.
struct Ended {
    std::optional<feedback::Closed> closed;
};

Result<Ended> ended(const Workspace& workspace, const feedback::OpenPrediction& prediction,
                    bool identified) {
    Ended out;
    feedback::OpenPredictions open(workspace.spec(), [&](const feedback::Closed& closed) {
        if (closed.lsn == prediction.lsn) out.closed = closed;
    });
    if (identified) VOLANT_OK(read_identities(workspace, prediction.lsn, open));
    open.open(prediction);
    const spec::ModelDecl& model =
        workspace.spec().models[static_cast<std::size_t>(prediction.model)];
    VOLANT_TRY(const auto reader, workspace.log().read(prediction.lsn + 1));
    log::Record record;
    collect::EventView event;
    feedback::Prediction later;
    feedback::Feedback feedback;
    while (!out.closed) {
        VOLANT_TRY(const bool more, reader->next(record));
        if (!more) break;
        open.expire(record.known_at);
        if (out.closed) break;
        if (record.type == log::RecordType::kEvent &&
            collect::decode_event(workspace.spec(), record, event).ok()) {
            open.event(event);
        } else if (record.type == log::RecordType::kPrediction &&
                   feedback::decode_prediction(record, later).ok() && later.model == model.name &&
                   (identified || later.subject == prediction.subject)) {
            open.open(feedback::opened(record, later, prediction.model, workspace.spec()));
        } else if (record.type == log::RecordType::kFeedback &&
                   feedback::decode_feedback(record, feedback).ok()) {
            open.feedback(feedback, record.known_at);
        }
    }
    return out;
}

Response prediction_record(Workspace& workspace, log::Lsn lsn, const std::string& id) {
    log::Record record;
    feedback::Prediction prediction;
    const auto reader = workspace.record_at(lsn, record);
    if (!reader.ok()) return error_answer(reader.error());
    if (const Status decoded = feedback::decode_prediction(record, prediction); !decoded.ok()) {
        return error_answer(fail(Code::kNotFound, "no prediction has this id", "/id"));
    }
    const spec::Spec& spec = workspace.spec();
    const int model = spec.model_index(prediction.model);
    std::unique_ptr<model::Columns> columns;
    std::optional<feedback::OpenPrediction> open;
    bool identified = false;
    const Status asked = workspace.ask_and_wait(Workspace::kReadsOnly, [&](log::Turn&) {
        if (model < 0) return;
        if (const auto* found = workspace.wheel().live().columns(model, prediction.spec_lsn)) {
            columns = std::make_unique<model::Columns>(*found);
        }
        open = workspace.wheel().open().find(lsn);
        identified = !workspace.wheel().open().identities().empty();
    });
    if (!asked.ok()) return error_answer(asked.error());
    OutcomeView outcome{"open", 0, open ? &*open : nullptr};
    Ended end;
    if (!open && model >= 0) {
        auto found =
            ended(workspace, feedback::opened(record, prediction, model, spec), identified);
        if (!found.ok()) return error_answer(found.error());
        end = std::move(*found);
        outcome = end.closed ? OutcomeView{"closed", end.closed->closed_at, &*end.closed}
                             : OutcomeView{"dropped", 0, nullptr};
    }
    std::string body;
    json::Writer out(body);
    out.object();
    write_answer(out, prediction, {id, lsn, record.known_at});
    write_record(out, prediction, columns.get(), subject_name(spec), outcome);
    out.end();
    return json_answer(std::move(body));
}

void get_prediction(Services services, Call call, Responder responder) {
    Workspace& workspace = services.workspace;
    const auto lsn = workspace.prediction_ids().read(call.path[0]);
    if (!lsn)
        return responder.send(
            error_answer(fail(Code::kNotFound, "no prediction has this id", "/id")));
    services.background.searches.answer(
        std::move(responder), [&workspace, lsn = *lsn, id = call.path[0]](const IsWanted&) {
            return prediction_record(workspace, lsn, id);
        });
}

constexpr Field kPredictQuery[] = {
    {.name = "dry_run",
     .kind = Kind::kBool,
     .text = "Scores without logging; the answer has no id."},
    {.name = "atomic", .kind = Kind::kBool, .text = "All or nothing."},
};
constexpr Code kPredictErrors[] = {Code::kInvalidJson,   Code::kInvalidUtf8,  Code::kUnknownField,
                                   Code::kMissingField,  Code::kWrongType,    Code::kOutOfRange,
                                   Code::kTooDeep,       Code::kDuplicateKey, Code::kNotFound,
                                   Code::kConflict,      Code::kStorageFull,  Code::kOverloaded,
                                   Code::kTimeOutOfRange};
constexpr Code kGetErrors[] = {Code::kNotFound, Code::kOverloaded};

}  // namespace

std::vector<Route> predict_routes(Services services) {
    return {
        {.method = Method::kPost,
         .pattern = "/v1/predict/{model}",
         .name = "predict",
         .scope = protect::Scope::kPredict,
         .text = "Asks a model. Durable before it is answered.",
         .query = kPredictQuery,
         .request = &shapes::kPredict,
         .requests = Many::kOneOrMore,
         .answer = &shapes::kPrediction,
         .answers = Many::kOneOrMore,
         .errors = kPredictErrors,
         .handle = with(services, predict, std::ref(other_bodies_of(services.metrics)))},
        {.method = Method::kGet,
         .pattern = "/v1/predictions/{id}",
         .name = "get_prediction",
         .scope = protect::Scope::kRead,
         .text = "An answer that was given, what it was made from, and its outcome.",
         .answer = &shapes::kStoredPrediction,
         .errors = kGetErrors,
         .handle = with(services, get_prediction)},
    };
}

}  // namespace volant::api
