#include "feedback/prediction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/testing.h"
#include "core/bytes.h"
#include "core/random.h"

namespace volant::feedback {
namespace {

using collect::testing::hex;
using collect::testing::random_text;
using ::testing::HasSubstr;

// A prediction with the texts that it points to.
struct Made {
    std::vector<std::string> texts;
    Prediction prediction;
};

Made random_prediction(Random& random) {
    Made made;
    made.texts.reserve(200);
    const auto text = [&]() -> std::string_view {
        made.texts.push_back(random.chance(0.1) ? "" : random_text(random, 20));
        return made.texts.back();
    };
    Prediction& p = made.prediction;
    p.id = text();
    p.fingerprint = {random.next(), random.next()};
    p.model = text();
    p.version = static_cast<std::uint32_t>(random.below(1'000));
    p.arm = static_cast<Arm>(random.below(3));
    p.task = static_cast<spec::Task>(random.below(3));
    p.numeric_profile = static_cast<std::uint8_t>(random.below(256));
    p.spec_lsn = random.next();
    p.read_lsn = random.next() >> 30;
    p.learner_lsn = random.below(100);
    p.seed = random.next();
    p.subject = text();
    for (auto i = random.below(4); i > 0; --i) p.entities.push_back({text(), text()});
    for (auto i = random.below(4); i > 0; --i)
        p.inputs.emplace_back(text(), random.chance(0.5) ? Value(random.normal()) : Value(text()));
    p.catalogue = random.chance(0.5);
    for (auto i = random.below(20); i > 0; --i) p.candidates.push_back(text());
    p.candidates_count = random.below(2'000);
    p.rows_hash = {random.next(), random.next()};
    p.k = static_cast<std::uint32_t>(random.below(1'000));
    for (auto i = random.below(12); i > 0; --i)
        p.shown.push_back({text(), random.normal(), random.uniform(), text()});
    return made;
}

TEST(Prediction, ComesBackAsItWas) {
    Random random(1);
    for (int i = 0; i < 300; ++i) {
        const Made made = random_prediction(random);
        std::string clear, sealed, clear_again, sealed_again;
        encode_prediction(made.prediction, clear, sealed);
        Prediction back;
        ASSERT_TRUE(decode_prediction({.clear = clear, .sealed = sealed}, back).ok());
        EXPECT_EQ(back.model, made.prediction.model);
        EXPECT_EQ(back.subject, made.prediction.subject);
        EXPECT_EQ(back.rows_hash, made.prediction.rows_hash);
        EXPECT_EQ(back.inputs, made.prediction.inputs);
        EXPECT_EQ(back.shown.size(), made.prediction.shown.size());
        encode_prediction(back, clear_again, sealed_again);
        EXPECT_EQ(clear, clear_again);
        EXPECT_EQ(sealed, sealed_again);
    }
}

TEST(Prediction, EveryCutAndEveryTailIsRefused) {
    Random random(2);
    for (int i = 0; i < 20; ++i) {
        std::string clear, sealed;
        encode_prediction(random_prediction(random).prediction, clear, sealed);
        Prediction out;
        for (std::size_t size = 0; size < clear.size(); ++size)
            ASSERT_FALSE(
                decode_prediction({.clear = clear.substr(0, size), .sealed = sealed}, out).ok());
        for (std::size_t size = 0; size < sealed.size(); ++size)
            ASSERT_FALSE(
                decode_prediction({.clear = clear, .sealed = sealed.substr(0, size)}, out).ok());
        const std::string longer = clear + '\0', longer_sealed = sealed + '\0';
        EXPECT_FALSE(decode_prediction({.clear = longer, .sealed = sealed}, out).ok());
        EXPECT_FALSE(decode_prediction({.clear = clear, .sealed = longer_sealed}, out).ok());
    }
}

TEST(Prediction, DamageIsNeverMoreThanARefusal) {
    Random random(3);
    std::string clear, sealed;
    encode_prediction(random_prediction(random).prediction, clear, sealed);
    for (int i = 0; i < 3'000; ++i) {
        std::string damaged = clear, damaged_sealed = sealed;
        damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
        damaged_sealed[random.below(damaged_sealed.size())] = static_cast<char>(random.below(256));
        Prediction out;
        (void)decode_prediction({.clear = damaged, .sealed = damaged_sealed}, out);
    }
}

TEST(Prediction, TheErrorNamesTheRecord) {
    Prediction out;
    const Status status = decode_prediction({.lsn = 77, .clear = "x", .sealed = {}}, out);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::kCorrupt);
    EXPECT_THAT(status.error().message, HasSubstr("77"));
}

TEST(Prediction, AnUnknownArmOrTaskIsRefused) {
    Random random(4);
    Made made = random_prediction(random);
    Prediction out;
    for (const int wrong : {3, 255}) {
        std::string clear, sealed;
        made.prediction.arm = static_cast<Arm>(wrong);
        made.prediction.task = spec::Task::kRank;
        encode_prediction(made.prediction, clear, sealed);
        EXPECT_FALSE(decode_prediction({.clear = clear, .sealed = sealed}, out).ok());
        clear.clear(), sealed.clear();
        made.prediction.arm = Arm::kLearned;
        made.prediction.task = static_cast<spec::Task>(wrong);
        encode_prediction(made.prediction, clear, sealed);
        EXPECT_FALSE(decode_prediction({.clear = clear, .sealed = sealed}, out).ok());
    }
}

Prediction golden() {
    Prediction p;
    p.id = "p-1";
    p.fingerprint = {0x0102030405060708, 0x1112131415161718};
    p.model = "shelf";
    p.version = 300;
    p.arm = Arm::kRandom;
    p.task = spec::Task::kRank;
    p.spec_lsn = 1;
    p.read_lsn = 200;
    p.learner_lsn = 150;
    p.seed = 0x2122232425262728;
    p.subject = "u1";
    p.entities = {{"shop", "s1"}};
    p.inputs = {{"device", Value("phone")}, {"hour", Value(std::int64_t{-3})}};
    p.candidates = {"b1", "b2"};
    p.candidates_count = 2;
    p.rows_hash = {0x3132333435363738, 0x4142434445464748};
    p.k = 1;
    p.shown = {{"b2", 0.5, 0.25, "row"}};
    return p;
}

// docs/formats/prediction.md. A change of these bytes makes every log unreadable.
TEST(Prediction, BytesAreAsWritten) {
    std::string clear, sealed;
    encode_prediction(golden(), clear, sealed);
    EXPECT_EQ(hex(clear),
              "057368656c66"  // model
              "ac02"          // version
              "02"
              "02"
              "00"  // arm, task, numeric profile
              "01"
              "c801"
              "9601"                              // spec, read, learner lsn
              "2827262524232221"                  // seed
              "08070605040302011817161514131211"  // fingerprint
              "38373635343332314847464544434241"  // hash of the rows
              "01"
              "00"
              "02"  // k, catalogue, count of candidates
              "01"
              "0473686f70"
              "027331"  // entities
              "02"
              "026231"
              "026232"  // candidates
              "01"
              "026232"  // shown: item,
              "000000000000e03f"
              "000000000000d03f"  // score, propensity
    );
    EXPECT_EQ(hex(sealed),
              "027531"
              "03702d31"  // subject, id
              "02"
              "06646576696365"
              "040570686f6e65"
              "04686f7572"
              "0205"      // inputs
              "03726f77"  // row of b2
    );
}

TEST(Feedback, ComesBackAsItWasAndEveryCutIsRefused) {
    std::string clear, sealed;
    encode_feedback({"f-1", {1, 2}, 300, "b7", -0.5}, clear, sealed);
    Feedback back;
    ASSERT_TRUE(decode_feedback({.clear = clear, .sealed = sealed}, back).ok());
    EXPECT_EQ(back.id, "f-1");
    EXPECT_EQ(back.fingerprint, (Hash128{1, 2}));
    EXPECT_EQ(back.prediction, 300u);
    EXPECT_EQ(back.item, "b7");
    EXPECT_EQ(back.outcome, -0.5);
    for (std::size_t size = 0; size < clear.size(); ++size)
        EXPECT_FALSE(
            decode_feedback({.clear = clear.substr(0, size), .sealed = sealed}, back).ok());
    for (std::size_t size = 0; size < sealed.size(); ++size)
        EXPECT_FALSE(
            decode_feedback({.clear = clear, .sealed = sealed.substr(0, size)}, back).ok());
    clear += '\0';
    EXPECT_FALSE(decode_feedback({.clear = clear, .sealed = sealed}, back).ok());
}

// docs/formats/feedback.md
TEST(Feedback, BytesAreAsWritten) {
    std::string clear, sealed;
    encode_feedback({"f-1", {0x0102030405060708, 0x1112131415161718}, 300, "b7", 1}, clear, sealed);
    EXPECT_EQ(hex(clear),
              "ac02"
              "026237"
              "000000000000f03f"
              "08070605040302011817161514131211");
    EXPECT_EQ(hex(sealed), "03662d31");
}

}  // namespace
}  // namespace volant::feedback
