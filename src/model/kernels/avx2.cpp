// AVX2 and FMA. Only functions that carry the target attribute use the instructions, so that the
// file can be linked into a program for any x86-64 CPU.
#if defined(__x86_64__)

#include <immintrin.h>

#include "model/kernels/scalar.h"

#define VOLANT_AVX2 __attribute__((target("avx2,fma,bmi")))

namespace volant::model {
namespace {

VOLANT_AVX2 float dot(const Slot* table, std::uint32_t mask, const Term* terms, std::size_t count) {
    return scalar::dot(table, mask, terms, count);
}

VOLANT_AVX2 float dot_truncated(const Slot* table, std::uint32_t mask, const Term* terms,
                                std::size_t count, float gravity) {
    return scalar::dot_truncated(table, mask, terms, count, gravity);
}

// Eight slots as four vectors, one a field; lane i is slot i.
struct Fields {
    __m256 weight, first, second, rate;
};

VOLANT_AVX2 inline Fields transposed(__m256 row0, __m256 row1, __m256 row2, __m256 row3) {
    const __m256 low01 = _mm256_unpacklo_ps(row0, row1);
    const __m256 high01 = _mm256_unpackhi_ps(row0, row1);
    const __m256 low23 = _mm256_unpacklo_ps(row2, row3);
    const __m256 high23 = _mm256_unpackhi_ps(row2, row3);
    return {_mm256_shuffle_ps(low01, low23, 0x44), _mm256_shuffle_ps(low01, low23, 0xee),
            _mm256_shuffle_ps(high01, high23, 0x44), _mm256_shuffle_ps(high01, high23, 0xee)};
}

VOLANT_AVX2 inline __m256 load_pair(const Slot* low, const Slot* high) {
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_load_ps(&low->weight)),
                                _mm_load_ps(&high->weight), 1);
}

VOLANT_AVX2 inline void store_pair(Slot* low, Slot* high, __m256 row) {
    _mm_store_ps(&low->weight, _mm256_castps256_ps128(row));
    _mm_store_ps(&high->weight, _mm256_extractf128_ps(row, 1));
}

// Any two of the eight indices are equal: compare with the rotations by 1 to 4.
VOLANT_AVX2 inline bool any_equal(__m256i index) {
    const __m256i one = _mm256_setr_epi32(1, 2, 3, 4, 5, 6, 7, 0);
    const __m256i two = _mm256_setr_epi32(2, 3, 4, 5, 6, 7, 0, 1);
    const __m256i three = _mm256_setr_epi32(3, 4, 5, 6, 7, 0, 1, 2);
    const __m256i four = _mm256_setr_epi32(4, 5, 6, 7, 0, 1, 2, 3);
    const __m256i equal = _mm256_or_si256(
        _mm256_or_si256(_mm256_cmpeq_epi32(index, _mm256_permutevar8x32_epi32(index, one)),
                        _mm256_cmpeq_epi32(index, _mm256_permutevar8x32_epi32(index, two))),
        _mm256_or_si256(_mm256_cmpeq_epi32(index, _mm256_permutevar8x32_epi32(index, three)),
                        _mm256_cmpeq_epi32(index, _mm256_permutevar8x32_epi32(index, four))));
    return _mm256_testz_si256(equal, equal) == 0;
}

struct Sums {
    __m256 per_update, norm;
};

