#include "cli/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace volant::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// A terminal that writes to memory and whose clock stands until it is moved.
class TerminalTest : public testing::Test {
  protected:
    ~TerminalTest() override {
        std::fclose(file_);
        std::free(buffer_);
    }
    Terminal terminal(bool moving) {
        Terminal terminal;
        terminal.out = file_;
        terminal.moving = terminal.coloured = moving;
        terminal.now = [this] { return now_; };
        return terminal;
    }
    std::string written() {
        std::fflush(file_);
        return std::string(buffer_, size_);
    }

    Micros now_ = kHour;

  private:
    char* buffer_ = nullptr;
    std::size_t size_ = 0;
    std::FILE* file_ = open_memstream(&buffer_, &size_);
};

TEST_F(TerminalTest, ShortJobShowsNoProgress) {
    {
        Progress progress(terminal(true), "import", 10);
        now_ += kSecond;
        progress.update(5);
    }
    EXPECT_EQ(written(), "");
}

TEST_F(TerminalTest, ProgressSaysPartRateAndTimeLeft) {
    Progress progress(terminal(true), "import", 1'000'000, "rows");
    now_ += 10 * kSecond;
    progress.update(250'000);
    EXPECT_THAT(written(),
                HasSubstr("import  [======>                 ]  25%  250,000 of 1,000,00"));
    progress.done();
    EXPECT_THAT(written(), HasSubstr("import: 250,000 rows in 10s (25,000/s)\n"));
}

TEST_F(TerminalTest, PlainProgressIsALineAtMostEveryFiveSeconds) {
    Progress progress(terminal(false), "import", 100);
    for (int i = 1; i <= 12; ++i) {
        now_ += kSecond;
        progress.update(static_cast<std::uint64_t>(i));
    }
    const std::string out = written();
    EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 3);  // after 2, 7 and 12 seconds
    EXPECT_THAT(out, Not(HasSubstr("\x1b")));
    EXPECT_THAT(out, HasSubstr("12 of 100  1.00/s  1m 28s left"));
}

TEST_F(TerminalTest, ProgressWithoutTotalCounts) {
    Progress progress(terminal(false), "replay");
    now_ += 4 * kSecond;
    progress.update(8000);
    EXPECT_EQ(written(), "replay  8,000  2,000/s\n");
}

TEST_F(TerminalTest, ScreenRedrawsInPlace) {
    Screen screen(terminal(true));
    screen.show({"one", "two"});
    screen.show({"three"});
    EXPECT_EQ(written(), "\r\x1b[Kone\n\r\x1b[Ktwo\n\x1b[J\x1b[2A\r\x1b[Kthree\n\x1b[J");
}

TEST_F(TerminalTest, ScreenIsSilentWhereLinesCannotMove) {
    Screen screen(terminal(false));
    screen.show({"one"});
    EXPECT_EQ(written(), "");
}

TEST_F(TerminalTest, TableAlignsNumbersRightAndTextLeft) {
    Table table({"arm", "shown"});
    table.row({"learned", "1,204"});
    table.row({"random", "9"});
    EXPECT_THAT(table.lines(terminal(false)),
                ElementsAre("arm      shown", "learned  1,204", "random       9"));
}

TEST_F(TerminalTest, TableCountsColumnsNotBytes) {
    Table table({"title", "city"});
    table.row({"红楼梦", "Kraków"});
    table.row({"abcdef", "x"});
    EXPECT_THAT(table.lines(terminal(false)),
                ElementsAre("title   city", "红楼梦  Kraków", "abcdef  x"));
}

TEST_F(TerminalTest, NoColoursWithoutATerminal) {
    EXPECT_EQ(terminal(false).paint(Colour::kRed, "x"), "x");
    EXPECT_EQ(terminal(true).paint(Colour::kRed, "x"), "\x1b[31mx\x1b[0m");
}

TEST(CutToWidth, KeepsColourSequencesWholeAndEndsThem) {
    EXPECT_EQ(cut_to_width("\x1b[31mabcdef\x1b[0m", 3), "\x1b[31mabc\x1b[0m");
    EXPECT_EQ(cut_to_width("红楼", 3), "红");
    EXPECT_EQ(cut_to_width("abc", 3), "abc");
}

TEST(Format, Numbers) {
    EXPECT_EQ(format_count(0), "0");
    EXPECT_EQ(format_count(999), "999");
    EXPECT_EQ(format_count(1000), "1,000");
    EXPECT_EQ(format_count(1234567), "1,234,567");
    EXPECT_EQ(format_rate(0.5), "0.50/s");
    EXPECT_EQ(format_rate(81204.4), "81,204/s");
    EXPECT_EQ(format_bytes(1023), "1023 B");
    EXPECT_EQ(format_bytes(1536), "1.5 KiB");
    EXPECT_EQ(format_seconds(400 * kMillisecond), "0.4s");
    EXPECT_EQ(format_seconds(125 * kSecond), "2m 05s");
    EXPECT_EQ(format_seconds(80 * kMinute), "1h 20m");
    EXPECT_EQ(format_seconds(50 * kHour), "2d 02h");
    EXPECT_EQ(format_interval(0.118, 0.112, 0.124), "11.8% [11.2, 12.4]");
    EXPECT_EQ(format_lift(1.631), "+63.1%");
    EXPECT_EQ(format_lift(0.96), "-4.0%");
}

}  // namespace
}  // namespace volant::cli
