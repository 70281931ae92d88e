#include "model/kernels/kernels.h"

#include "model/kernels/scalar.h"

namespace volant::model {

#if defined(__x86_64__)
const Kernels& avx2_kernels();
const Kernels& avx512_kernels();
#endif

namespace {

float dot(const Slot* table, std::uint32_t mask, const Term* terms, std::size_t count) {
    return scalar::dot(table, mask, terms, count);
}
float dot_truncated(const Slot* table, std::uint32_t mask, const Term* terms, std::size_t count,
                    float gravity) {
    return scalar::dot_truncated(table, mask, terms, count, gravity);
}
Adapted adapt(Slot* table, std::uint32_t mask, const Term* terms, std::size_t count,
              float squared) {
    return scalar::adapt(table, mask, terms, count, squared);
}
void apply(Slot* table, std::uint32_t mask, const Term* terms, std::size_t count, float update) {
    scalar::apply(table, mask, terms, count, update);
}
void ftrl(Slot* table, std::uint32_t mask, const Term* terms, std::size_t count, float gradient,
          const FtrlStep& step) {
    scalar::ftrl(table, mask, terms, count, gradient, step);
}
void dense_dot_many(const float* inputs, std::size_t input_count, const float* weights,
                    std::size_t output_count, float* out) {
    scalar::dense_dot_many(inputs, input_count, weights, output_count, out);
}
std::size_t separators(const char* text, std::size_t size, std::uint32_t* places) {
    return scalar::separators(text, size, places);
}

constexpr Kernels kScalarKernels = {Isa::kScalar, dot,  dot_truncated,  adapt,
                                    apply,        ftrl, dense_dot_many, separators};

const Kernels& table_of(Isa isa) {
#if defined(__x86_64__)
    if (isa == Isa::kAvx512) return avx512_kernels();
    if (isa == Isa::kAvx2) return avx2_kernels();
#endif
    VOLANT_CHECK(isa == Isa::kScalar);
    return kScalarKernels;
}

}  // namespace

const Kernels& kernels(Isa isa) {
    VOLANT_CHECK(choose_isa(isa_name(isa)).ok());
    return table_of(isa);
}

const Kernels& kernels() {
    static const Kernels& chosen = [&]() -> const Kernels& {
        VOLANT_CHECK(environment_isa().ok());
        return table_of(*environment_isa());
    }();
    return chosen;
}

}  // namespace volant::model
