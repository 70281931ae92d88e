#include "feedback/prediction_id.h"

#include <gtest/gtest.h>

#include <set>

#include "core/random.h"

namespace volant::feedback {
namespace {

constexpr secret::MacKey kKey{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

TEST(PredictionId, FindsItsPlaceAgain) {
    const PredictionIds ids(kKey);
    std::set<std::string> seen;
    std::set<log::Lsn> places;
    Random random(1);
    for (int i = 0; i < 1'000; ++i) {
        const log::Lsn lsn = random.next() >> random.below(64);
        const std::string id = ids.make(lsn);
        EXPECT_EQ(id.size(), 22u);
        EXPECT_EQ(ids.read(id), lsn);
        seen.insert(id);
        places.insert(lsn);
    }
    EXPECT_EQ(seen.size(), places.size());
}

TEST(PredictionId, EveryChangedCharacterIsRefused) {
    const PredictionIds ids(kKey);
    const std::string id = ids.make(123'456);
    for (std::size_t i = 0; i < id.size(); ++i) {
        for (int c = 0; c < 256; ++c) {
            std::string forged = id;
            forged[i] = static_cast<char>(c);
            if (forged == id) continue;
            EXPECT_FALSE(ids.read(forged)) << "character " << i << " as " << c;
        }
    }
}

TEST(PredictionId, AnotherPlaceUnderTheSameMacIsRefused) {
    const PredictionIds ids(kKey);
    const std::string a = ids.make(5), b = ids.make(6);
    // The first ten characters hold nothing but the place.
    EXPECT_FALSE(ids.read(b.substr(0, 10) + a.substr(10)));
}

TEST(PredictionId, IdsOfAnotherWorkspaceAreRefused) {
    secret::MacKey other = kKey;
    other[7] ^= 1;
    EXPECT_FALSE(PredictionIds(other).read(PredictionIds(kKey).make(5)));
}

TEST(PredictionId, OtherLengthsAndTextsAreRefused) {
    const PredictionIds ids(kKey);
    const std::string id = ids.make(5);
    for (std::size_t size = 0; size < id.size(); ++size)
        EXPECT_FALSE(ids.read(id.substr(0, size))) << size;
    EXPECT_FALSE(ids.read(id + "A"));
    EXPECT_FALSE(ids.read(std::string(22, 'A')));
    EXPECT_FALSE(ids.read(std::string(22, '\0')));
    EXPECT_FALSE(ids.read(""));
}

TEST(PredictionId, BytesAreAsWritten) {
    EXPECT_EQ(PredictionIds(kKey).make(1).substr(0, 10), "AQAAAAAAAA");
}

}  // namespace
}  // namespace volant::feedback
