// Looking at a log without writing it: what `volant log dump|verify|stat` does. Reads the files
// alone, so it may be used beside a running server; what that one writes meanwhile looks like a
// torn tail.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/result.h"
#include "log/disk.h"
#include "log/log.h"

namespace volant::log {

// The lsn with which the log begins. kNotFound when there is none, kUnavailable.
Result<Lsn> oldest_lsn(const Disk& disk, const std::string& folder);

// From the first record at or after `from`, with every checksum on the way verified. kNotFound (no
// log there, or `from` was dropped), kUnavailable. `disk` must outlive the reader.
Result<std::unique_ptr<Reader>> read_log(const Disk& disk, const std::string& folder, Lsn from);

struct LogDamage {
    std::string file;
    std::uint64_t offset = 0;  // of the bad batch
    std::string what;
};

struct LogReport {
    Lsn first_lsn = 1;
    Lsn next_lsn = 1;  // or where the damage begins
    std::uint64_t segments = 0;
    std::uint64_t free_segments = 0;
    std::uint64_t file_bytes = 0;    // of the segments, zeros and old batches included
    std::uint64_t bytes = 0;         // of batches
    std::uint64_t record_bytes = 0;  // of records in them
    std::uint64_t batches = 0;
    std::uint64_t claims = 0;  // batches without records
    std::uint64_t records = 0;
    std::uint64_t records_by_type[256] = {};
    Micros first_known_at = 0;  // of the first and the last record
    Micros last_known_at = 0;
    bool ends_in_claim = false;       // a clean stop, or an idle server
    std::optional<LogDamage> damage;  // the first
};

// Reads everything and verifies every checksum, chain and record; stops at the first damage. Calls
// `progress` now and then with the bytes read and the bytes in all. kNotFound, kUnavailable.
using LogProgress = std::function<void(std::uint64_t done, std::uint64_t all)>;
Result<LogReport> verify_log(const Disk& disk, const std::string& folder,
                             const LogProgress& progress = {});

// One line of `volant log dump`, without the newline: {"lsn":1,"type":"event","known_at":...,
// "event_time":...,"flags":0,"key_id":0,"codec":0,"clear":"hex","sealed":"hex"}.
std::string record_json(const Record& record);
// `volant log verify --json` and `stat --json`.
std::string report_json(const LogReport& report);

}  // namespace volant::log
