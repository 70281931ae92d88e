// Holds docs/formats/log.md: fixed bytes, and a reader that shares no code with ours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/files.h"
#include "core/random.h"
#include "log/file_disk.h"
#include "log/inspect.h"
#include "log/log.h"
#include "log/memory_disk.h"

namespace volant::log {
namespace {

using ::testing::HasSubstr;

constexpr LogOptions kTiny{.segment_bytes = 8u << 10, .background = false};
constexpr const char* kFirstSegment = "00000000000000000001.seg";

std::filesystem::path source_folder() {
    const char* folder = std::getenv("VOLANT_SOURCE_DIR");
    return folder ? folder : ".";
}

// Each optional field, type and padding once.
std::vector<Record> golden_records() {
    return {
        {.type = RecordType::kSpec,
         .event_time = 1'000,
         .known_at = 1'000,
         .clear = "name: shop",
         .sealed = {}},
        {.type = RecordType::kEvent,
         .key_id = 0x0102030405060708,
         .event_time = 1'500,
         .known_at = 2'000,
         .clear = "item",
         .sealed = "subject"},
        {.type = RecordType::kEvent,
         .flags = kKnownAtAssumed,
         .event_time = -5,
         .known_at = -5,
         .clear = {},
         .sealed = "an event of 1969"},
        {.type = RecordType::kTick,
         .event_time = 3'000,
         .known_at = 3'000,
         .clear = {},
         .sealed = {}},
        {.type = RecordType::kFeedback,
         .event_time = 3'001,
         .known_at = 3'002,
         .clear = std::string_view("\0\xff\n", 3),
         .sealed = {}},
    };
}

// One batch of two, one of three, and the claims of a start and a clean stop.
void write_golden(Disk& disk, const std::string& folder) {
    auto log = make_log(disk, folder, kTiny);
    ASSERT_TRUE(log.ok());
    const auto records = golden_records();
    for (std::size_t i = 0; i < records.size(); ++i) {
        (*log)->append(records[i]);
        if (i == 1) {
            ASSERT_TRUE((*log)->commit(0).ok());
        }
    }
    ASSERT_TRUE((*log)->close().ok());
}

std::string read_all(const Disk& disk, const std::string& path) {
    const auto file = disk.open_read_only(path);
    std::string bytes(*(*file)->size(), '\0');
    EXPECT_EQ(*(*file)->read(0, bytes.data(), bytes.size()), bytes.size());
    return bytes;
}

TEST(LogFormat, TheBytesAreThoseOfTheGoldenFile) {
    MemoryDisk disk;
    write_golden(disk, "log");
    std::string bytes = read_all(disk, std::string("log/") + kFirstSegment);
    bytes.resize(bytes.find_last_not_of('\0') / 8 * 8 + 8);
    const auto path = source_folder() / "tests/golden/log/version_1.seg";
    if (std::getenv("VOLANT_WRITE_GOLDEN")) {
        ASSERT_TRUE(replace_file(path, bytes).ok());
    }
    const auto golden = read_file(path);
    ASSERT_TRUE(golden.ok()) << golden.error().message;
    EXPECT_EQ(bytes, *golden);
}

TEST(LogFormat, TheGoldenFileIsReadAsItWasWritten) {
    const auto golden = read_file(source_folder() / "tests/golden/log/version_1.seg");
    ASSERT_TRUE(golden.ok()) << golden.error().message;
    MemoryDisk disk;
    auto file = *disk.create(std::string("log/") + kFirstSegment);
    ASSERT_TRUE(file->write(0, *golden + std::string(4096 - golden->size(), '\0')).ok());
    auto reader = read_log(disk, "log", 1);
    ASSERT_TRUE(reader.ok());
    Record record;
    Lsn lsn = 0;
    for (const Record& expected : golden_records()) {
        const auto more = (*reader)->next(record);
        ASSERT_TRUE(more.ok() && *more);
        EXPECT_EQ(record.lsn, ++lsn);
        EXPECT_EQ(record.type, expected.type);
        EXPECT_EQ(record.flags, expected.flags);
        EXPECT_EQ(record.key_id, expected.key_id);
        EXPECT_EQ(record.event_time, expected.event_time);
        EXPECT_EQ(record.known_at, expected.known_at);
        EXPECT_EQ(record.clear, expected.clear);
        EXPECT_EQ(record.sealed, expected.sealed);
    }
    EXPECT_FALSE(*(*reader)->next(record));
}

// --- the reader in Python ---

struct Output {
    std::string text;
    int exit_code = 0;
};

Output run_python_reader(const std::filesystem::path& folder) {
    const std::string command = "python3 " + (source_folder() / "tests/log_reader.py").string() +
                                " " + folder.string() + " 2>&1";
    Output output;
    std::FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 4096> chunk;
    while (const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), pipe)) {
        output.text.append(chunk.data(), got);
    }
    output.exit_code = ::pclose(pipe) >> 8;
    return output;
}

