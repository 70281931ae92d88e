#include "log/inspect.h"

#include <algorithm>

#include "core/json_writer.h"
#include "log/segments/catalog.h"
#include "log/segments/log_reader.h"
#include "log/segments/recovery.h"
#include "log/segments/segment_name.h"
#include "log/segments/segment_scan.h"

namespace volant::log {
namespace {

Result<std::vector<Lsn>> find_segments(const Disk& disk, const std::string& folder) {
    VOLANT_TRY(const auto names, disk.list(folder));
    std::vector<Lsn> segments = segments_among(names);
    if (segments.empty()) return fail(Code::kNotFound, "no log in " + folder);
    return segments;
}

std::string hex(std::string_view bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(2 * bytes.size());
    for (const char c : bytes) {
        out += kDigits[static_cast<unsigned char>(c) >> 4];
        out += kDigits[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

// Goes over the segments of a log in order, and fills the report.
class Verifier {
  public:
    Verifier(const Disk& disk, std::string folder, std::vector<Lsn> segments)
        : disk_(disk), folder_(std::move(folder)), segments_(std::move(segments)) {
        report_.first_lsn = chain_.next_lsn = segments_.front();
        if (segments_.front() == 1) chain_.digest = 0;
    }

    Result<LogReport> run(const LogProgress& progress) {
        for (std::size_t i = 0; i < segments_.size() && !report_.damage; ++i) {
            VOLANT_OK(verify_segment(i, progress));
        }
        report_.next_lsn = chain_.next_lsn;
        return std::move(report_);
    }

  private:
    Status verify_segment(std::size_t index, const LogProgress& progress) {
        const Lsn segment = segments_[index];
        path_ = folder_ + "/" + segment_name(segment);
        if (segment != chain_.next_lsn) {
            return damage(0, "expected lsn " + std::to_string(chain_.next_lsn) + " here");
        }
        VOLANT_TRY(auto file, disk_.open_read_only(path_));
        VOLANT_TRY(const std::uint64_t size, file->size());
        report_.segments += 1;
        report_.file_bytes += size;
        SegmentScan scan(std::move(file), 0);
        while (!report_.damage) {
            VOLANT_TRY(const std::optional<Batch> batch, scan.peek(UINT64_MAX));
            if (!batch || !chain_.accepts(batch->header)) return end_of_segment(index, scan);
            add(*batch, scan.offset());
            chain_.advance(batch->header);
            scan.skip(batch->header);
            if (progress) progress(index * size + scan.offset(), segments_.size() * size);
        }
        return {};
    }

    Status end_of_segment(std::size_t index, SegmentScan& scan) {
        if (index + 1 < segments_.size()) {
            if (segments_[index + 1] == chain_.next_lsn) return {};
            return damage(scan.offset(), "a batch is bad; the next segment starts at lsn " +
                                             std::to_string(segments_[index + 1]));
        }
        VOLANT_TRY(const auto claim, scan.find_claim(chain_));
        if (!claim) return {};
        return damage(scan.offset(), "a batch is bad; the one at byte " + std::to_string(*claim) +
                                         " proves that it was durable");
    }

    void add(const Batch& batch, std::uint64_t offset) {
        report_.batches += 1;
        report_.bytes += batch.header.bytes();
        report_.record_bytes += batch.header.length;
        report_.ends_in_claim = batch.header.record_count == 0;
        if (batch.header.record_count == 0) report_.claims += 1;
        std::uint32_t count = 0;
        Record record;
        std::size_t used = 0;
        std::string_view left = batch.records;
        for (; decode_record(left, record, used); left.remove_prefix(used)) {
            if (report_.records++ == 0) report_.first_known_at = record.known_at;
            report_.last_known_at = record.known_at;
            report_.records_by_type[static_cast<std::uint8_t>(record.type)] += 1;
            ++count;
        }
        if (!left.empty() || count != batch.header.record_count) {
            (void)damage(offset, "the records of a batch do not decode; its checksum is right");
        }
    }

    Status damage(std::uint64_t offset, std::string what) {
        report_.damage = LogDamage{path_, offset, std::move(what)};
        return {};
    }

    const Disk& disk_;
    const std::string folder_;
    const std::vector<Lsn> segments_;
    std::string path_;
    Chain chain_{.digest = {}};
    LogReport report_;
};

}  // namespace

Result<Lsn> oldest_lsn(const Disk& disk, const std::string& folder) {
    VOLANT_TRY(const std::vector<Lsn> segments, find_segments(disk, folder));
    return segments.front();
}

Result<std::unique_ptr<Reader>> read_log(const Disk& disk, const std::string& folder, Lsn from) {
    VOLANT_TRY(const std::vector<Lsn> segments, find_segments(disk, folder));
    auto catalog = std::make_shared<Catalog>();
    for (const Lsn segment : segments) {
        catalog->add_old(segment, folder + "/" + segment_name(segment));
    }
    return open_reader(disk, std::move(catalog), std::max<Lsn>(from, 1));
}

Result<LogReport> verify_log(const Disk& disk, const std::string& folder,
                             const LogProgress& progress) {
    VOLANT_TRY(std::vector<Lsn> segments, find_segments(disk, folder));
    VOLANT_TRY(const auto names, disk.list(folder));
    const auto free = std::count_if(names.begin(), names.end(), [](const std::string& name) {
        return number_in_name(name, kFreeSuffix).has_value();
    });
    VOLANT_TRY(LogReport report, Verifier(disk, folder, std::move(segments)).run(progress));
    report.free_segments = static_cast<std::uint64_t>(free);
    return report;
}

std::string record_json(const Record& record) {
    std::string line;
    json::Writer out(line);
    out.object().key("lsn").unsigned_integer(record.lsn);
    out.key("type").string(record_type_name(record.type));
    out.key("known_at").time(record.known_at).key("event_time").time(record.event_time);
    out.key("flags").unsigned_integer(record.flags).key("key_id").unsigned_integer(record.key_id);
    out.key("codec").unsigned_integer(static_cast<std::uint64_t>(record.codec));
    out.key("clear").string(hex(record.clear)).key("sealed").string(hex(record.sealed)).end();
    return line;
}

std::string report_json(const LogReport& report) {
    std::string text;
    json::Writer out(text);
    out.object().key("first_lsn").unsigned_integer(report.first_lsn);
    out.key("next_lsn").unsigned_integer(report.next_lsn);
    out.key("segments").unsigned_integer(report.segments);
    out.key("free_segments").unsigned_integer(report.free_segments);
    out.key("file_bytes").unsigned_integer(report.file_bytes);
    out.key("bytes").unsigned_integer(report.bytes);
    out.key("record_bytes").unsigned_integer(report.record_bytes);
    out.key("batches").unsigned_integer(report.batches);
    out.key("claims").unsigned_integer(report.claims);
    out.key("records").unsigned_integer(report.records);
    out.key("records_by_type").object();
    for (int type = 0; type < 256; ++type) {
        if (report.records_by_type[type] == 0) continue;
        const auto name = record_type_name(static_cast<RecordType>(type));
        const bool known = name != "unknown";
        out.key(known ? std::string(name) : std::to_string(type));
        out.unsigned_integer(report.records_by_type[type]);
    }
    out.end();
    if (report.records > 0) {
        out.key("first_known_at").time(report.first_known_at);
        out.key("last_known_at").time(report.last_known_at);
    }
    out.key("ends_in_claim").boolean(report.ends_in_claim);
    out.key("damage");
    if (report.damage) {
        out.object().key("file").string(report.damage->file);
        out.key("offset").unsigned_integer(report.damage->offset);
        out.key("what").string(report.damage->what).end();
    } else {
        out.null();
    }
    out.end();
    return text;
}

}  // namespace volant::log
