#include "log/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/random.h"
#include "log/fault_disk.h"

namespace volant::log {
namespace {

using ::testing::HasSubstr;

constexpr LogOptions kTiny{.segment_bytes = 8u << 10, .background = false};

void write_log(Disk& disk, int batches) {
    auto log = make_log(disk, "log", kTiny);
    ASSERT_TRUE(log.ok());
    for (int i = 0; i < batches; ++i) {
        const std::string text(100, 'x');
        (*log)->append({.type = RecordType::kEvent,
                        .event_time = i,
                        .known_at = i,
                        .clear = text,
                        .sealed = {}});
        ASSERT_TRUE((*log)->commit(0).ok());
    }
    ASSERT_TRUE((*log)->close().ok());
}

TEST(Inspect, VerifiesAndCounts) {
    FaultDisk disk(1);
    write_log(disk, 100);
    const auto report = verify_log(disk, "log");
    ASSERT_TRUE(report.ok());
    EXPECT_FALSE(report->damage);
    EXPECT_EQ(report->records, 100u);
    EXPECT_EQ(report->batches, 102u);
    EXPECT_EQ(report->claims, 2u);
    EXPECT_EQ(report->next_lsn, 101u);
    EXPECT_EQ(report->segments, 3u);
    EXPECT_EQ(report->free_segments, 1u);
    EXPECT_EQ(report->records_by_type[3], 100u);
    EXPECT_EQ(report->last_known_at, 99);
    EXPECT_TRUE(report->ends_in_claim);
    EXPECT_THAT(report_json(*report), HasSubstr(R"("records_by_type":{"event":100})"));
    EXPECT_THAT(report_json(*report), HasSubstr(R"("damage":null)"));
}

TEST(Inspect, FindsAFlippedBitAnywhereBeforeTheLastClaim) {
    Random random(5);
    for (int i = 0; i < 200; ++i) {
        FaultDisk disk(1);
        write_log(disk, 60);
        const auto whole = verify_log(disk, "log");
        // 42 batches fill the first segment; byte 0 to the end of the last batch before the claim.
        const std::uint64_t offset = random.below(64 + 42 * 192);
        disk.corrupt("log/00000000000000000001.seg", offset);
        const auto report = verify_log(disk, "log");
        ASSERT_TRUE(report.ok());
        ASSERT_TRUE(report->damage) << offset;
        EXPECT_EQ(report->damage->file, "log/00000000000000000001.seg");
        const std::uint64_t batch = offset < 64 ? 0 : 64 + (offset - 64) / 192 * 192;
        EXPECT_EQ(report->damage->offset, batch);
        EXPECT_THAT(report_json(*report), HasSubstr("\"offset\":" + std::to_string(batch)));
    }
}

TEST(Inspect, AMissingSegmentIsNamed) {
    FaultDisk disk(1);
    write_log(disk, 100);
    const auto names = disk.list("log");
    const std::string middle = "log/" + (*names)[names->size() - 2];
    ASSERT_TRUE(disk.remove(middle).ok());
    const auto report = verify_log(disk, "log");
    ASSERT_TRUE(report.ok() && report->damage);
    EXPECT_THAT(report->damage->what, HasSubstr("the next segment starts at lsn"));
}

TEST(Inspect, NoLogIsNotFound) {
    FaultDisk disk(1);
    EXPECT_EQ(verify_log(disk, "log").error().code, Code::kNotFound);
    EXPECT_EQ(read_log(disk, "log", 1).error().code, Code::kNotFound);
}

TEST(Inspect, ARecordIsOneLineOfJson) {
    EXPECT_EQ(record_json({.lsn = 7,
                           .type = RecordType::kEvent,
                           .flags = 1,
                           .key_id = 2,
                           .event_time = 0,
                           .known_at = 1'000'000,
                           .clear = "a\n",
                           .sealed = "\xff"}),
              R"({"lsn":7,"type":"event","known_at":"1970-01-01T00:00:01.000000Z",)"
              R"("event_time":"1970-01-01T00:00:00.000000Z","flags":1,"key_id":2,"codec":0,)"
              R"("clear":"610a","sealed":"ff"})");
}

}  // namespace
}  // namespace volant::log