std::string hex_or_dash(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
        char pair[3];
        std::snprintf(pair, sizeof pair, "%02x", static_cast<unsigned char>(c));
        out += pair;
    }
    return out.empty() ? "-" : out;
}

// As log_reader.py prints it.
std::string printed(const Record& record) {
    std::string line = std::to_string(record.lsn);
    for (const std::int64_t number :
         {static_cast<std::int64_t>(record.type), static_cast<std::int64_t>(record.flags),
          static_cast<std::int64_t>(record.key_id), record.event_time, record.known_at}) {
        line += " " + std::to_string(number);
    }
    return line + " " + hex_or_dash(record.clear) + " " + hex_or_dash(record.sealed) + "\n";
}

class PythonReader : public testing::Test {
  protected:
    PythonReader()
        : folder_(std::filesystem::temp_directory_path() /
                  ("volant_format_" + std::to_string(::getpid()))) {
        std::filesystem::remove_all(folder_);
    }
    ~PythonReader() override { std::filesystem::remove_all(folder_); }
    void SetUp() override {
        if (std::system("python3 -c pass >/dev/null 2>&1") != 0) GTEST_SKIP() << "no python3";
    }

    // Several starts, segments and recycled segments.
    void write_random_log() {
        Random random(11);
        for (int start = 0; start < 3; ++start) {
            auto log = make_log(disk_, folder_, kTiny);
            ASSERT_TRUE(log.ok());
            for (int batch = 0; batch < 60; ++batch) {
                for (std::uint64_t i = random.below(5); i < 5; ++i) {
                    const std::string clear(random.below(200), 'c');
                    const std::string sealed(random.below(3), 's');
                    (*log)->append({.type = RecordType::kEvent,
                                    .key_id = random.below(2) * 77,
                                    .event_time = static_cast<Micros>(random.below(3)),
                                    .known_at = 1,
                                    .clear = clear,
                                    .sealed = sealed});
                }
                ASSERT_TRUE((*log)->commit(0).ok());
                if (batch % 20 == 0) {
                    ASSERT_TRUE((*log)->drop_before((*log)->next_lsn() - 50 * start).ok());
                }
            }
        }
    }

    FileDisk disk_;
    std::filesystem::path folder_;
};

TEST_F(PythonReader, PrintsWhatWeRead) {
    write_random_log();
    const auto report = verify_log(disk_, folder_);
    ASSERT_TRUE(report.ok() && !report->damage);
    ASSERT_GT(report->segments, 3u);
    std::string expected;
    auto reader = read_log(disk_, folder_, report->first_lsn);
    Record record;
    while (*(*reader)->next(record)) expected += printed(record);
    const Output output = run_python_reader(folder_);
    EXPECT_EQ(output.exit_code, 0);
    EXPECT_EQ(output.text, expected);
}

TEST_F(PythonReader, SeesTheSameDamage) {
    // In the batch after the first claim: its magic, and a record's byte that a checksum alone
    // covers.
    for (const int offset : {64, 64 + 64 + 30}) {
        SCOPED_TRACE(offset);
        std::filesystem::remove_all(folder_);
        write_golden(disk_, folder_);
        {
            std::fstream file(folder_ / kFirstSegment,
                              std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(offset);
            file.put('x');
        }
        const auto report = verify_log(disk_, folder_);
        ASSERT_TRUE(report.ok() && report->damage);
        EXPECT_EQ(report->damage->offset, 64u);
        const Output output = run_python_reader(folder_);
        EXPECT_EQ(output.exit_code, 1);
        EXPECT_THAT(output.text, HasSubstr("at byte 64: a batch is bad that was durable"));
    }
}

}  // namespace
}  // namespace volant::log
