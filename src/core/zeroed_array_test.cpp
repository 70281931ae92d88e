#include "core/zeroed_array.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

namespace volant {
namespace {

TEST(ZeroedArray, IsZeroAndKeepsWhatIsWritten) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, std::size_t{700'001}}) {
        ZeroedArray<std::uint64_t> array(size, 1u << 20);
        ASSERT_EQ(array.size(), size);
        EXPECT_TRUE(std::ranges::all_of(array.span(), [](std::uint64_t v) { return v == 0; }));
        for (std::size_t i = 0; i < size; ++i) array.data()[i] = i * 3;
        for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(array.data()[i], i * 3);
    }
}

TEST(ZeroedArray, ALargeOneBeginsWithAHugePage) {
    const ZeroedArray<char> array(5u << 20, 4u << 20);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(array.data()) % ZeroedPages::kHugePage, 0u);
}

TEST(ZeroedArray, IsMoved) {
    ZeroedArray<int> one(10, 4096), two;
    one.data()[9] = 7;
    two = std::move(one);
    EXPECT_EQ(two.size(), 10u);
    EXPECT_EQ(two.data()[9], 7);
    const ZeroedArray<int> three(std::move(two));
    EXPECT_EQ(three.data()[9], 7);
    EXPECT_TRUE(ZeroedArray<int>().empty());
}

TEST(ZeroedPages, AreGivenBackFromTheirEnd) {
    ZeroedPages pages(6 * ZeroedPages::kHugePage, 0);
    static_cast<char*>(pages.data())[0] = 'x';
    for (std::size_t left = 5; left > 0; --left) {
        pages.cut(left * ZeroedPages::kHugePage);
        EXPECT_EQ(pages.bytes(), left * ZeroedPages::kHugePage);
        EXPECT_EQ(static_cast<char*>(pages.data())[0], 'x');
    }
    pages.cut(0);
    EXPECT_EQ(pages.data(), nullptr);
}

}  // namespace
}  // namespace volant
