// What a start says of files that are damaged or gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/loop_fixture.h"

namespace volant::api {
namespace {

using ::testing::HasSubstr;

class DamageTest : public testing::LoopTest {
  protected:
    std::string data(const std::string& name) const { return home.folder() + "/data/" + name; }
    Error start_refused() {
        const auto opened = Service::open(home.folder());
        EXPECT_FALSE(opened.ok());
        return opened.ok() ? Error{} : opened.error();
    }
};

TEST_F(DamageTest, ALogWithoutItsSecretsIsNotGoneOnWith) {
    open("u1", "a");
    home.stop();
    const std::string file = data("keys/workspace");
    std::filesystem::rename(file, file + ".away");
    const Error error = start_refused();
    EXPECT_EQ(error.code, Code::kCorrupt);
    EXPECT_THAT(error.message, HasSubstr(file));
    EXPECT_THAT(error.hint, HasSubstr("restore"));
    EXPECT_FALSE(std::filesystem::exists(file)) << "a start made others";
    std::filesystem::rename(file + ".away", file);
    home.start();
    EXPECT_EQ(count("collect/events"), "1");
}

}  // namespace
}  // namespace volant::api
