// /v1/status, /healthz, /readyz, /metrics.
#include <fmt/format.h>

#include "api/error_answer.h"
#include "api/model_view.h"
#include "api/routes/routes.h"
#include "api/shapes.h"
#include "api/wheel_answer.h"

namespace volant::api {
namespace {

constexpr std::size_t kLastDecisions = 10;

// How the snapshots go: while they fail, the log is not cut.
void write_snapshots(json::Writer& out, const log::SnapshotFigures& figures) {
    out.key("horizon").unsigned_integer(figures.horizon);
    out.key("snapshot").object();
    out.key("lsn").unsigned_integer(figures.last);
    if (figures.last != 0) out.key("time").time(figures.time);
    out.key("failed").unsigned_integer(figures.failed);
    out.end();
}

// Features that came when the log before them was gone, until their window lies behind that.
void write_beginnings(json::Writer& out, const optimize::Wheel& wheel) {
    out.key("begin_late").array();
    for (const optimize::Beginning& beginning : wheel.beginnings()) {
        const int index = wheel.spec().feature_index(beginning.feature);
        const Micros window = wheel.spec().features[static_cast<std::size_t>(index)].window;
        const bool ends = window != kNever;
        if (ends && beginning.time + window <= wheel.time()) continue;
        out.object().key("feature").string(beginning.feature);
        out.key("from").time(beginning.time);
        out.key("exact_from");
        ends ? out.time(beginning.time + window) : out.null();
        out.end();
    }
    out.end();
}

void write_stages(json::Writer& out, Workspace& workspace, const optimize::Wheel& wheel) {
    const optimize::WheelCounts& counts = wheel.counts();
    const log::LogStat stat = workspace.log().stat();
    out.object();
    out.key("collect").object();
    out.key("events").unsigned_integer(counts.events);
    if (counts.events > 0) out.key("last_event_time").time(counts.last_event_time);
    out.key("entities").object();
    for (std::size_t i = 0; i < wheel.spec().entities.size(); ++i) {
        out.key(wheel.spec().entities[i].name)
            .unsigned_integer(wheel.entities().count(static_cast<int>(i)));
    }
    out.end().end();
    out.key("log").object();
    out.key("records").unsigned_integer(stat.next_lsn - stat.first_lsn);
    out.key("bytes").unsigned_integer(stat.bytes);
    out.key("segments").unsigned_integer(stat.segments);
    out.key("batches").unsigned_integer(stat.batches);
    out.key("syncs").unsigned_integer(stat.syncs);
    out.key("unreadable").unsigned_integer(counts.unreadable);
    write_snapshots(out, workspace.runner().snapshots());
    out.end();
    out.key("features").object();
    out.key("declared").unsigned_integer(wheel.spec().features.size());
    out.key("bytes").unsigned_integer(wheel.features().bytes());
    out.key("dropped_late").unsigned_integer(wheel.features().dropped_late());
    write_beginnings(out, wheel);
    out.end();
    std::uint64_t open = 0, closed = 0, joined = 0, given = 0, updates = 0, versions = 0;
    for (std::size_t i = 0; i < wheel.spec().models.size(); ++i) {
        const int model = static_cast<int>(i);
        const feedback::OutcomeCounts& outcomes = wheel.open().counts(model);
        open += wheel.open().open_count(model);
        closed += outcomes.closed_by_outcome + outcomes.expired;
        joined += outcomes.joined;
        given += outcomes.given;
        updates += wheel.live().updates(model);
        versions += wheel.registry().model(model).versions.size();
    }
    out.key("train").object().key("versions").unsigned_integer(versions).end();
    out.key("deploy").object().key("predictions").unsigned_integer(counts.predictions).end();
    out.key("feedback").object();
    out.key("open").unsigned_integer(open);
    out.key("closed").unsigned_integer(closed);
    out.key("joined").unsigned_integer(joined);
    out.key("given").unsigned_integer(given);
    out.key("feedbacks").unsigned_integer(counts.feedbacks);
    out.key("late").unsigned_integer(counts.late_feedbacks);
    out.end();
    out.key("optimize").object();
    out.key("updates").unsigned_integer(updates);
    out.key("decisions").unsigned_integer(counts.decisions);
    out.end().end();
}

void write_status(json::Writer& out, Workspace& workspace) {
    const optimize::Wheel& wheel = workspace.wheel();
    out.object();
    out.key("name").string(wheel.spec().name);
    out.key("time").time(wheel.time());
    out.key("lsn").string(std::to_string(wheel.lsn()));
    out.key("stages");
    write_stages(out, workspace, wheel);
    out.key("models").array();
    for (std::size_t i = 0; i < wheel.spec().models.size(); ++i)
        write_model(out, wheel, workspace.packages(), static_cast<int>(i));
    out.end();
    out.key("jobs").array();
    for (const JobView& job : workspace.jobs().list()) {
        if (!job.finished()) write_job(out, job);
    }
    out.end();
    out.key("decisions").array();
    const auto& decisions = wheel.decisions().all();
    std::size_t given = 0;
    for (auto it = decisions.rbegin(); it != decisions.rend() && given < kLastDecisions;
         ++it, ++given) {
        write_decision(out, it->decision, it->lsn, it->time);
    }
    out.end().end();
}

void status_route(Services services, Call call, Responder responder) {
    Workspace& workspace = services.workspace;
    answer_from_wheel(workspace, call, std::move(responder),
                      [&workspace](json::Writer& out, log::Turn&) -> Status {
                          write_status(out, workspace);
                          return {};
                      });
}

void ready(Services services, Call, Responder responder) {
    const log::Progress progress = services.workspace.runner().progress();
    std::string body;
    json::Writer out(body);
    const bool is_ready = services.workspace.is_ready();
    out.object().key("status").string(is_ready ? "ok" : "recovering");
    if (!is_ready) {
        out.key("applied").unsigned_integer(progress.applied);
        out.key("target").unsigned_integer(progress.target);
    }
    out.end();
    Response response = json_answer(std::move(body), is_ready ? 200 : 503);
    if (!is_ready) response.headers = fmt::format("Retry-After: {}\r\n", kRetryAfterSeconds);
    responder.send(std::move(response));
}

}  // namespace

std::vector<Route> status_routes(Services services) {
    return {
        {.method = Method::kGet,
         .pattern = "/v1/status",
         .name = "status",
         .scope = protect::Scope::kRead,
         .text = "The wheel: each stage's figures, live versions, arms, open predictions, last "
                 "decisions.",
         .answer = &shapes::kStatus,
         .handle = with(services, status_route)},
        {.method = Method::kGet,
         .pattern = "/healthz",
         .name = "healthz",
         .scope = protect::Scope::kNone,
         .text = "The process lives.",
         .answer = &shapes::kHealth,
         .while_recovering = true,
         .handle = [](Call,
                      Responder responder) { responder.send(json_answer("{\"status\":\"ok\"}")); }},
        {.method = Method::kGet,
         .pattern = "/readyz",
         .name = "readyz",
         .scope = protect::Scope::kNone,
         .text = "The log has been read and requests are answered; 503 with the progress before.",
         .answer = &shapes::kHealth,
         .while_recovering = true,
         .handle = with(services, ready)},
        {.method = Method::kGet,
         .pattern = "/metrics",
         .name = "metrics",
         .scope = protect::Scope::kRead,
         .text = "Prometheus text.",
         .answers = Many::kNone,
         .content_type = kMetricsContentType,
         .handle =
             [services](Call, Responder responder) {
                 Response response;
                 response.body = services.metrics.text();
                 response.content_type = kMetricsContentType;
                 responder.send(std::move(response));
             }},
    };
}

}  // namespace volant::api
