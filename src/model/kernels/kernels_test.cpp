#include "model/kernels/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "core/random.h"

namespace volant::model {
namespace {

constexpr std::uint32_t kMask = 63;  // small, so that terms of one call often share a slot

struct Input {
    std::vector<Slot> table;
    std::vector<Term> terms;
};

float anything(Random& random) {
    const float unit = static_cast<float>(random.uniform() * 2 - 1);
    switch (random.below(8)) {
        case 0:
            return unit * 1e18f;
        case 1:
            return unit * 1e-25f;
        case 2:
            return 0;
        case 3:
            return 1;
        default:
            return unit * 10;
    }
}

Input random_input(Random& random) {
    Input input;
    for (std::uint32_t i = 0; i <= kMask; ++i) {
        const bool fresh = random.chance(0.3);
        input.table.push_back({anything(random), fresh ? 0 : std::abs(anything(random)),
                               fresh ? 0 : std::abs(anything(random)), 0});
    }
    const std::size_t count = random.below(40);
    const bool crowded = random.chance(0.5);
    for (std::size_t i = 0; i < count; ++i) {
        const auto hash = static_cast<std::uint32_t>(random.next());
        input.terms.push_back({crowded ? hash : static_cast<std::uint32_t>(i), anything(random)});
    }
    return input;
}

bool same_bits(const std::vector<Slot>& a, const std::vector<Slot>& b) {
    return std::memcmp(a.data(), b.data(), a.size() * sizeof(Slot)) == 0;
}

// What one instruction set makes of the whole life of an example.
struct Outcome {
    std::vector<std::uint32_t> numbers;
    std::vector<Slot> table;
    bool operator==(const Outcome& other) const {
        return numbers == other.numbers && same_bits(table, other.table);
    }
};

Outcome run(Isa isa, Input input) {
    const Kernels& k = kernels(isa);
    Outcome outcome;
    Slot* table = input.table.data();
    const Term* terms = input.terms.data();
    const std::size_t count = input.terms.size();
    const auto note = [&](float number) {
        outcome.numbers.push_back(std::bit_cast<std::uint32_t>(number));
    };
    note(k.dot(table, kMask, terms, count));
    note(k.dot_truncated(table, kMask, terms, count, 0.25f));
    const Adapted adapted = k.adapt(table, kMask, terms, count, 0.3f);
    note(adapted.per_update);
    note(adapted.norm);
    k.apply(table, kMask, terms, count, -0.7f);
    k.ftrl(table, kMask, terms, count, 0.4f, {0.1f, 1.0f, 0.01f, 0.02f});
    note(k.dot(table, kMask, terms, count));
    outcome.table = std::move(input.table);
    return outcome;
}

TEST(KernelsTest, EveryInstructionSetGivesTheSameBits) {
    Random random(7);
    for (int round = 0; round < 3000; ++round) {
        const Input input = random_input(random);
        const Outcome expected = run(Isa::kScalar, input);
        for (const Isa isa : available_isas())
            ASSERT_EQ(run(isa, input), expected) << isa_name(isa) << " round " << round;
    }
}

TEST(KernelsTest, DenseRowsGiveTheSameBitsAtEveryWidth) {
    Random random(8);
    for (std::size_t outputs = 1; outputs < 40; ++outputs) {
        const std::size_t inputs = random.below(30);
        std::vector<float> x(inputs);
        std::vector<float> weights(inputs * outputs);
        for (float& value : x) value = anything(random);
        for (float& value : weights) value = anything(random);
        std::vector<float> expected(outputs);
        for (std::size_t j = 0; j < outputs; ++j)
            for (std::size_t k = 0; k < inputs; ++k)
                expected[j] = std::fma(x[k], weights[k * outputs + j], expected[j]);
        for (const Isa isa : available_isas()) {
            std::vector<float> out(outputs + 1, 77);
            kernels(isa).dense_dot_many(x.data(), inputs, weights.data(), outputs, out.data());
            EXPECT_EQ(std::memcmp(out.data(), expected.data(), outputs * sizeof(float)), 0)
                << isa_name(isa) << " outputs " << outputs;
            EXPECT_EQ(out[outputs], 77) << "wrote past its end";
        }
    }
}

TEST(KernelsTest, SeparatorsAreFoundAtEveryLength) {
    Random random(9);
    const std::string alphabet = "ab|: \n\t\rxyz\x80\xff;9{}";
    for (std::size_t size = 0; size < 300; ++size) {
        std::string text(size + 64, ' ');
        for (std::size_t i = 0; i < size; ++i) text[i] = alphabet[random.below(alphabet.size())];
        std::vector<std::uint32_t> expected;
        for (std::size_t i = 0; i < size; ++i)
            if (std::strchr("|: \n\t\r", text[i]) != nullptr)
                expected.push_back(static_cast<std::uint32_t>(i));
        for (const Isa isa : available_isas()) {
            std::vector<std::uint32_t> places(size + 64);
            places.resize(kernels(isa).separators(text.data(), size, places.data()));
            EXPECT_EQ(places, expected) << isa_name(isa);
        }
    }
}

TEST(KernelsTest, TermsThatShareASlotAreAppliedOneAfterTheOther) {
    std::vector<Slot> table(kMask + 1);
    const std::vector<Term> terms = {{1, 2}, {1, 4}};
    for (const Isa isa : available_isas()) {
        std::ranges::fill(table, Slot{});
        kernels(isa).adapt(table.data(), kMask, terms.data(), 2, 0.5f);
        EXPECT_EQ(table[1].first, 0.5f * 4 + 0.5f * 16) << isa_name(isa);
        EXPECT_EQ(table[1].second, 4) << isa_name(isa);
    }
}

TEST(IsaTest, RefusesUnknownAndMissingOnes) {
    EXPECT_EQ(choose_isa("sse9").error().code, Code::kUsage);
    EXPECT_NE(choose_isa("sse9").error().message.find("avx2"), std::string::npos);
    EXPECT_EQ(*choose_isa("scalar"), Isa::kScalar);
    EXPECT_EQ(*choose_isa(""), available_isas().back());
    if (std::ranges::count(available_isas(), Isa::kAvx512) == 0) {
        EXPECT_EQ(choose_isa("avx512").error().code, Code::kUnavailable);
    }
}

}  // namespace
}  // namespace volant::model
