#include "collect/refusals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace volant::collect {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> shown(const Refusals& refusals) {
    std::vector<std::string> lines;
    for (const ImportRefusal& refusal : refusals.list())
        lines.push_back(std::to_string(refusal.count) + "x " + std::to_string(refusal.line) + " " +
                        refusal.reason);
    return lines;
}

TEST(Refusals, TheMostFrequentComesFirstWithItsFirstLine) {
    Refusals refusals;
    refusals.add(9, "a", "a: 1");
    refusals.add(8, "a", "a: 2");
    refusals.add(7, "a", "a: 1");
    EXPECT_THAT(shown(refusals), ElementsAre("2x 7 a: 1", "1x 8 a: 2"));
    EXPECT_EQ(refusals.count(), 3u);
}

TEST(Refusals, ManyReasonsOfOneKindDoNotHideAnother) {
    Refusals refusals;
    for (std::uint64_t i = 1; i <= 100; ++i) refusals.add(i, "a", "a: " + std::to_string(i));
    refusals.add(50, "a", "a: 100");
    refusals.add(200, "b", "b: 1");
    const auto lines = shown(refusals);
    ASSERT_EQ(lines.size(), Refusals::kReasonsOfAKindMax + 2);
    EXPECT_EQ(lines[lines.size() - 2], "1x 200 b: 1");
    EXPECT_EQ(lines.back(), "93x 9 and 92 more reasons");
}

TEST(Refusals, ThereIsABound) {
    Refusals refusals;
    for (std::uint64_t i = 1; i <= Refusals::kReasonsMax + 1; ++i)
        refusals.add(i, std::to_string(i), std::to_string(i));
    ASSERT_EQ(refusals.list().size(), Refusals::kReasonsMax + 1);
    EXPECT_EQ(refusals.list().back().reason, "and 1 more reason");
    for (std::uint64_t i = 0; i < 2 * Refusals::kOthersMax; ++i)
        refusals.add(i, "more", "more " + std::to_string(i));
    EXPECT_EQ(refusals.list().back().reason, "and at least 10000 more reasons");
}

}  // namespace
}  // namespace volant::collect
