// AVX-512: wider where it pays (text, dense rows); updates of eight slots are AVX2's.
#if defined(__x86_64__)

#include <immintrin.h>

#include "model/kernels/kernels.h"

#define VOLANT_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx2,fma,bmi")))

namespace volant::model {

const Kernels& avx2_kernels();

namespace {

VOLANT_AVX512 void dense_dot_many(const float* inputs, std::size_t input_count,
                                  const float* weights, std::size_t output_count, float* out) {
    for (std::size_t j = 0; j < output_count; j += 16) {
        const std::size_t left = output_count - j;
        const auto lanes = static_cast<__mmask16>(left < 16 ? (1u << left) - 1 : 0xffffu);
        __m512 sum = _mm512_setzero_ps();
        for (std::size_t k = 0; k < input_count; ++k)
            sum =
                _mm512_fmadd_ps(_mm512_set1_ps(inputs[k]),
                                _mm512_maskz_loadu_ps(lanes, weights + k * output_count + j), sum);
        _mm512_mask_storeu_ps(out + j, lanes, sum);
    }
}

VOLANT_AVX512 std::size_t separators(const char* text, std::size_t size, std::uint32_t* places) {
    std::uint32_t* next = places;
    for (std::size_t at = 0; at < size; at += 64) {
        const __m512i c = _mm512_loadu_si512(text + at);
        std::uint64_t bits = _mm512_cmpeq_epi8_mask(c, _mm512_set1_epi8(' ')) |
                             _mm512_cmpeq_epi8_mask(c, _mm512_set1_epi8('|')) |
                             _mm512_cmpeq_epi8_mask(c, _mm512_set1_epi8(':')) |
                             _mm512_cmpeq_epi8_mask(c, _mm512_set1_epi8('\n')) |
                             _mm512_cmpeq_epi8_mask(c, _mm512_set1_epi8('\t')) |
                             _mm512_cmpeq_epi8_mask(c, _mm512_set1_epi8('\r'));
        if (size - at < 64) bits &= (std::uint64_t{1} << (size - at)) - 1;
        for (; bits != 0; bits &= bits - 1)
            *next++ =
                static_cast<std::uint32_t>(at + static_cast<std::size_t>(__builtin_ctzll(bits)));
    }
    return static_cast<std::size_t>(next - places);
}

}  // namespace

const Kernels& avx512_kernels() {
    static const Kernels table = [] {
        Kernels wide = avx2_kernels();
        wide.isa = Isa::kAvx512;
        wide.dense_dot_many = dense_dot_many;
        wide.separators = separators;
        return wide;
    }();
    return table;
}

}  // namespace volant::model

#endif
