#include "feedback/identities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/entities.h"

namespace volant::feedback {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(Identities, BothIdsAreOnePerson) {
    Identities identities;
    EXPECT_TRUE(identities.empty());
    identities.join("ada", "cookie");
    EXPECT_THAT(identities.of("ada"), UnorderedElementsAre("ada", "cookie"));
    EXPECT_THAT(identities.of("cookie"), UnorderedElementsAre("ada", "cookie"));
    EXPECT_THAT(identities.of("bob"), IsEmpty());
}

TEST(Identities, WhoWasOneWithTheOtherComesAlong) {
    Identities identities;
    identities.join("ada", "phone");
    identities.join("lovelace", "laptop");
    identities.join("lovelace", "phone");
    for (const char* id : {"ada", "phone", "lovelace", "laptop"})
        EXPECT_THAT(identities.of(id), ElementsAre("lovelace", "laptop", "phone", "ada")) << id;
}

TEST(Identities, TheSameAgainAndOneselfChangeNothing) {
    Identities identities;
    identities.join("ada", "ada");
    identities.join("ada", "");
    EXPECT_TRUE(identities.empty());
    identities.join("ada", "cookie");
    identities.join("ada", "cookie");
    identities.join("cookie", "ada");
    EXPECT_THAT(identities.of("ada"), UnorderedElementsAre("ada", "cookie"));
}

TEST(Identities, PastItsBoundAPersonForgetsTheIdThatJoinedFirst) {
    Identities identities;
    for (std::size_t i = 0; i <= collect::kAliasesMax; ++i)
        identities.join("ada", "cookie-" + std::to_string(i));
    EXPECT_EQ(identities.of("ada").size(), 1 + collect::kAliasesMax);
    EXPECT_THAT(identities.of("cookie-0"), IsEmpty());
    EXPECT_EQ(identities.of("ada")[0], "ada");
}

TEST(Identities, PastTheBoundWhoWasIdentifiedTheLongestAgoIsForgotten) {
    Identities identities(4);
    identities.join("ada", "cookie-1");
    identities.join("bob", "cookie-2");
    identities.join("ada", "cookie-1");  // seen again
    identities.join("eve", "cookie-3");
    EXPECT_THAT(identities.of("cookie-2"), IsEmpty());
    EXPECT_THAT(identities.of("ada"), UnorderedElementsAre("ada", "cookie-1"));
    EXPECT_THAT(identities.of("eve"), UnorderedElementsAre("eve", "cookie-3"));
}

TEST(Identities, ASnapshotIsTheWholeState) {
    Identities identities(4), other(4);
    identities.join("ada", "cookie-1");
    identities.join("bob", "cookie-2");
    identities.join("ada", "cookie-1");
    std::string bytes, again;
    Writer out(bytes), out_again(again);
    identities.snapshot(out);
    Cursor in(bytes);
    ASSERT_TRUE(other.restore(in));
    EXPECT_TRUE(in.done());
    other.snapshot(out_again);
    EXPECT_EQ(again, bytes);
    other.join("eve", "cookie-3");
    EXPECT_THAT(other.of("bob"), IsEmpty()) << "the order of their last $identify is kept";
    EXPECT_THAT(other.of("cookie-1"), UnorderedElementsAre("ada", "cookie-1"));
}

}  // namespace
}  // namespace volant::feedback
