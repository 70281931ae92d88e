#include "collect/complaints.h"

#include <gtest/gtest.h>

namespace volant::collect {
namespace {

TEST(Complaints, ANameHasNoControlCharacterAnywhere) {
    for (std::size_t size = 1; size <= 24; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            for (int c = 0; c < 256; ++c) {
                std::string name(size, '\xe9');
                name[at] = static_cast<char>(c);
                EXPECT_EQ(is_name(name), c >= 0x20 && c != 0x7f) << size << " " << at << " " << c;
            }
        }
    }
}

TEST(Complaints, ANameHasAtLeastOneByteAndNotTooMany) {
    EXPECT_FALSE(is_name(""));
    EXPECT_TRUE(is_name(std::string(kNameMax, 'n')));
    EXPECT_FALSE(is_name(std::string(kNameMax + 1, 'n')));
}

}  // namespace
}  // namespace volant::collect
