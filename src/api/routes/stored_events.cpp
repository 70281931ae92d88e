// GET /v1/events: the log is read in the background, from its end. The apply thread is asked once,
// for the names under which the filter's ids go.
#include <deque>

#include "api/error_answer.h"
#include "api/page.h"
#include "api/routes/routes.h"
#include "api/shapes.h"
#include "collect/event_query.h"
#include "core/json_writer.h"

namespace volant::api {
namespace {

Result<collect::EventFilter> filter_of(const spec::Spec& spec, const Call& call) {
    collect::EventFilter filter;
    for (const auto& [name, value] : call.query) {
        if (name == "limit" || name == "cursor" || name == "min_lsn") continue;
        if (name == "event") {
            filter.event = value;
        } else if (name == "from") {
            filter.from = call.time_of("from");
        } else if (name == "to") {
            filter.to = call.time_of("to");
        } else if (const int entity = spec.entity_index(name); entity >= 0) {
            filter.entities.push_back({entity, {value}});
        } else {
            return fail(Code::kUnknownField,
                        "found parameter \"" + name +
                            "\", expected event, from, to, limit, cursor or an entity",
                        "/" + name);
        }
    }
    return filter;
}

struct Found {
    log::Lsn lsn = 0;
    std::string json;
};

// The newest `limit` events of the records [begin, end) that match, oldest first.
Result<std::deque<Found>> read_events(const Workspace& workspace,
                                      const collect::EventFilter& filter, log::Lsn begin,
                                      log::Lsn end, std::size_t limit) {
    std::deque<Found> found;
    VOLANT_TRY(const auto reader, workspace.log().read(begin));
    log::Record record;
    collect::EventView event;
    while (true) {
        VOLANT_TRY(const bool more, reader->next(record));
        if (!more || record.lsn >= end) return found;
        if (record.type != log::RecordType::kEvent ||
            !collect::decode_event(workspace.spec(), record, event).ok() ||
            !collect::matches(filter, event))
            continue;
        if (found.size() == limit) found.pop_front();
        Found& one = found.emplace_back();
        one.lsn = record.lsn;
        json::Writer out(one.json);
        collect::write_event(out, event, std::to_string(record.lsn));
    }
}

// Records read at a time, from the newest back: few at first, since most pages are full soon.
constexpr std::uint64_t kChunkFirst = 1'024;
constexpr std::uint64_t kChunkMax = 65'536;

Result<std::string> event_page(Workspace& workspace, collect::EventFilter filter,
                               const PageAsked& page) {
    if (!filter.entities.empty()) {
        VOLANT_OK(workspace.ask_and_wait(Workspace::kReadsOnly, [&](log::Turn&) {
            collect::add_names(filter, workspace.wheel().entities());
        }));
    }
    log::Lsn end = std::min<log::Lsn>(workspace.runner().durable_lsn() + 1, page.before);
    const log::Lsn first = workspace.log().stat().first_lsn;
    std::uint64_t chunk = kChunkFirst;
    std::string body;
    json::Writer out(body);
    out.object().key("items").array();
    std::size_t given = 0;
    log::Lsn last = 0;
    while (end > first && given < page.limit) {
        const log::Lsn begin = end > first + chunk ? end - chunk : first;
        VOLANT_TRY(const auto found,
                   read_events(workspace, filter, begin, end, page.limit - given));
        for (auto one = found.rbegin(); one != found.rend(); ++one, ++given) {
            out.raw(one->json);
            last = one->lsn;
        }
        end = begin;
        chunk = std::min(2 * chunk, kChunkMax);
    }
    out.end().key("next");
    if (given == page.limit && last > first) {
        out.string(std::to_string(last));
    } else {
        out.null();
    }
    out.end();
    return body;
}

void get_events(Services services, Call call, Responder responder) {
    auto filter = filter_of(services.workspace.spec(), call);
    const auto page = page_asked(call);
    if (!filter.ok()) return responder.send(error_answer(filter.error()));
    if (!page.ok()) return responder.send(error_answer(page.error()));
    services.background.searches.answer(
        std::move(responder),
        [&workspace = services.workspace, filter = std::move(*filter), page = *page] {
            auto body = event_page(workspace, filter, page);
            return body.ok() ? json_answer(std::move(*body)) : error_answer(body.error());
        });
}

constexpr Field kStoredEventQuery[] = {
    {.name = "event", .kind = Kind::kString, .text = "Only events of this type."},
    {.name = "from", .kind = Kind::kTime, .text = "Only events that happened then or later."},
    {.name = "to", .kind = Kind::kTime, .text = "Only events that happened before."},
    kPageQuery[0],
    kPageQuery[1],
};
constexpr Code kStoredEventErrors[] = {Code::kOutOfRange, Code::kUnknownField, Code::kInvalidTime,
                                       Code::kOverloaded};

}  // namespace

std::vector<Route> stored_event_routes(Services services) {
    return {{.method = Method::kGet,
             .pattern = "/v1/events",
             .name = "get_events",
             .scope = protect::Scope::kRead,
             .text = "Events as they were sent, newest first. An entity's name as a parameter asks "
                     "for its events.",
             .query = kStoredEventQuery,
             .open_query = true,
             .answer = &shapes::kStoredEvent,
             .answers = Many::kPage,
             .errors = kStoredEventErrors,
             .handle = with(services, get_events)}};
}

}  // namespace volant::api
