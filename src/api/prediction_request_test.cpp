#include "api/prediction_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "core/random.h"

namespace volant::api {
namespace {

constexpr int kInputs = 12;

// A model with the double inputs x0 to x11 and income.
spec::Spec spec_of_inputs() {
    std::string yaml =
        "name: t\nsubject: user\nentities: {user: {}}\nmodels:\n  risk:\n"
        "    decide: {classify: user}\n    outcome: {within: 1h}\n    inputs: {";
    for (int i = 0; i < kInputs; ++i) yaml += (i ? ", x" : "x") + std::to_string(i) + ": double";
    yaml += ", income: double}\n    learner: {family: linear}\n";
    auto spec = spec::parse_spec(yaml, "volant.yaml");
    EXPECT_TRUE(spec.ok()) << spec.error().message;
    return *spec;
}

Result<PredictionRequest> read(const spec::Spec& spec, std::string_view body) {
    static const collect::Fingerprints fingerprints{secret::MacKey{}};
    json::Document document;
    VOLANT_TRY(const json::Item root, document.parse(body));
    VOLANT_TRY(PredictionRequest request, read_prediction(spec, 0, fingerprints, root));
    VOLANT_OK(document.finish());
    return request;
}

// {"user":"u1","input":{"x3":3,...}} with the inputs in this order.
std::string body_of(const std::vector<int>& order) {
    std::string inputs;
    for (const int i : order) {
        const std::string number = std::to_string(i);
        inputs.append(inputs.empty() ? "\"x" : ",\"x").append(number).append("\":" + number);
    }
    return R"({"user":"u1","input":{)" + inputs + "}}";
}

TEST(PredictionRequest, InputsMayComeInAnyOrderAndSomeMayBeMissing) {
    const spec::Spec spec = spec_of_inputs();
    Random random(7);
    for (int round = 0; round < 200; ++round) {
        std::vector<int> order(kInputs);
        std::iota(order.begin(), order.end(), 0);
        for (std::size_t i = order.size() - 1; i > 0; --i)
            std::swap(order[i], order[random.below(i + 1)]);
        order.resize(1 + random.below(kInputs));
        const auto request = read(spec, body_of(order));
        ASSERT_TRUE(request.ok()) << body_of(order) << request.error().message;
        for (int i = 0; i < kInputs; ++i) {
            const bool given = std::find(order.begin(), order.end(), i) != order.end();
            EXPECT_EQ(request->question.inputs[static_cast<std::size_t>(i)],
                      given ? Value(static_cast<double>(i)) : Value())
                << body_of(order);
        }
    }
}

TEST(PredictionRequest, AnUnknownInputIsNamedWithTheNearestKnownOne) {
    const spec::Spec spec = spec_of_inputs();
    for (const char* before : {"", R"("x0":1,)", R"("x11":1,)"}) {
        const auto request =
            read(spec, std::string(R"({"user":"u1","input":{)") + before + R"("incone":1}})");
        ASSERT_FALSE(request.ok());
        EXPECT_EQ(request.error().code, Code::kUnknownField);
        EXPECT_EQ(request.error().field, "/input/incone");
        EXPECT_THAT(request.error().hint, testing::HasSubstr("income"));
    }
}

TEST(PredictionRequest, AnInputGivenTwiceOrOfAnotherTypeIsRefusedByItsName) {
    const spec::Spec spec = spec_of_inputs();
    const auto twice = read(spec, R"({"user":"u1","input":{"x3":1,"x3":2}})");
    ASSERT_FALSE(twice.ok());
    EXPECT_EQ(twice.error().code, Code::kDuplicateKey);
    const auto text = read(spec, R"({"user":"u1","input":{"x3":"three"}})");
    ASSERT_FALSE(text.ok());
    EXPECT_EQ(text.error().code, Code::kWrongType);
    EXPECT_EQ(text.error().field, "/input/x3");
}

TEST(PredictionRequest, AnEntityThatNoFeatureIsAboutIsRefused) {
    const auto spec = spec::parse_spec(
        "name: t\nsubject: user\nentities: {user: {}, item: {}, shop: {kind: category}}\n"
        "events: {buy: {user: id, item: id}}\n"
        "features: {user.buys: {count: buy, by: user}}\n"
        "models:\n  risk:\n    decide: {classify: user}\n    outcome: {within: 1h}\n"
        "    features: [user.*]\n",
        "volant.yaml");
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    EXPECT_TRUE(read(*spec, R"({"user":"u1"})").ok());
    const auto request = read(*spec, R"({"user":"u1","shop":"s1"})");
    ASSERT_FALSE(request.ok());
    EXPECT_EQ(request.error().code, Code::kUnknownField);
    EXPECT_EQ(request.error().field, "/shop");
}

}  // namespace
}  // namespace volant::api
