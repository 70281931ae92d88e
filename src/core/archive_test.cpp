#include "core/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "core/compress.h"
#include "core/files.h"
#include "core/random.h"

namespace volant {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ArchiveTest : public testing::Test {
  protected:
    ArchiveTest() {
        std::string name = testing::TempDir() + "archiveXXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    ~ArchiveTest() override { fs::remove_all(folder_); }

    std::string at(const std::string& name) const { return folder_ + "/" + name; }
    void write(const std::string& name, std::string_view content, unsigned mode = 0644) {
        fs::create_directories(fs::path(at(name)).parent_path());
        ASSERT_TRUE(write_file_synced(at(name), content, mode).ok());
    }
    void archive(const std::vector<std::string>& names) {
        auto out = ArchiveWriter::create(at("a.tar.zst"));
        ASSERT_TRUE(out.ok());
        for (const std::string& name : names) {
            const Status added = out->add_file(name, at("in/" + name));
            ASSERT_TRUE(added.ok()) << added.error().message;
        }
        ASSERT_TRUE(out->finish().ok());
        EXPECT_EQ(out->bytes(), fs::file_size(at("a.tar.zst")));
    }
    Error refusal() {
        const Status status = extract_archive(at("a.tar.zst"), at("out"));
        EXPECT_FALSE(status.ok());
        return status.ok() ? Error{} : status.error();
    }

    std::string folder_;
};

std::string noise(std::size_t size) {
    Random random(size);
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random.next());
    return bytes;
}

TEST_F(ArchiveTest, GivesBackWhatWasPutIn) {
    const std::string deep = std::string(90, 'd') + "/" + std::string(95, 'f');
    const std::vector<std::string> names = {"empty", "one/byte", "block", "large", deep};
    const std::vector<std::string> contents = {"", "x", noise(512), noise(3'000'001), "deep"};
    for (std::size_t i = 0; i < names.size(); ++i) write("in/" + names[i], contents[i]);
    write("in/secret", "s", 0600);
    archive({"empty", "one/byte", "block", "large", deep, "secret"});
    const Status status = extract_archive(at("a.tar.zst"), at("out"));
    ASSERT_TRUE(status.ok()) << status.error().message;
    for (std::size_t i = 0; i < names.size(); ++i)
        EXPECT_EQ(*read_file(at("out/" + names[i])), contents[i]) << names[i];
    struct stat about {};
    ASSERT_EQ(::stat(at("out/secret").c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777u, 0600u);
}

TEST_F(ArchiveTest, IsATarThatOthersRead) {
    write("in/a/b", "hello");
    archive({"a/b"});
    if (std::system("tar --version >/dev/null 2>&1 && zstd --version >/dev/null 2>&1") != 0)
        GTEST_SKIP() << "tar or zstd is not installed";
    const std::string unpack = "zstd -dcq " + at("a.tar.zst") + " | tar -xO a/b > " + at("text");
    ASSERT_EQ(std::system(unpack.c_str()), 0);
    EXPECT_EQ(*read_file(at("text")), "hello");
}

TEST_F(ArchiveTest, TakesTheBeginningOfAFileThatGrows) {
    write("in/log", noise(2000));
    auto out = ArchiveWriter::create(at("a.tar.zst"));
    ASSERT_TRUE(out.ok());
    ASSERT_TRUE(out->add_file("log", at("in/log"), 700).ok());
    ASSERT_TRUE(out->finish().ok());
    ASSERT_TRUE(extract_archive(at("a.tar.zst"), at("out")).ok());
    EXPECT_EQ(*read_file(at("out/log")), noise(2000).substr(0, 700));
}

TEST_F(ArchiveTest, AFileThatIsGoneIsNotFound) {
    auto out = ArchiveWriter::create(at("a.tar.zst"));
    ASSERT_TRUE(out.ok());
    EXPECT_EQ(out->add_file("x", at("nowhere")).error().code, Code::kNotFound);
    ASSERT_TRUE(out->finish().ok());
    EXPECT_TRUE(extract_archive(at("a.tar.zst"), at("out")).ok());
}

TEST_F(ArchiveTest, RefusesWhatIsCutOrDamaged) {
    write("in/a", noise(2000));
    archive({"a"});
    const std::string whole = *read_file(at("a.tar.zst"));
    for (const std::size_t size : {whole.size() / 2, whole.size() - 1, std::size_t{0}}) {
        fs::remove_all(at("out"));
        write("a.tar.zst", whole.substr(0, size));
        EXPECT_EQ(refusal().code, Code::kCorrupt) << size;
    }
    // Cut between frames, as a writer that died leaves it: the end is missing.
    std::string tar = *inflate(Encoding::kZstd, whole, 1u << 20);
    fs::remove_all(at("out"));
    write("a.tar.zst", zstd(tar.substr(0, 512 + 2048)));
    EXPECT_THAT(refusal().message, HasSubstr("ends early"));
    tar[3] ^= 1;
    fs::remove_all(at("out"));
    write("a.tar.zst", zstd(tar));
    EXPECT_THAT(refusal().message, HasSubstr("no header"));
}

TEST_F(ArchiveTest, RefusesNamesThatLeadOut) {
    for (const std::string name : {"../x", "/x", "a/../../x", "a//b"}) {
        write("in/x", "1");
        auto out = ArchiveWriter::create(at("a.tar.zst"));
        ASSERT_TRUE(out.ok());
        ASSERT_TRUE(out->add_file(name, at("in/x")).ok());
        ASSERT_TRUE(out->finish().ok());
        EXPECT_THAT(refusal().message, HasSubstr("below the folder")) << name;
        EXPECT_FALSE(fs::exists(at("x")));
    }
}

}  // namespace
}  // namespace volant
