#include "collect/ingest.h"

#include <fmt/format.h>

#include <set>

namespace volant::collect {
namespace {

constexpr std::size_t kUnpublishedMin = 32;

log::Record record_of(const PreparedEvent& event) {
    log::Record record;
    record.type = log::RecordType::kEvent;
    record.clear = event.clear;
    record.sealed = event.sealed;
    return record;
}

}  // namespace

std::uint16_t event_body_check(std::string_view clear, std::string_view sealed, Micros event_time) {
    std::uint64_t hash = hash64(sealed, hash64(clear));
    if (event_time_given(clear)) hash = hash_mix(hash, static_cast<std::uint64_t>(event_time));
    return static_cast<std::uint16_t>(hash);
}

std::optional<Ingested> Ingest::duplicate_of(const PreparedEvent& event,
                                             const log::Turn& turn) const {
    if (event.is_generated_id) return Ingested{true, false, turn.next_lsn() - 1};
    if (!event.id_given) return std::nullopt;
    const std::optional<Known> known = dedup_.find(event.fingerprint);
    if (!known) return std::nullopt;
    const std::uint16_t body = event_body_check(event.clear, event.sealed, event.time.value_or(0));
    return Ingested{true, body != known->body, known->lsn};
}

Status Ingest::check(const PreparedEvent& event, const log::Turn& turn, Schema::Batch* batch) {
    if (event.time) {
        Status in_range = check_time_range(*event.time, turn.now());
        if (!in_range.ok()) return std::move(in_range).error().at("/time");
    }
    EventView& view = reader_.ahead(record_of(event));
    if (event.schema == schema_.state()) {
        view.schema = event.schema;
        return {};
    }
    publish();
    return schema_.check(view, batch);
}

// A state that lasts; a copy of n names goes with as many events.
void Ingest::publish() {
    if (published_->state() == schema_.state()) return;
    if (++unpublished_ <= kUnpublishedMin + schema_.entries().size()) return;
    published_->publish(schema_);
    unpublished_ = 0;
}

log::Lsn Ingest::append(const PreparedEvent& event, log::Turn& turn, KnownAt known_at) {
    log::Record record = record_of(event);
    record.event_time = event.time.value_or(turn.now());
    record.known_at = turn.now();
    if (known_at == KnownAt::kAssumed) {
        record.flags |= log::kKnownAtAssumed;
        record.known_at = record.event_time;
    }
    return turn.append(record);
}

Result<Ingested> Ingest::one(const PreparedEvent& event, log::Turn& turn, KnownAt known_at) {
    if (const auto duplicate = duplicate_of(event, turn)) return *duplicate;
    Status status = check(event, turn, nullptr);
    if (status.ok()) return Ingested{false, false, append(event, turn, known_at)};
    reader_.forget();
    return std::move(status).error();
}

Ingest::Outcome Ingest::all(const PreparedEvents& events, log::Turn& turn) {
    Outcome outcome;
    Schema::Batch batch;
    std::set<Hash128> within;  // ids of this very batch
    for (std::size_t i = 0; i < events.size(); ++i) {
        const PreparedEvent event = events[i];
        if (duplicate_of(event, turn)) continue;
        if (event.id_given && !within.insert(event.fingerprint).second) continue;
        if (Status status = check(event, turn, &batch); !status.ok())
            outcome.errors.emplace_back(
                event.index, std::move(status).error().at(fmt::format("/{}", event.index)));
    }
    reader_.forget();
    if (!outcome.errors.empty()) return outcome;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const PreparedEvent event = events[i];
        const auto duplicate = duplicate_of(event, turn);
        outcome.ingested.push_back(
            duplicate ? *duplicate
                      : Ingested{false, false, append(event, turn, KnownAt::kArrival)});
    }
    return outcome;
}

}  // namespace volant::collect
