#include "log/recover.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "log/read_ahead.h"

namespace volant::log {
namespace {

using Note = std::function<void(const std::string&)>;

// Tries snapshots on a fold until one serves.
class Restorer {
  public:
    Restorer(Lsn first, Fold& fold, const SnapshotStore& store, const Note& note)
        : fold_(fold), store_(store), note_(note), first_(first) {
        fold_.snapshot(fresh_);
    }

    // The newest snapshot that restores; else, in a log without its beginning, the oldest that can
    // be taken over; else a fresh fold.
    Result<Recovered> run(const std::vector<SnapshotHeader>& all) {
        for (auto it = all.rbegin(); it != all.rend() && it->lsn + 1 >= first_; ++it) {
            VOLANT_TRY(const bool restored, restore(*it));
            if (restored) return of(*it);
        }
        for (auto it = all.begin(); first_ > 1 && it != all.end(); ++it) {
            if (it->lsn + 1 < first_) continue;
            VOLANT_TRY(const bool taken_over, take_over(*it));
            if (taken_over) return of(*it);
        }
        VOLANT_OK(clear());
        if (other_definition_ && first_ == 1)
            note_("no snapshot is of this specification: the log is read from its beginning");
        return Recovered{.snapshot_due = other_definition_};
    }

  private:
    Recovered of(const SnapshotHeader& header) const {
        return {.applied = header.lsn,
                .snapshot = header.lsn,
                .snapshot_due = other_definition_,
                .time = header.time};
    }

    // What an attempt has half done is undone.
    Status clear() {
        if (!std::exchange(touched_, false)) return {};
        return fold_.restore(fresh_);
    }

    Result<bool> restore(const SnapshotHeader& header) {
        const auto snapshot = load(header.lsn);
        if (!snapshot) return false;
        touched_ = true;
        const Status restored = fold_.restore(snapshot->state);
        if (restored.ok()) return true;
        if (restored.error().code == Code::kConflict) {
            other_definition_ = true;
        } else {
            skipped(header.lsn, restored.error());
        }
        VOLANT_OK(clear());
        return false;
    }

    Result<bool> take_over(const SnapshotHeader& header) {
        const auto snapshot = load(header.lsn);
        if (!snapshot) return false;
        touched_ = true;
        const auto notes = fold_.take_over(snapshot->state);
        if (notes.ok()) {
            note_(
                "the specification has changed and the log's beginning is gone: the state is "
                "taken over from the snapshot at lsn " +
                std::to_string(header.lsn));
            for (const std::string& what : *notes) note_(what);
            other_definition_ = true;
            return true;
        }
        if (notes.error().code == Code::kInvalidSpec) return notes.error();
        skipped(header.lsn, notes.error());
        VOLANT_OK(clear());
        return false;
    }

    std::optional<Snapshot> load(Lsn lsn) {
        auto snapshot = store_.load(lsn);
        if (snapshot.ok()) return std::move(*snapshot);
        skipped(lsn, snapshot.error());
        return std::nullopt;
    }

    void skipped(Lsn lsn, const Error& error) {
        note_("snapshot at lsn " + std::to_string(lsn) + " skipped: " + error.message);
    }

    Fold& fold_;
    const SnapshotStore& store_;
    const Note& note_;
    const Lsn first_;
    std::string fresh_;
    bool touched_ = false;
    bool other_definition_ = false;
};

Result<Recovered> restore_newest(const Log& log, Fold& fold, const SnapshotStore& store,
                                 const Note& note) {
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
    return Restorer(log.stat().first_lsn, fold, store, note).run(all);
}

}  // namespace

Result<Recovered> restore_from_snapshots(Lsn first, Fold& fold, const SnapshotStore& store,
                                         const std::function<void(const std::string&)>& note) {
    VOLANT_TRY(const auto all, store.list());
    return Restorer(first, fold, store, note).run(all);
}

Result<Recovered> recover(const Log& log, Fold& fold, const SnapshotStore* store,
                          const std::function<bool(Lsn)>& on_applied,
                          const std::function<void(const std::string&)>& note) {
    Recovered result;
    if (store) {
        VOLANT_TRY(result, restore_newest(log, fold, *store, note));
    }
    const Lsn first = log.stat().first_lsn;
    if (result.applied + 1 < first) {
        return fail(Code::kCorrupt, "the log begins at lsn " + std::to_string(first) +
                                        " and there is no good snapshot of what came before");
    }
    VOLANT_TRY(auto reader, log.read(result.applied + 1));
    ReadAhead ahead(std::move(reader));
    while (true) {
        if (!on_applied(result.applied))
            return fail(Code::kCancelled, "interrupted while the log was read; nothing is lost");
        VOLANT_TRY(const auto records, ahead.next());
        if (records.empty()) break;
        for (const Record& record : records) {
            fold.apply(record);
            if (!(record.flags & kKnownAtAssumed))
                result.time = std::max(result.time, record.known_at);
        }
        result.applied = records.back().lsn;
    }
    return result;
}

}  // namespace volant::log
