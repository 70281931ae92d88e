// /v1/jobs.
#include <charconv>
#include <thread>

#include "api/error_answer.h"
#include "api/model_view.h"
#include "api/page.h"
#include "api/routes/routes.h"
#include "api/shapes.h"

namespace volant::api {
namespace {

Result<std::uint64_t> job_id(const std::string& text) {
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error == std::errc{} && end == text.data() + text.size()) return id;
    return fail(Code::kNotFound, "there is no job \"" + text.substr(0, 40) + "\"");
}

std::string job_json(const JobView& job) {
    std::string body;
    json::Writer out(body);
    write_job(out, job);
    return body;
}

void list_jobs(Services services, Call call, Responder responder) {
    const auto page = page_asked(call);
    if (!page.ok()) return responder.send(error_answer(page.error()));
    std::string body;
    json::Writer out(body);
    std::size_t given = 0;
    std::uint64_t last = 0;
    out.object().key("items").array();
    for (const JobView& job : services.workspace.jobs().list()) {
        if (given == page->limit) break;
        if (job.id >= page->before) continue;
        write_job(out, job);
        last = job.id;
        ++given;
    }
    out.end().key("next");
    if (given == page->limit && last > 1) {
        out.string(std::to_string(last));
    } else {
        out.null();
    }
    out.end();
    responder.send(json_answer(std::move(body)));
}

void get_job(Services services, Call call, Responder responder) {
    const auto id = job_id(call.path[0]);
    if (!id.ok()) return responder.send(error_answer(id.error()));
    const auto job = services.workspace.jobs().view(*id);
    responder.send(job.ok() ? json_answer(job_json(*job)) : error_answer(job.error()));
}

void cancel_job(Services services, Call call, Responder responder) {
    const auto id = job_id(call.path[0]);
    if (!id.ok()) return responder.send(error_answer(id.error()));
    if (const Status status = services.workspace.jobs().cancel(*id); !status.ok()) {
        return responder.send(error_answer(status.error()));
    }
    get_job(services, std::move(call), std::move(responder));
}

void stream_job(Services services, Call call, Responder responder) {
    const auto id = job_id(call.path[0]);
    if (!id.ok()) return responder.send(error_answer(id.error()));
    auto watch = services.workspace.jobs().watch(*id);
    if (!watch.ok()) return responder.send(error_answer(watch.error()));
    Response head;
    head.content_type = "text/event-stream";
    head.headers = "Cache-Control: no-store\r\n";
    // Detached, but the jobs' stop() waits for its watch.
    std::thread([watch = std::move(*watch), stream = responder.stream(std::move(head))]() mutable {
        while (const auto job = watch.next()) {
            const std::string event = job->finished() ? "done" : "progress";
            if (!stream.write("event: " + event + "\ndata: " + job_json(*job) + "\n\n")) return;
        }
    }).detach();
}

constexpr Code kJobErrors[] = {Code::kNotFound, Code::kConflict, Code::kOutOfRange,
                               Code::kOverloaded};

}  // namespace

std::vector<Route> job_routes(Services services) {
    return {
        {.method = Method::kGet,
         .pattern = "/v1/jobs",
         .name = "list_jobs",
         .scope = protect::Scope::kRead,
         .text = "Trainings, newest first: all since the start, and before it those that gave a "
                 "version.",
         .query = kPageQuery,
         .answer = &shapes::kJob,
         .answers = Many::kPage,
         .errors = kJobErrors,
         .handle = with(services, list_jobs)},
        {.method = Method::kGet,
         .pattern = "/v1/jobs/{id}",
         .name = "get_job",
         .scope = protect::Scope::kRead,
         .text = "How a training goes.",
         .answer = &shapes::kJob,
         .errors = kJobErrors,
         .handle = with(services, get_job)},
        {.method = Method::kGet,
         .pattern = "/v1/jobs/{id}/stream",
         .name = "stream_job",
         .scope = protect::Scope::kRead,
         .text = "Server-sent events: `progress` as it goes, `done` at the end, each with the job; "
                 "from its beginning, though much progress is thinned out.",
         .answers = Many::kNone,
         .content_type = "text/event-stream",
         .errors = kJobErrors,
         .handle = with(services, stream_job)},
        {.method = Method::kDelete,
         .pattern = "/v1/jobs/{id}",
         .name = "cancel_job",
         .scope = protect::Scope::kAdmin,
         .text = "Cancels a training.",
         .answer = &shapes::kJob,
         .errors = kJobErrors,
         .handle = with(services, cancel_job)},
    };
}

}  // namespace volant::api
