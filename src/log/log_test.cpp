#include "log/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "core/random.h"
#include "log/memory_disk.h"

namespace volant::log {
namespace {

using ::testing::HasSubstr;

constexpr LogOptions kSmall{.segment_bytes = 16u << 10, .background = false};

Lsn append_text(Log& log, std::string_view text) {
    return log.append(
        {.type = RecordType::kEvent, .event_time = 1, .known_at = 2, .clear = text, .sealed = {}});
}

std::vector<std::string> read_texts(const Log& log, Lsn from = 1) {
    std::vector<std::string> texts;
    auto reader = log.read(from);
    EXPECT_TRUE(reader.ok());
    Record record;
    Lsn expected = from;
    while (true) {
        const auto more = (*reader)->next(record);
        EXPECT_TRUE(more.ok()) << (more.ok() ? "" : more.error().message);
        if (!more.ok() || !*more) return texts;
        EXPECT_EQ(record.lsn, expected++);
        texts.emplace_back(record.clear);
    }
}

std::unique_ptr<Log> open(Disk& disk, LogOptions options = kSmall) {
    auto log = make_log(disk, "log", options);
    EXPECT_TRUE(log.ok()) << (log.ok() ? "" : log.error().message);
    return log.ok() ? std::move(*log) : nullptr;
}

TEST(Log, RecordsAreVisibleOnceCommittedAndThereAfterAReopen) {
    MemoryDisk disk;
    auto log = open(disk);
    EXPECT_EQ(append_text(*log, "one"), 1u);
    EXPECT_EQ(append_text(*log, "two"), 2u);
    EXPECT_EQ(log->durable_lsn(), 0u);
    EXPECT_THAT(read_texts(*log), testing::IsEmpty());
    ASSERT_TRUE(*log->commit(0));
    EXPECT_FALSE(*log->commit(0));
    EXPECT_EQ(log->durable_lsn(), 2u);
    EXPECT_THAT(read_texts(*log), testing::ElementsAre("one", "two"));
    ASSERT_TRUE(log->close().ok());
    log = open(disk);
    EXPECT_EQ(log->next_lsn(), 3u);
    append_text(*log, "three");
    ASSERT_TRUE(*log->commit(0));
    EXPECT_THAT(read_texts(*log), testing::ElementsAre("one", "two", "three"));
}

TEST(Log, ReadsFromEveryPlaceOverManySegmentsAndStarts) {
    MemoryDisk disk;
    Random random(3);
    std::vector<std::string> expected;
    std::unique_ptr<Log> log;
    for (int start = 0; start < 4; ++start) {
        log = open(disk);
        for (int batch = 0; batch < 60; ++batch) {
            for (std::uint64_t i = 0; i < 1 + random.below(20); ++i) {
                expected.push_back(std::string(random.below(200), 'x') +
                                   std::to_string(expected.size()));
                append_text(*log, expected.back());
            }
            ASSERT_TRUE(log->commit(0).ok());
        }
        if (start % 2 == 0) {
            ASSERT_TRUE(log->close().ok());
        }
    }
    EXPECT_GT(log->stat().segments, 10u);
    for (Lsn from = 1; from <= expected.size() + 1; from += 37) {
        const std::vector<std::string> tail(expected.begin() + static_cast<int>(from) - 1,
                                            expected.end());
        ASSERT_EQ(read_texts(*log, from), tail) << from;
    }
}

TEST(Log, SplitsWhatIsLargerThanASegment) {
    MemoryDisk disk;
    auto log = open(disk);
    std::vector<std::string> expected;
    for (int i = 0; i < 300; ++i) {
        expected.push_back(std::string(static_cast<std::size_t>(i * 13 % 800), 'a'));
        append_text(*log, expected.back());
    }
    expected.push_back(std::string(log->record_max() - 64, 'b'));
    append_text(*log, expected.back());
    ASSERT_TRUE(*log->commit(0));
    EXPECT_EQ(read_texts(*log), expected);
    log = open(disk);
    EXPECT_EQ(read_texts(*log), expected);
}

TEST(Log, DroppedSegmentsAreUsedAgainAndTheirOldBytesStayInvisible) {
    MemoryDisk disk;
    auto log = open(disk);
    const std::string text(500, 'o');
    const auto write = [&](int count) {
        for (int i = 0; i < count; ++i) {
            append_text(*log, text + std::to_string(log->next_lsn()));
            ASSERT_TRUE(log->commit(0).ok());
            // Every place is the end of the log once, with old bytes of each kind behind it.
            if (i % 7 == 0) {
                auto again = make_log(disk, "log", kSmall);
                ASSERT_TRUE(again.ok());
                ASSERT_EQ((*again)->next_lsn(), log->next_lsn());
                log = std::move(*again);
            }
        }
    };
    write(100);
    for (int round = 0; round < 5; ++round) {
        const Lsn keep = log->next_lsn() - 30;
        ASSERT_TRUE(log->drop_before(keep).ok());
        EXPECT_LE(log->stat().first_lsn, keep);
        EXPECT_GT(log->stat().first_lsn, 1u);
        EXPECT_EQ(read_texts(*log, keep).size(), 30u);
        write(60);
    }
    const auto gone = log->read(1);
    ASSERT_FALSE(gone.ok());
    EXPECT_EQ(gone.error().code, Code::kNotFound);
    EXPECT_THAT(gone.error().message, HasSubstr("the log begins at"));
}

TEST(Log, AReaderPinsWhatItMayStillNeed) {
    MemoryDisk disk;
    auto log = open(disk);
    for (int i = 0; i < 200; ++i) {
        append_text(*log, std::string(400, 'p'));
        ASSERT_TRUE(log->commit(0).ok());
    }
    auto reader = log->read(1);
    ASSERT_TRUE(reader.ok());
    Record record;
    ASSERT_TRUE(*(*reader)->next(record));
    ASSERT_TRUE(log->drop_before(log->next_lsn()).ok());
    EXPECT_EQ(log->stat().first_lsn, 1u);
    Lsn last = record.lsn;
    while (*(*reader)->next(record)) EXPECT_EQ(record.lsn, ++last);
    EXPECT_EQ(last, 200u);
    ASSERT_TRUE(log->drop_before(log->next_lsn()).ok());
    EXPECT_GT(log->stat().first_lsn, 100u);
}

TEST(Log, AReaderGoesOnAfterTheEnd) {
    MemoryDisk disk;
    auto log = open(disk);
    auto reader = log->read(1);
    Record record;
    for (Lsn lsn = 1; lsn <= 300; ++lsn) {
        EXPECT_FALSE(*(*reader)->next(record));
        append_text(*log, std::string(300, 'r'));
        EXPECT_FALSE(*(*reader)->next(record));
        ASSERT_TRUE(log->commit(0).ok());
        ASSERT_TRUE(*(*reader)->next(record));
        EXPECT_EQ(record.lsn, lsn);
    }
}

TEST(Log, AReaderRacingWithTheWriterSeesEveryRecordInOrder) {
    MemoryDisk disk;
    auto log = open(disk, {.segment_bytes = 64u << 10});
    constexpr Lsn kRecords = 20'000;
    std::thread writer([&] {
        for (Lsn i = 1; i <= kRecords; ++i) {
            append_text(*log, "record " + std::to_string(i));
            if (i % 9 == 0) (void)log->commit(0);
        }
        (void)log->commit(0);
    });
    auto reader = log->read(1);
    Record record;
    Lsn seen = 0;
    while (seen < kRecords) {
        const auto more = (*reader)->next(record);
        ASSERT_TRUE(more.ok()) << more.error().message;
        if (!*more) {
            std::this_thread::yield();
            continue;
        }
        ASSERT_EQ(record.lsn, ++seen);
        ASSERT_EQ(record.clear, "record " + std::to_string(seen));
    }
    writer.join();
}

TEST(Log, OneSyncABatchAndOneClaimAnIdle) {
    MemoryDisk disk;
    auto log = open(disk);
    const std::uint64_t before = log->stat().syncs;
    for (int i = 0; i < 10; ++i) append_text(*log, "x");
    ASSERT_TRUE(*log->commit(0));
    EXPECT_EQ(log->stat().syncs, before + 1);
    EXPECT_TRUE(*log->claim());
    EXPECT_FALSE(*log->claim());
    EXPECT_EQ(log->stat().syncs, before + 2);
}

}  // namespace
}  // namespace volant::log
