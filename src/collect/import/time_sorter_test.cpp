#include "collect/import/time_sorter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "core/random.h"

namespace volant::collect {
namespace {

using Record = std::pair<Micros, std::string>;

Result<std::vector<Record>> sorted(const std::vector<Record>& records, std::size_t bytes_max,
                                   std::size_t* runs = nullptr) {
    TimeSorter sorter(::testing::TempDir(), bytes_max);
    for (const Record& record : records) VOLANT_OK(sorter.add(record.first, record.second));
    VOLANT_OK(sorter.finish());
    if (runs != nullptr) *runs = sorter.runs_count();
    std::vector<Record> out;
    Micros time = 0;
    std::string_view payload;
    for (;;) {
        VOLANT_TRY(const bool any, sorter.next(time, payload));
        if (!any) return out;
        out.emplace_back(time, payload);
    }
}

TEST(TimeSorter, SortsStablyInMemoryAndOnDisk) {
    Random random(1);
    std::vector<Record> records;
    for (int i = 0; i < 20'000; ++i) {
        const auto time = static_cast<Micros>(random.below(500)) - 250;
        records.emplace_back(time, std::to_string(i) + std::string(random.below(40), 'x'));
    }
    std::vector<Record> want = records;
    std::stable_sort(want.begin(), want.end(),
                     [](const Record& a, const Record& b) { return a.first < b.first; });
    for (const std::size_t bytes_max :
         {std::size_t{64} << 20, std::size_t{100'000}, std::size_t{3'000}}) {
        std::size_t runs = 0;
        const auto got = sorted(records, bytes_max, &runs);
        ASSERT_TRUE(got.ok()) << got.error().message;
        EXPECT_TRUE(*got == want) << bytes_max;
        EXPECT_LE(runs, 129u);
        if (bytes_max > 1'000'000) {
            EXPECT_EQ(runs, 0u);
        } else {
            EXPECT_GT(runs, 5u);
        }
    }
}

TEST(TimeSorter, TakesNothingOneAndLongRecords) {
    EXPECT_TRUE(sorted({}, 100)->empty());
    const std::vector<Record> records = {
        {5, std::string(1000, 'a')}, {4, ""}, {3, std::string(2000, 'b')}};
    const auto got = sorted(records, 100);
    ASSERT_TRUE(got.ok());
    EXPECT_EQ((*got)[0].second, records[2].second);
    EXPECT_EQ((*got)[2].second, records[0].second);
}

TEST(TimeSorter, LeavesNoFilesAndSaysWhereItCannotWrite) {
    const std::string dir = ::testing::TempDir() + "/volant_sorter_dir";
    std::filesystem::create_directory(dir);
    TimeSorter sorter(dir, 10);
    ASSERT_TRUE(sorter.add(1, "first").ok());
    ASSERT_TRUE(sorter.add(2, "second").ok());
    EXPECT_TRUE(std::filesystem::is_empty(dir));
    std::filesystem::remove(dir);
    const Status status = sorter.add(3, "third");
    EXPECT_EQ(status.error().code, Code::kUnavailable);
    EXPECT_NE(status.error().message.find(dir), std::string::npos);
}

}  // namespace
}  // namespace volant::collect