// scalar::adapt_one for eight different slots.
VOLANT_AVX2 inline void adapt_eight(Slot* const* slots, __m256 value, __m256 squared_gradient,
                                    __m256 valid, Sums& sums) {
    Fields f = transposed(load_pair(slots[0], slots[4]), load_pair(slots[1], slots[5]),
                          load_pair(slots[2], slots[6]), load_pair(slots[3], slots[7]));
    const __m256 square =
        _mm256_max_ps(_mm256_mul_ps(value, value), _mm256_set1_ps(scalar::kSquareMin));
    const __m256 absolute = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), value);
    const __m256 size = _mm256_max_ps(absolute, _mm256_set1_ps(scalar::kValueMin));
    f.first = _mm256_min_ps(_mm256_add_ps(f.first, _mm256_mul_ps(squared_gradient, square)),
                            _mm256_set1_ps(scalar::kSumMax));
    const __m256 larger = _mm256_cmp_ps(size, f.second, _CMP_GT_OQ);
    if (_mm256_movemask_ps(larger) != 0) {
        const __m256 known = _mm256_cmp_ps(f.second, _mm256_setzero_ps(), _CMP_GT_OQ);
        const __m256 rescaled = _mm256_mul_ps(f.weight, _mm256_div_ps(f.second, size));
        f.weight = _mm256_blendv_ps(f.weight, rescaled, _mm256_and_ps(larger, known));
        f.second = _mm256_blendv_ps(f.second, size, larger);
    }
    const __m256 inverse = _mm256_div_ps(_mm256_set1_ps(1.0f), f.second);
    const __m256 relative = _mm256_mul_ps(size, inverse);
    f.rate = _mm256_div_ps(
        inverse, _mm256_max_ps(_mm256_sqrt_ps(f.first), _mm256_set1_ps(scalar::kValueMin)));
    const __m256 norm = _mm256_mul_ps(relative, relative);
    const __m256 per_update = _mm256_mul_ps(square, f.rate);
    sums.norm = _mm256_add_ps(sums.norm, _mm256_and_ps(norm, valid));
    sums.per_update = _mm256_add_ps(sums.per_update, _mm256_and_ps(per_update, valid));
    const Fields rows = transposed(f.weight, f.first, f.second, f.rate);
    store_pair(slots[0], slots[4], rows.weight);
    store_pair(slots[1], slots[5], rows.first);
    store_pair(slots[2], slots[6], rows.second);
    store_pair(slots[3], slots[7], rows.rate);
}

// At most eight terms as hashes and values, in their order; the lanes past `count` are 0.
VOLANT_AVX2 inline void split_terms(const Term* terms, std::size_t count, __m256i& hash,
                                    __m256& value) {
    static_assert(sizeof(Term) == 8);
    const __m256i lane = _mm256_setr_epi64x(0, 1, 2, 3);
    const __m256i left = _mm256_set1_epi64x(static_cast<long long>(count));
    const auto* pairs = reinterpret_cast<const long long*>(terms);
    const __m256 low =
        _mm256_castsi256_ps(_mm256_maskload_epi64(pairs, _mm256_cmpgt_epi64(left, lane)));
    const __m256 high = _mm256_castsi256_ps(_mm256_maskload_epi64(
        pairs + 4, _mm256_cmpgt_epi64(left, _mm256_add_epi64(lane, _mm256_set1_epi64x(4)))));
    const __m256i order = _mm256_setr_epi32(0, 1, 4, 5, 2, 3, 6, 7);
    const __m256 hashes = _mm256_shuffle_ps(low, high, 0x88);
    const __m256 values = _mm256_shuffle_ps(low, high, 0xdd);
    hash = _mm256_permutevar8x32_epi32(_mm256_castps_si256(hashes), order);
    value = _mm256_permutevar8x32_ps(values, order);
}

// scalar::lane_sum.
VOLANT_AVX2 inline float lane_sum(__m256 lanes) {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps(lanes, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 0x55)));
}

// Terms that share a slot, one after the other.
VOLANT_AVX2 void adapt_in_turn(Slot* table, std::uint32_t mask, const Term* terms,
                               std::size_t count, float squared_gradient, Sums& sums) {
    alignas(32) float per_update[8];
    alignas(32) float norm[8];
    _mm256_store_ps(per_update, sums.per_update);
    _mm256_store_ps(norm, sums.norm);
    for (std::size_t k = 0; k < count; ++k) {
        scalar::adapt_one(table[terms[k].hash & mask], terms[k].value, squared_gradient,
                          per_update[k], norm[k]);
    }
    sums = {_mm256_load_ps(per_update), _mm256_load_ps(norm)};
}

