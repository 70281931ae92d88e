#include "core/compress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>

#include "core/input_file.h"
#include "core/random.h"

namespace volant {
namespace {

using ::testing::HasSubstr;

std::string text_of(std::size_t size) {
    Random random(size + 1);
    std::string text;
    while (text.size() < size) text += static_cast<char>('a' + random.below(6));
    return text;
}

class Compress : public ::testing::TestWithParam<Encoding> {
  protected:
    static std::string deflate(std::string_view bytes) {
        return GetParam() == Encoding::kGzip ? gzip(bytes) : zstd(bytes);
    }
};
INSTANTIATE_TEST_SUITE_P(Both, Compress, ::testing::Values(Encoding::kGzip, Encoding::kZstd),
                         [](const auto& each) { return std::string(encoding_name(each.param)); });

TEST_P(Compress, GivesBackWhatWasPutIn) {
    for (const std::size_t size : {0u, 1u, 4096u, 300'000u}) {
        const std::string text = text_of(size);
        const std::string packed = deflate(text);
        EXPECT_EQ(encoding_of(packed), GetParam());
        const auto back = inflate(GetParam(), packed, text.size());
        ASSERT_TRUE(back.ok()) << back.error().message;
        EXPECT_EQ(*back, text);
    }
}

TEST_P(Compress, EndsAtTheLimit) {
    const std::string bomb = deflate(std::string(50u << 20, '0'));
    EXPECT_EQ(inflate(GetParam(), bomb, 1u << 20).error().code, Code::kTooLarge);
    EXPECT_EQ(inflate(GetParam(), deflate("abc"), 2).error().code, Code::kTooLarge);
    EXPECT_TRUE(inflate(GetParam(), deflate("abc"), 3).ok());
    EXPECT_TRUE(inflate(GetParam(), deflate(""), 0).ok());
}

TEST_P(Compress, SeveralPiecesInARowAreOneText) {
    EXPECT_EQ(*inflate(GetParam(), deflate("ab") + deflate("") + deflate("cd"), 100), "abcd");
}

TEST_P(Compress, RefusesDamageAndCuts) {
    const std::string whole = deflate(text_of(20'000));
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{3}, whole.size() / 2, whole.size() - 1}) {
        EXPECT_EQ(inflate(GetParam(), whole.substr(0, size), 1u << 20).error().code,
                  Code::kInvalidJson)
            << size;
    }
    EXPECT_EQ(inflate(GetParam(), whole + "x", 1u << 20).error().code, Code::kInvalidJson);
    EXPECT_EQ(inflate(GetParam(), "{\"plain\":1}", 1u << 20).error().code, Code::kInvalidJson);
}

TEST_P(Compress, FilesAreInflatedByTheirFirstBytes) {
    const std::string path =
        ::testing::TempDir() + "/volant_compress_" + std::string(encoding_name(GetParam()));
    const auto store = [&](const std::string& bytes) {
        std::FILE* file = std::fopen(path.c_str(), "wb");
        std::fwrite(bytes.data(), 1, bytes.size(), file);
        std::fclose(file);
    };
    const auto read_all = [&]() -> Result<std::string> {
        VOLANT_TRY(InputFile file, InputFile::open(path));
        std::string text;
        char buffer[1000];
        for (;;) {
            VOLANT_TRY(const std::size_t size, file.read(buffer, sizeof buffer));
            if (size == 0) return text;
            text.append(buffer, size);
        }
    };
    const std::string text = text_of(2'000'000);
    const std::string packed = deflate(text);
    store(packed + packed);
    EXPECT_TRUE(*read_all() == text + text);
    store(text);
    EXPECT_TRUE(*read_all() == text);
    store(packed.substr(0, packed.size() - 5));
    EXPECT_EQ(read_all().error().code, Code::kCorrupt);
    EXPECT_THAT(read_all().error().message, HasSubstr("cut short"));
    store("");
    EXPECT_EQ(*read_all(), "");
    std::filesystem::remove(path);
    EXPECT_EQ(read_all().error().code, Code::kUnavailable);
}

TEST(CompressNames, AreThoseOfContentEncoding) {
    EXPECT_EQ(*encoding_named("GZIP"), Encoding::kGzip);
    EXPECT_EQ(*encoding_named("zstd"), Encoding::kZstd);
    EXPECT_EQ(*encoding_named(""), Encoding::kIdentity);
    EXPECT_EQ(encoding_named("br").error().code, Code::kUnsupportedMediaType);
    EXPECT_EQ(InputFile::open("/").error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace volant
