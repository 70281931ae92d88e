#include "core/logging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace volant::logging {
namespace {

using ::testing::EndsWith;
using ::testing::MatchesRegex;

class Logging : public ::testing::Test {
  protected:
    Logging() : file_(std::tmpfile()) {}
    ~Logging() override {
        start({});
        std::fclose(file_);
    }
    std::string written() {
        std::string text;
        std::rewind(file_);
        for (int c; (c = std::fgetc(file_)) != EOF;) text += static_cast<char>(c);
        return text;
    }
    std::FILE* file_;
};

TEST_F(Logging, WritesWordsAndQuotesTheRest) {
    start({.out = file_});
    info("listening", {{"address", "127.0.0.1"},
                       {"port", 7700},
                       {"share", 0.5},
                       {"tls", false},
                       {"why", std::string("two words\nand a line")},
                       {"empty", ""}});
    EXPECT_THAT(written(),
                MatchesRegex("20..-..-..T..:..:.........Z info  listening address=127.0.0.1 "
                             "port=7700 share=0.5 tls=false why=\"two words.nand a line\" "
                             "empty=\"\"\n"));
}

TEST_F(Logging, WritesJsonLines) {
    start({.json = true, .out = file_});
    error("sync \"failed\"", fail(Code::kUnavailable, "disk\ngone"));
    EXPECT_THAT(written(),
                EndsWith(R"(Z","level":"error","message":"sync \"failed\"","code":"unavailable",)"
                         R"("reason":"disk\ngone"})"
                         "\n"));
}

TEST_F(Logging, KeepsQuietBelowItsLevel) {
    start({.level = Level::kWarn, .out = file_});
    debug("a");
    info("b");
    EXPECT_EQ(written(), "");
    warn("line\nbreak {} %v");
    EXPECT_THAT(written(), EndsWith("Z warn  line\\nbreak {} %v\n"));
    start({.level = Level::kOff, .out = file_});
    error("c");
    EXPECT_THAT(written(), EndsWith("line\\nbreak {} %v\n"));
}

TEST_F(Logging, LinesOfThreadsDoNotMix) {
    start({.out = file_});
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
        threads.emplace_back([] {
            for (int i = 0; i < 200; ++i) info("message", {{"number", 12345}});
        });
    }
    for (auto& thread : threads) thread.join();
    const std::string text = written();
    std::size_t lines = 0;
    for (std::size_t from = 0; from < text.size(); ++lines) {
        const std::size_t end = text.find('\n', from);
        ASSERT_THAT(text.substr(from, end - from), EndsWith("info  message number=12345"));
        from = end + 1;
    }
    EXPECT_EQ(lines, 600u);
}

TEST_F(Logging, KnowsItsLevels) {
    EXPECT_EQ(*level_named("warn"), Level::kWarn);
    EXPECT_EQ(level_named("wran").error().hint, "did you mean \"warn\"?");
}

}  // namespace
}  // namespace volant::logging
