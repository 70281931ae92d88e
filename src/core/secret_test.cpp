#include "core/secret.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>

namespace volant::secret {
namespace {

MacKey counting_key() {
    MacKey key;
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
    return key;
}

TEST(Secret, MacIsSipHash24) {
    // The vectors of the reference implementation (Aumasson and Bernstein, 2012).
    EXPECT_EQ(mac64(counting_key(), ""), 0x726fdb47dd0e0e31u);
    EXPECT_EQ(mac64(counting_key(), std::string_view("\0", 1)), 0x74f839c593dc67fdu);
    EXPECT_EQ(mac64(counting_key(), std::string_view("\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16", 15)),
              0xa129ca6149be45e5u);
}

TEST(Secret, FingerprintsDependOnKeyAndBytes) {
    MacKey other = counting_key();
    other[3] ^= 1;
    const Hash128 print = fingerprint(counting_key(), "event-1");
    EXPECT_EQ(print, fingerprint(counting_key(), "event-1"));
    EXPECT_NE(print, fingerprint(counting_key(), "event-2"));
    EXPECT_NE(print, fingerprint(other, "event-1"));
    EXPECT_NE(print.low, print.high);
}

TEST(Secret, Sha256OfTextsPiecesAndFiles) {
    constexpr std::string_view kAbc =
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    EXPECT_EQ(sha256_hex("abc"), kAbc);
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    Sha256 digest;
    digest.update("a");
    digest.update("");
    digest.update("bc");
    EXPECT_EQ(digest.hex(), kAbc);
    const std::string path = ::testing::TempDir() + "/volant_secret_abc";
    std::FILE* file = std::fopen(path.c_str(), "wb");
    std::fputs("abc", file);
    std::fclose(file);
    EXPECT_EQ(*sha256_hex_of_file(path), kAbc);
    std::filesystem::remove(path);
    EXPECT_EQ(sha256_hex_of_file(path).error().code, Code::kUnavailable);
}

TEST(Secret, ComparesWholeTexts) {
    EXPECT_TRUE(equal("abc", "abc"));
    EXPECT_TRUE(equal("", ""));
    EXPECT_FALSE(equal("abc", "abd"));
    EXPECT_FALSE(equal("abc", "ab"));
}

TEST(Secret, RandomBytesAreNotRepeated) {
    const std::string one = random_bytes(32);
    EXPECT_EQ(one.size(), 32u);
    EXPECT_NE(one, random_bytes(32));
    EXPECT_EQ(hex(std::string_view("\x00\xff\x1a", 3)), "00ff1a");
}

}  // namespace
}  // namespace volant::secret
