#include "log/read_ahead.h"

#include <gtest/gtest.h>

namespace volant::log {
namespace {

// Gives `count` records of its own making, then an error or the end.
class MadeReader : public Reader {
  public:
    MadeReader(std::uint64_t count, std::size_t bytes, std::optional<Error> error = {})
        : count_(count), bytes_(bytes), error_(std::move(error)) {}
    static std::string clear_of(Lsn lsn, std::size_t bytes) {
        return std::to_string(lsn) + std::string(lsn % bytes, 'c');
    }
    static std::string sealed_of(Lsn lsn) { return std::string(lsn % 3, 's'); }

    Result<bool> next(Record& out) override {
        if (lsn_ == count_) {
            if (error_) return *error_;
            return false;
        }
        ++lsn_;
        clear_ = clear_of(lsn_, bytes_);
        sealed_ = sealed_of(lsn_);
        out = Record{.lsn = lsn_, .event_time = 5, .clear = clear_, .sealed = sealed_};
        return true;
    }

  private:
    const std::uint64_t count_;
    const std::size_t bytes_;
    const std::optional<Error> error_;
    Lsn lsn_ = 0;
    std::string clear_, sealed_;
};

class ReadAheadSizes : public testing::TestWithParam<std::uint64_t> {};

TEST_P(ReadAheadSizes, GivesEveryRecordInOrderThenNothing) {
    constexpr std::size_t kBytes = 700;
    ReadAhead reader(std::make_unique<MadeReader>(GetParam(), kBytes));
    Lsn seen = 0;
    while (true) {
        const auto records = reader.next();
        ASSERT_TRUE(records.ok());
        if (records->empty()) break;
        for (const Record& record : *records) {
            ASSERT_EQ(record.lsn, ++seen);
            ASSERT_EQ(record.clear, MadeReader::clear_of(seen, kBytes));
            ASSERT_EQ(record.sealed, MadeReader::sealed_of(seen));
        }
    }
    EXPECT_EQ(seen, GetParam());
    EXPECT_TRUE(reader.next()->empty());
}

INSTANTIATE_TEST_SUITE_P(Sizes, ReadAheadSizes,
                         testing::Values(0, 1, ReadAhead::kBlockRecords - 1,
                                         ReadAhead::kBlockRecords, ReadAhead::kBlockRecords + 1,
                                         50'000));

TEST(ReadAhead, GivesWhatCameBeforeAnErrorAndThenTheError) {
    ReadAhead reader(std::make_unique<MadeReader>(10, 5, fail(Code::kCorrupt, "a batch is bad")));
    const auto records = reader.next();
    ASSERT_TRUE(records.ok());
    EXPECT_EQ(records->size(), 10u);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(reader.next().error().code, Code::kCorrupt);
}

TEST(ReadAhead, AnErrorAtOnceIsGivenAtOnce) {
    ReadAhead reader(std::make_unique<MadeReader>(0, 5, fail(Code::kUnavailable, "no disk")));
    for (int i = 0; i < 2; ++i) EXPECT_EQ(reader.next().error().code, Code::kUnavailable);
}

TEST(ReadAhead, CanBeGivenUpAtAnyTime) {
    ReadAhead unread(std::make_unique<MadeReader>(100'000, 900));
    ReadAhead begun(std::make_unique<MadeReader>(100'000, 900));
    EXPECT_TRUE(begun.next().ok());
}

}  // namespace
}  // namespace volant::log
