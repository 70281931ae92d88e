#include "core/pieces.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/hash.h"
#include "core/hasher.h"

namespace volant {
namespace {

TEST(Pieces, ComeInOrderAndNoneIsMuchLargerThanTheBound) {
    std::vector<std::size_t> sizes;
    std::string all;
    Pieces pieces([&](std::string_view piece) {
        sizes.push_back(piece.size());
        all += piece;
    });
    std::string expected;
    for (std::uint32_t i = 0; i < 300'000; ++i) {
        pieces.writer().u32(i);
        Writer(expected).u32(i);
        pieces.pause();
    }
    EXPECT_EQ(pieces.written(), expected.size());
    pieces.flush();
    EXPECT_EQ(all, expected);
    ASSERT_GT(sizes.size(), 2u);
    for (const std::size_t size : sizes) EXPECT_LE(size, Pieces::kPieceBytes + 4);
}

TEST(Hasher64, IsTheHashOfTheWholeHoweverItIsCut) {
    std::string text;
    for (int i = 0; i < 5'000; ++i) text += std::to_string(i);
    for (const std::size_t cut : {std::size_t{1}, std::size_t{7}, std::size_t{1024}, text.size()}) {
        Hasher64 hasher(42);
        for (std::size_t at = 0; at < text.size(); at += cut)
            hasher.add(std::string_view(text).substr(at, cut));
        EXPECT_EQ(hasher.digest(), hash64(text, 42)) << cut;
    }
    EXPECT_EQ(Hasher64(7).digest(), hash64("", 7));
}

}  // namespace
}  // namespace volant