VOLANT_AVX2 Adapted adapt(Slot* table, std::uint32_t mask, const Term* terms, std::size_t count,
                          float squared_gradient) {
    Sums sums = {_mm256_setzero_ps(), _mm256_setzero_ps()};
    const __m256 squared = _mm256_set1_ps(squared_gradient);
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    Slot spare[8];
    for (std::size_t i = 0; i < count; i += 8) {
        const std::size_t here = count - i < 8 ? count - i : 8;
        __m256i hash;
        __m256 value;
        split_terms(terms + i, here, hash, value);
        const __m256i valid = _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(here)), lane);
        // Lanes without a term get an index of their own past any table, and a slot of their own.
        const __m256i index = _mm256_blendv_epi8(
            _mm256_sub_epi32(_mm256_set1_epi32(-1), lane),
            _mm256_and_si256(hash, _mm256_set1_epi32(static_cast<int>(mask))), valid);
        if (any_equal(index)) [[unlikely]] {
            adapt_in_turn(table, mask, terms + i, here, squared_gradient, sums);
            continue;
        }
        alignas(32) std::uint32_t places[8];
        _mm256_store_si256(reinterpret_cast<__m256i*>(places), index);
        Slot* slots[8];
        for (std::size_t k = 0; k < 8; ++k)
            slots[k] = places[k] <= mask ? table + places[k] : spare + k;
        adapt_eight(slots, value, squared, _mm256_castsi256_ps(valid), sums);
    }
    return {lane_sum(sums.per_update), lane_sum(sums.norm)};
}

VOLANT_AVX2 void apply(Slot* table, std::uint32_t mask, const Term* terms, std::size_t count,
                       float update) {
    scalar::apply(table, mask, terms, count, update);
}

VOLANT_AVX2 void ftrl(Slot* table, std::uint32_t mask, const Term* terms, std::size_t count,
                      float gradient, const FtrlStep& step) {
    scalar::ftrl(table, mask, terms, count, gradient, step);
}

VOLANT_AVX2 void dense_dot_many(const float* inputs, std::size_t input_count, const float* weights,
                                std::size_t output_count, float* out) {
    std::size_t j = 0;
    for (; j + 8 <= output_count; j += 8) {
        __m256 sum = _mm256_setzero_ps();
        for (std::size_t k = 0; k < input_count; ++k)
            sum = _mm256_fmadd_ps(_mm256_set1_ps(inputs[k]),
                                  _mm256_loadu_ps(weights + k * output_count + j), sum);
        _mm256_storeu_ps(out + j, sum);
    }
    for (; j < output_count; ++j) {
        float sum = 0;
        for (std::size_t k = 0; k < input_count; ++k)
            sum = __builtin_fmaf(inputs[k], weights[k * output_count + j], sum);
        out[j] = sum;
    }
}

VOLANT_AVX2 inline std::uint32_t separator_bits(const char* text) {
    const __m256i c = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
    const auto is = [&](char which)
                        VOLANT_AVX2 { return _mm256_cmpeq_epi8(c, _mm256_set1_epi8(which)); };
    const __m256i any = _mm256_or_si256(
        _mm256_or_si256(_mm256_or_si256(is(' '), is('|')), _mm256_or_si256(is(':'), is('\n'))),
        _mm256_or_si256(is('\t'), is('\r')));
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(any));
}

VOLANT_AVX2 std::size_t separators(const char* text, std::size_t size, std::uint32_t* places) {
    std::uint32_t* next = places;
    for (std::size_t at = 0; at < size; at += 64) {
        std::uint64_t bits = separator_bits(text + at) |
                             static_cast<std::uint64_t>(separator_bits(text + at + 32)) << 32;
        if (size - at < 64) bits &= (std::uint64_t{1} << (size - at)) - 1;
        for (; bits != 0; bits &= bits - 1)
            *next++ =
                static_cast<std::uint32_t>(at + static_cast<std::size_t>(__builtin_ctzll(bits)));
    }
    return static_cast<std::size_t>(next - places);
}

constexpr Kernels kAvx2Kernels = {Isa::kAvx2, dot,  dot_truncated,  adapt,
                                  apply,      ftrl, dense_dot_many, separators};

}  // namespace

const Kernels& avx2_kernels() {
    return kAvx2Kernels;
}

}  // namespace volant::model

#endif
