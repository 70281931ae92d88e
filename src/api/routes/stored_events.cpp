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

// What a page still takes.
struct Room {
    std::size_t items = 0;
    std::size_t bytes = kPageBytesMax;
    bool is_fresh = true;  // the first item is taken whatever its size
};

struct Chunk {
    std::deque<Found> found;  // oldest first
    bool is_full = false;     // others match, for which there was no room
};

// The newest events of the records [begin, end) that match and for which there is room.
Result<Chunk> read_events(const Workspace& workspace, const collect::EventFilter& filter,
                          log::Lsn begin, log::Lsn end, const Room& room) {
    Chunk chunk;
    std::deque<Found>& found = chunk.found;
    std::size_t bytes = 0;
    const auto is_too_much = [&] {
        return found.size() > room.items ||
               (bytes > room.bytes && found.size() > (room.is_fresh ? 1 : 0));
    };
    VOLANT_TRY(const auto reader, workspace.log().read(begin));
    log::Record record;
    collect::EventView event;
    while (true) {
        VOLANT_TRY(const bool more, reader->next(record));
        if (!more || record.lsn >= end) return chunk;
        if (record.type != log::RecordType::kEvent ||
            !collect::decode_event(workspace.spec(), record, event).ok() ||
            !collect::matches(filter, event))
            continue;
        Found& one = found.emplace_back();
        one.lsn = record.lsn;
        json::Writer out(one.json);
        collect::write_event(out, event, std::to_string(record.lsn));
        bytes += one.json.size();
        while (is_too_much()) {
            bytes -= found.front().json.size();
            found.pop_front();
            chunk.is_full = true;
        }
    }
}

// Records read at a time, from the newest back: few at first, since most pages are full soon.
constexpr std::uint64_t kChunkFirst = 1'024;
constexpr std::uint64_t kChunkMax = 65'536;
// Records read for one page: a filter that little passes gives short pages, not long waits for all
// that is asked behind it.
constexpr std::uint64_t kRecordsMax = 16 * kChunkMax;

Result<std::string> event_page(Workspace& workspace, collect::EventFilter filter,
                               const PageAsked& page, const IsWanted& is_wanted) {
    if (!filter.entities.empty()) {
        VOLANT_OK(workspace.ask_and_wait(Workspace::kReadsOnly, [&](log::Turn&) {
            collect::add_names(filter, workspace.wheel().entities());
        }));
    }
    log::Lsn end = std::min<log::Lsn>(workspace.runner().durable_lsn() + 1, page.before);
    const log::Lsn first = workspace.log().stat().first_lsn;
    const log::Lsn least = end > first + kRecordsMax ? end - kRecordsMax : first;
    std::uint64_t step = kChunkFirst;
    std::string body;
    json::Writer out(body);
    out.object().key("items").array();
    Room room{.items = page.limit};
    log::Lsn next = end;  // where the next page goes on
    bool is_full = false;
    while (end > least && !is_full) {
        if (!is_wanted()) return client_gone();
        const log::Lsn begin = end > least + step ? end - step : least;
        VOLANT_TRY(const Chunk chunk, read_events(workspace, filter, begin, end, room));
        next = chunk.is_full ? next : begin;
        for (auto one = chunk.found.rbegin(); one != chunk.found.rend(); ++one) {
            out.raw(one->json);
            --room.items;
            room.bytes -= std::min(room.bytes, one->json.size());
            room.is_fresh = false;
            if (chunk.is_full || room.items == 0) next = one->lsn;
        }
        is_full = chunk.is_full || room.items == 0;
        end = begin;
        step = std::min(2 * step, kChunkMax);
    }
    out.end().key("next");
    if (next > first) {
        out.string(std::to_string(next));
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
        std::move(responder), [&workspace = services.workspace, filter = std::move(*filter),
                               page = *page](const IsWanted& is_wanted) {
            auto body = event_page(workspace, filter, page, is_wanted);
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
                     "for its events. A page may hold fewer than `limit`: it ends at 4 MiB, and "
                     "after a million records looked at; the last one is the one whose `next` is "
                     "null.",
             .query = kStoredEventQuery,
             .open_query = true,
             .answer = &shapes::kStoredEvent,
             .answers = Many::kPage,
             .errors = kStoredEventErrors,
             .handle = with(services, get_events)}};
}

}  // namespace volant::api
