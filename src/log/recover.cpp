#include "log/recover.h"

#include <algorithm>
#include <vector>

namespace volant::log {
namespace {

constexpr Lsn kReportEvery = 4096;

// The newest snapshot that restores, or a fresh fold.
Result<std::optional<SnapshotHeader>> restore_newest(
    const Log& log, Fold& fold, const SnapshotStore& store,
    const std::function<void(const std::string&)>& note) {
    VOLANT_OK(store.remove_temporary());
    std::vector<std::string> damaged;
    VOLANT_TRY(const auto all, store.list(&damaged));
    for (const std::string& what : damaged) note("snapshot damaged: " + what);
    const Lsn log_end = log.next_lsn() - 1;
    if (!all.empty() && all.back().lsn > log_end) {
        return fail(Code::kCorrupt,
                    "the log ends at lsn " + std::to_string(log_end) + ", but a snapshot at lsn " +
                        std::to_string(all.back().lsn) + " proves that it went on",
                    {},
                    "restore data/log from a backup, or move that snapshot away to go on without");
    }
    std::string fresh;
    fold.snapshot(fresh);
    bool touched = false;
    for (auto it = all.rbegin(); it != all.rend() && it->lsn + 1 >= log.stat().first_lsn; ++it) {
        const std::string name = "snapshot at lsn " + std::to_string(it->lsn) + " skipped: ";
        auto snapshot = store.load(it->lsn);
        if (!snapshot.ok()) {
            note(name + snapshot.error().message);
            continue;
        }
        touched = true;
        const Status restored = fold.restore(snapshot->state);
        if (restored.ok()) return std::optional(snapshot->header);
        note(name + restored.error().message);
    }
    if (touched) VOLANT_OK(fold.restore(fresh));
    return std::optional<SnapshotHeader>();
}

}  // namespace

Result<Recovered> recover(const Log& log, Fold& fold, const SnapshotStore* store,
                          const std::function<void(Lsn)>& on_applied,
                          const std::function<void(const std::string&)>& note) {
    Recovered result;
    if (store) {
        VOLANT_TRY(const auto snapshot, restore_newest(log, fold, *store, note));
        if (snapshot) {
            result.applied = result.snapshot = snapshot->lsn;
            result.time = snapshot->time;
        }
    }
    const Lsn first = log.stat().first_lsn;
    if (result.applied + 1 < first) {
        return fail(Code::kCorrupt, "the log begins at lsn " + std::to_string(first) +
                                        " and there is no good snapshot of what came before");
    }
    VOLANT_TRY(const auto reader, log.read(result.applied + 1));
    Record record;
    while (true) {
        VOLANT_TRY(const bool more, reader->next(record));
        if (!more) break;
        fold.apply(record);
        result.applied = record.lsn;
        if (!(record.flags & kKnownAtAssumed)) result.time = std::max(result.time, record.known_at);
        if (record.lsn % kReportEvery == 0) on_applied(record.lsn);
    }
    on_applied(result.applied);
    return result;
}

}  // namespace volant::log
