#include "cli/simulate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace volant::cli {
namespace {

using testing::HasSubstr;

TEST(Simulate, RefusesAUrlItCannotRead) {
    for (const char* url : {"127.0.0.1:7700", "https://x:1", "http://", "http://x:port",
                            "http://x:0", "http://x:70000"}) {
        SimulateOptions options;
        options.url = url;
        const auto result = simulate(options);
        ASSERT_FALSE(result.ok()) << url;
        EXPECT_EQ(result.error().code, Code::kUsage) << url;
    }
}

TEST(Simulate, SaysWhenNoServerListens) {
    SimulateOptions options;
    options.url = "http://127.0.0.1:1";
    const auto result = simulate(options);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, Code::kUnavailable);
    EXPECT_THAT(result.error().message, HasSubstr("127.0.0.1:1"));
}

}  // namespace
}  // namespace volant::cli
