// /v1/models, /v1/jobs, /v1/decisions.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "api/error_answer.h"
#include "api/model_lookup.h"
#include "api/model_view.h"
#include "api/page.h"
#include "api/routes/routes.h"
#include "api/shapes.h"
#include "api/wheel_answer.h"
#include "core/json_reader.h"

namespace volant::api {
namespace {

constexpr std::size_t kWhyBytesMax = 4096;

void list_models(Services services, Call call, Responder responder) {
    answer_from_wheel(services.workspace, call, std::move(responder),
                      [services](json::Writer& out, log::Turn&) -> Status {
                          const optimize::Wheel& wheel = services.workspace.wheel();
                          out.object().key("items").array();
                          for (std::size_t i = 0; i < wheel.spec().models.size(); ++i)
                              write_model(out, wheel, services.workspace.packages(),
                                          static_cast<int>(i));
                          out.end().key("next").null().end();
                          return {};
                      });
}

void get_model(Services services, Call call, Responder responder) {
    const auto model = find_model(services.workspace.spec(), call.path[0]);
    if (!model.ok()) return responder.send(error_answer(model.error()));
    answer_from_wheel(services.workspace, call, std::move(responder),
                      [services, model = *model](json::Writer& out, log::Turn&) -> Status {
                          write_model(out, services.workspace.wheel(),
                                      services.workspace.packages(), model);
                          return {};
                      });
}

void list_versions(Services services, Call call, Responder responder) {
    const auto model = find_model(services.workspace.spec(), call.path[0]);
    const auto page = page_asked(call);
    if (!model.ok()) return responder.send(error_answer(model.error()));
    if (!page.ok()) return responder.send(error_answer(page.error()));
    answer_from_wheel(
        services.workspace, call, std::move(responder),
        [services, model = *model, page = *page](json::Writer& out, log::Turn&) -> Status {
            const optimize::Wheel& wheel = services.workspace.wheel();
            const auto& versions = wheel.registry().model(model).versions;
            std::size_t given = 0;
            std::uint64_t last = 0;
            out.object().key("items").array();
            for (auto it = versions.rbegin(); it != versions.rend() && given < page.limit; ++it) {
                if (it->version >= page.before) continue;
                write_version(out, wheel, services.workspace.packages(), *it);
                last = it->version;
                ++given;
            }
            out.end().key("next");
            if (last > 1) {
                out.string(std::to_string(last));
            } else {
                out.null();
            }
            out.end();
            return {};
        });
}

void get_version(Services services, Call call, Responder responder) {
    const auto model = find_model(services.workspace.spec(), call.path[0]);
    if (!model.ok()) return responder.send(error_answer(model.error()));
    answer_from_wheel(
        services.workspace, call, std::move(responder),
        [services, model = *model, text = call.path[1]](json::Writer& out, log::Turn&) -> Status {
            const optimize::Wheel& wheel = services.workspace.wheel();
            if (text == "0") {
                write_baseline_version(out,
                                       wheel.spec().models[static_cast<std::size_t>(model)].name);
                return {};
            }
            std::uint32_t version = 0;
            std::from_chars(text.data(), text.data() + text.size(), version);
            const model::VersionEntry* entry = wheel.registry().find(model, version);
            if (entry == nullptr || std::to_string(version) != text) {
                return fail(Code::kNotFound, fmt::format("there is no version \"{}\"", text));
            }
            write_version(out, wheel, services.workspace.packages(), *entry);
            return {};
        });
}

void train(Services services, Call call, Responder responder) {
    Workspace& workspace = services.workspace;
    const auto model = find_model(workspace.spec(), call.path[0]);
    if (!model.ok()) return responder.send(error_answer(model.error()));
    const auto job = workspace.jobs().submit(*model, "asked for by a user");
    if (!job.ok()) return responder.send(error_answer(job.error()));
    std::string body;
    json::Writer(body).object().key("job").string(std::to_string(*job)).end();
    responder.send(json_answer(std::move(body), 202));
}

// The decision of a user, or why it cannot be taken.
Status decide_now(Workspace& workspace, log::Turn& turn, int index, model::DecisionRecord& decision,
                  bool rollback) {
    const model::Registry::Model& entry = workspace.wheel().registry().model(index);
    const std::uint32_t serving = workspace.wheel().serving(index);
    decision.from = serving;
    if (rollback) {
        if (entry.live == 0 && entry.previous == 0)
            return fail(Code::kConflict,
                        "the baseline serves, and no version did before it since the last "
                        "rollback");
        decision.version = entry.previous;
    } else if (decision.version > entry.versions.size()) {
        return fail(Code::kNotTrained,
                    fmt::format("found version {}, but {} were trained", decision.version,
                                entry.versions.size()),
                    "/version");
    } else if (decision.version == serving) {
        return fail(Code::kConflict, fmt::format("version {} serves already", decision.version),
                    "/version");
    }
    // What could not be served again after a start is not served at all.
    if (decision.version != 0)
        VOLANT_OK(workspace.packages().check(decision.model, decision.version));
    log::append_now(turn, log::RecordType::kDecision, model::encode_decision(decision));
    return {};
}

void decide_route(Services services, Call call, Responder responder, bool rollback) {
    Workspace& workspace = services.workspace;
    const auto model = find_model(workspace.spec(), call.path[0]);
    if (!model.ok()) return responder.send(error_answer(model.error()));
    model::DecisionRecord decision;
    decision.kind = rollback ? model::DecisionKind::kRollback : model::DecisionKind::kPromote;
    decision.model = workspace.spec().models[static_cast<std::size_t>(*model)].name;
    decision.by = "user";
    json::Document document;
    const auto read = [&]() -> Status {
        VOLANT_TRY(json::Item root, document.parse(call.request.body));
        VOLANT_OK(root.shaped(rollback ? shapes::kRollback : shapes::kPromote,
                              [&](int field, json::Item item) -> Status {
                                  if (!rollback && field == shapes::promote::kVersion) {
                                      VOLANT_TRY(const std::int64_t version, item.integer());
                                      decision.version = static_cast<std::uint32_t>(version);
                                      return {};
                                  }
                                  VOLANT_TRY(const std::string_view why, item.string());
                                  if (why.size() > kWhyBytesMax) {
                                      return fail(Code::kOutOfRange,
                                                  fmt::format("found {} bytes, expected at most {}",
                                                              why.size(), kWhyBytesMax));
                                  }
                                  decision.why = why;
                                  return {};
                              }));
        return document.finish();
    };
    if (const Status status = read(); !status.ok())
        return responder.send(error_answer(status.error()));
    answer_from_wheel(
        services.workspace, call, std::move(responder),
        [&workspace, model = *model, decision, rollback](json::Writer& out,
                                                         log::Turn& turn) mutable -> Status {
            const log::Lsn lsn = turn.next_lsn();
            VOLANT_OK(decide_now(workspace, turn, model, decision, rollback));
            write_decision(out, decision, lsn, turn.now());
            return {};
        },
        Workspace::kAppendsOne);
}

void list_decisions(Services services, Call call, Responder responder) {
    const auto page = page_asked(call);
    if (!page.ok()) return responder.send(error_answer(page.error()));
    const std::string* model = call.parameter("model");
    const std::string known = model == nullptr ? "" : *model;
    answer_from_wheel(
        services.workspace, call, std::move(responder),
        [services, page = *page, model = known](json::Writer& out, log::Turn&) -> Status {
            const auto& all = services.workspace.wheel().decisions().all();
            // One that volant.yaml no longer has may have been decided about.
            const auto about = [&](const auto& each) { return each.decision.model == model; };
            if (!model.empty() && std::ranges::none_of(all, about))
                VOLANT_OK(find_model(services.workspace.spec(), model));
            std::size_t given = 0;
            std::uint64_t last = 0;
            out.object().key("items").array();
            auto it = all.rbegin();
            for (; it != all.rend() && given < page.limit; ++it) {
                if (it->lsn >= page.before || (!model.empty() && it->decision.model != model))
                    continue;
                write_decision(out, it->decision, it->lsn, it->time);
                last = it->lsn;
                ++given;
            }
            out.end().key("next");
            if (it != all.rend()) {
                out.string(std::to_string(last));
            } else {
                out.null();
            }
            out.end();
            return {};
        });
}

constexpr Field kDecisionQuery[] = {
    kPageQuery[0],
    kPageQuery[1],
    {.name = "model", .kind = Kind::kString, .text = "Only of this model."},
};
constexpr Code kModelErrors[] = {Code::kNotFound, Code::kOutOfRange};
constexpr Code kTrainErrors[] = {Code::kNotFound,    Code::kConflict,    Code::kOverloaded,
                                 Code::kStorageFull, Code::kInvalidJson, Code::kWrongType};
constexpr Code kDecideErrors[] = {Code::kInvalidJson,    Code::kUnknownField, Code::kMissingField,
                                  Code::kWrongType,      Code::kOutOfRange,   Code::kNotFound,
                                  Code::kConflict,       Code::kNotTrained,   Code::kStorageFull,
                                  Code::kInvalidUtf8,    Code::kTooDeep,      Code::kDuplicateKey,
                                  Code::kTimeOutOfRange, Code::kCorrupt};

}  // namespace

std::vector<Route> model_routes(Services services) {
    return {
        {.method = Method::kGet,
         .pattern = "/v1/models",
         .name = "list_models",
         .scope = protect::Scope::kRead,
         .text = "All models.",
         .answer = &shapes::kModel,
         .answers = Many::kPage,
         .handle = with(services, list_models)},
        {.method = Method::kGet,
         .pattern = "/v1/models/{model}",
         .name = "get_model",
         .scope = protect::Scope::kRead,
         .text = "A model: what serves, its arms, its gate, its versions.",
         .answer = &shapes::kModel,
         .errors = kModelErrors,
         .handle = with(services, get_model)},
        {.method = Method::kGet,
         .pattern = "/v1/models/{model}/versions",
         .name = "list_versions",
         .scope = protect::Scope::kRead,
         .text = "The versions of a model, newest first.",
         .query = kPageQuery,
         .answer = &shapes::kVersion,
         .answers = Many::kPage,
         .errors = kModelErrors,
         .handle = with(services, list_versions)},
        {.method = Method::kGet,
         .pattern = "/v1/models/{model}/versions/{version}",
         .name = "get_version",
         .scope = protect::Scope::kRead,
         .text = "One version.",
         .answer = &shapes::kVersion,
         .errors = kModelErrors,
         .handle = with(services, get_version)},
        {.method = Method::kPost,
         .pattern = "/v1/models/{model}/train",
         .name = "train",
         .scope = protect::Scope::kAdmin,
         .text = "Starts a training.",
         .answer = &shapes::kTrainAnswer,
         .status = 202,
         .errors = kTrainErrors,
         .handle = with(services, train)},
        {.method = Method::kPost,
         .pattern = "/v1/models/{model}/promote",
         .name = "promote",
         .scope = protect::Scope::kAdmin,
         .text = "Lets a version serve from now on.",
         .request = &shapes::kPromote,
         .requests = Many::kOne,
         .answer = &shapes::kDecision,
         .errors = kDecideErrors,
         .handle = with(services, decide_route, false)},
        {.method = Method::kPost,
         .pattern = "/v1/models/{model}/rollback",
         .name = "rollback",
         .scope = protect::Scope::kAdmin,
         .text = "Lets what served before serve again.",
         .request = &shapes::kRollback,
         .requests = Many::kOne,
         .answer = &shapes::kDecision,
         .errors = kDecideErrors,
         .handle = with(services, decide_route, true)},
        {.method = Method::kGet,
         .pattern = "/v1/decisions",
         .name = "list_decisions",
         .scope = protect::Scope::kRead,
         .text = "What was decided, with its numbers, newest first.",
         .query = kDecisionQuery,
         .answer = &shapes::kDecision,
         .answers = Many::kPage,
         .errors = kModelErrors,
         .handle = with(services, list_decisions)},
    };
}

}  // namespace volant::api
