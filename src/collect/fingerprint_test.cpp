#include "collect/fingerprint.h"

#include <gtest/gtest.h>

#include <set>

namespace volant::collect {
namespace {

const secret::MacKey kKey = {1, 2, 3};
const secret::MacKey kOtherKey = {1, 2, 4};

TEST(Fingerprint, DependsOnKindIdAndKey) {
    const Fingerprints ours(kKey);
    EXPECT_EQ(ours.of(IdKind::kEvent, "e-1"), Fingerprints(kKey).of(IdKind::kEvent, "e-1"));
    EXPECT_NE(ours.of(IdKind::kEvent, "e-1"), ours.of(IdKind::kFeedback, "e-1"));
    EXPECT_NE(ours.of(IdKind::kEvent, "e-1"), ours.of(IdKind::kEvent, "e-2"));
    EXPECT_NE(ours.of(IdKind::kEvent, "e-1"), Fingerprints(kOtherKey).of(IdKind::kEvent, "e-1"));
}

TEST(Fingerprint, GeneratedIdsAreDistinctAndRecognised) {
    const Fingerprints ours(kKey);
    Random random(1);
    std::set<std::string> seen;
    for (int i = 0; i < 1'000; ++i) {
        const std::string id = ours.generate_event_id(random);
        EXPECT_EQ(id.size(), 24u);
        EXPECT_TRUE(seen.insert(id).second);
        EXPECT_TRUE(ours.is_generated_event_id(id));
        EXPECT_FALSE(Fingerprints(kOtherKey).is_generated_event_id(id));
    }
}

TEST(Fingerprint, OtherIdsAreNotTakenForGenerated) {
    const Fingerprints ours(kKey);
    Random random(2);
    const std::string id = ours.generate_event_id(random);
    for (std::size_t i = 0; i < id.size(); ++i) {
        std::string other = id;
        other[i] = other[i] == 'x' ? 'y' : 'x';
        EXPECT_FALSE(ours.is_generated_event_id(other)) << i;
    }
    EXPECT_FALSE(ours.is_generated_event_id(id + "A"));
    EXPECT_FALSE(ours.is_generated_event_id(""));
    EXPECT_FALSE(ours.is_generated_event_id(std::string(24, '\0')));
    EXPECT_FALSE(ours.is_generated_event_id("12345678-1234-1234-12345"));
}

}  // namespace
}  // namespace volant::collect
