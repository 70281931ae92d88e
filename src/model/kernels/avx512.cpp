// AVX-512: wider where it pays (text, dense rows); updates of eight slots are AVX2's.
#if defined(__x86_64__)

#include <immintrin.h>

#include <array>

#include "model/kernels/kernels.h"

#define VOLANT_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx2,fma,bmi")))
#define VOLANT_VBMI2                                                                       \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,fma,bmi," \
                          "popcnt")))

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

VOLANT_AVX512 inline std::uint64_t separator_bits(const char* text, std::size_t left) {
    const __m512i c = _mm512_loadu_si512(text);
    const std::uint64_t bits = _mm512_cmpeq_epi8_mask(c, _mm512_set1_epi8(' ')) |
                               _mm512_cmpeq_epi8_mask(c, _mm512_set1_epi8('|')) |
                               _mm512_cmpeq_epi8_mask(c, _mm512_set1_epi8(':')) |
                               _mm512_cmpeq_epi8_mask(c, _mm512_set1_epi8('\n')) |
                               _mm512_cmpeq_epi8_mask(c, _mm512_set1_epi8('\t')) |
                               _mm512_cmpeq_epi8_mask(c, _mm512_set1_epi8('\r'));
    return left < 64 ? bits & ((std::uint64_t{1} << left) - 1) : bits;
}

VOLANT_AVX512 std::size_t separators(const char* text, std::size_t size, std::uint32_t* places) {
    std::uint32_t* next = places;
    for (std::size_t at = 0; at < size; at += 64) {
        for (std::uint64_t bits = separator_bits(text + at, size - at); bits != 0; bits &= bits - 1)
            *next++ =
                static_cast<std::uint32_t>(at + static_cast<std::size_t>(__builtin_ctzll(bits)));
    }
    return static_cast<std::size_t>(next - places);
}

// With VBMI2: the numbers 0..63 squeezed by the mask, widened sixteen at a time.
VOLANT_VBMI2 std::size_t separators_squeezed(const char* text, std::size_t size,
                                             std::uint32_t* places) {
    alignas(64) static constexpr std::array<std::uint8_t, 64> kNumbers = [] {
        std::array<std::uint8_t, 64> numbers{};
        for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::uint8_t>(i);
        return numbers;
    }();
    const __m512i numbers = _mm512_load_si512(kNumbers.data());
    std::uint32_t* next = places;
    for (std::size_t at = 0; at < size; at += 64) {
        const std::uint64_t bits = separator_bits(text + at, size - at);
        const int found = __builtin_popcountll(bits);
        const __m512i base = _mm512_set1_epi32(static_cast<int>(at));
        alignas(64) std::array<std::uint8_t, 64> squeezed;
        _mm512_store_si512(squeezed.data(), _mm512_maskz_compress_epi8(bits, numbers));
        for (int i = 0; i < found; i += 16) {
            const __m128i sixteen =
                _mm_load_si128(reinterpret_cast<const __m128i*>(squeezed.data() + i));
            _mm512_storeu_si512(next + i, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(sixteen)));
        }
        next += found;
    }
    return static_cast<std::size_t>(next - places);
}

}  // namespace

const Kernels& avx512_kernels() {
    static const Kernels table = [] {
        Kernels wide = avx2_kernels();
        wide.isa = Isa::kAvx512;
        wide.dense_dot_many = dense_dot_many;
        const bool squeezes = __builtin_cpu_supports("avx512vbmi2");
        wide.separators = squeezes ? separators_squeezed : separators;
        return wide;
    }();
    return table;
}

}  // namespace volant::model

#endif
