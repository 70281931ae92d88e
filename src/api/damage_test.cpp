// What a start says of files that are damaged or gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/loop_fixture.h"

namespace volant::api {
namespace {

using testing::at;
using ::testing::HasSubstr;
using testing::Home;

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

// A model that serves: version 1 of `returns`, promoted by hand.
class DamagedPackage : public DamageTest {
  protected:
    DamagedPackage() {
        for (int i = 0; i < 60; ++i) {
            const std::string answer = home.ok(
                home.post("/v1/predict/returns", R"({"user":"u)" + std::to_string(i) + "\"}"));
            feedback(id_of(answer), R"("outcome":)" + std::to_string(i % 3 == 0));
        }
        const std::string job = at(home.ok(home.post("/v1/models/returns/train", "{}")), "/job");
        const auto ended = home.service().workspace().jobs().wait(std::stoull(job));
        EXPECT_TRUE(ended.ok() && ended->state == JobState::kDone);
        home.ok(promote(1));
        EXPECT_EQ(version_that_answers(), "1");
    }
    Response promote(int version) {
        return home.post("/v1/models/returns/promote",
                         R"({"version":)" + std::to_string(version) + "}");
    }
    std::string version_that_answers() {
        return at(home.ok(home.post("/v1/predict/returns", R"({"user":"someone"})")), "/version");
    }
    std::string model(const std::string& pointer) {
        return at(home.ok(home.get("/v1/models/returns")), pointer);
    }
    std::string metric() { return home.get("/metrics").body; }
    void flip_a_bit() const {
        std::fstream file(data("models/returns/v1/weights.bin"),
                          std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(60);
        const int byte = file.get();
        file.seekp(60);
        file.put(static_cast<char>(byte ^ 1));
    }
};

TEST_F(DamagedPackage, WithoutWeightsTheVersionIsNotSaidToServe) {
    home.stop();
    flip_a_bit();
    std::filesystem::remove_all(data("snapshots"));
    ::testing::internal::CaptureStderr();
    home.start();
    EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("v1/weights.bin"));
    EXPECT_EQ(version_that_answers(), "0");
    EXPECT_EQ(model("/live"), "0");
    EXPECT_EQ(model("/versions/0/state"), "damaged");
    EXPECT_THAT(model("/versions/0/damage"), HasSubstr("checksum"));
    EXPECT_THAT(metric(), HasSubstr("volant_packages_damaged{model=\"returns\"} 1"));
    EXPECT_EQ(Home::refusal(promote(1)), "500 corrupt");
}

TEST_F(DamagedPackage, WhereASnapshotStandsForItItServesAndIsNotPromotedAgain) {
    home.stop();
    std::filesystem::remove_all(data("models/returns"));
    ::testing::internal::CaptureStderr();
    home.start();
    EXPECT_THAT(::testing::internal::GetCapturedStderr(),
                HasSubstr("version 1 of returns is gone"));
    EXPECT_EQ(version_that_answers(), "1");
    EXPECT_EQ(model("/live"), "1");
    EXPECT_THAT(model("/versions/0/damage"), HasSubstr("gone"));
    home.ok(promote(0));
    EXPECT_EQ(Home::refusal(promote(1)), "500 corrupt");
    EXPECT_EQ(Home::refusal(home.post("/v1/models/returns/rollback", "{}")), "500 corrupt");
}

TEST_F(DamagedPackage, ARollbackFromTheBaselineGoesToWhatServedBefore) {
    home.ok(promote(0));
    EXPECT_EQ(model("/previous"), "1");
    EXPECT_EQ(at(home.ok(home.post("/v1/models/returns/rollback", "{}")), "/version"), "1");
    EXPECT_EQ(version_that_answers(), "1");
    home.ok(home.post("/v1/models/returns/rollback", "{}"));
    EXPECT_EQ(Home::refusal(home.post("/v1/models/returns/rollback", "{}")), "409 conflict");
}

TEST_F(DamagedPackage, APackageThatIsBackServesAtTheNextStart) {
    home.stop();
    std::filesystem::rename(data("models"), data("away"));
    std::filesystem::remove_all(data("snapshots"));
    home.start();
    EXPECT_EQ(version_that_answers(), "0");
    home.stop();  // a snapshot without the weights
    std::filesystem::remove_all(data("models"));
    std::filesystem::rename(data("away"), data("models"));
    home.start();
    EXPECT_EQ(version_that_answers(), "1");
    EXPECT_EQ(model("/versions/0/state"), "live");
    EXPECT_EQ(model("/versions/0/damage"), "");
    EXPECT_THAT(metric(), HasSubstr("volant_packages_damaged{model=\"returns\"} 0"));
}

}  // namespace
}  // namespace volant::api
