// Four elements of F side by side (AVX2).
//
//   canonical  a word below p
//   held       what a kernel keeps between operations: here the canonical word plus 2^63 mod 2^64,
//              as AVX2 compares signed words only and adding 2^63 turns one order into the other
//   product    a b = lo + 2^64 (hi_lo + 2^32 hi_hi) = (lo - hi_hi) + hi_lo (2^32 - 1) (mod p)
#pragma once

#include "base/intrinsics.h"
#include "field/f.h"

#ifdef PEDIGREE_VECTOR_FIELD

#define PEDIGREE_LANE PEDIGREE_AVX2 static PEDIGREE_INLINE

namespace pedigree {

struct LanesAvx2 {
  using V = __m256i;
  static constexpr std::size_t kCount = 4;

  struct Factor {
    V word, high;  // high = word >> 32
  };

  PEDIGREE_LANE V load(const u64* p) { return _mm256_loadu_si256(reinterpret_cast<const V*>(p)); }
  PEDIGREE_LANE void store(u64* p, V a) { _mm256_storeu_si256(reinterpret_cast<V*>(p), a); }
  // The first `count` lanes, count < 4; the others are 0, and not written.
  PEDIGREE_LANE V load_part(const u64* p, std::size_t count) {
    return _mm256_maskload_epi64(reinterpret_cast<const long long*>(p), first(count));
  }
  PEDIGREE_LANE void store_part(u64* p, std::size_t count, V a) {
    _mm256_maskstore_epi64(reinterpret_cast<long long*>(p), first(count), a);
  }

  PEDIGREE_LANE V splat(u64 x) { return _mm256_set1_epi64x(static_cast<i64>(x)); }
  PEDIGREE_LANE Factor factor(F x) { return {splat(x.v), splat(x.v >> 32)}; }
  PEDIGREE_LANE Factor factor(V canonical) { return {canonical, high_half(canonical)}; }

  PEDIGREE_LANE V hold(V canonical) { return _mm256_xor_si256(canonical, splat(kBias)); }
  PEDIGREE_LANE V canonical(V held) { return _mm256_xor_si256(held, splat(kBias)); }

  // held + held -> held
  PEDIGREE_LANE V sum(V a, V b) {
    return subtract(a, _mm256_sub_epi64(splat(kModulus + kBias), b));
  }
  // held - held -> canonical
  PEDIGREE_LANE V difference(V a, V b) {
    return _mm256_add_epi64(_mm256_sub_epi64(a, b), modulus_where(_mm256_cmpgt_epi64(b, a)));
  }

  // any word times any word -> held
  PEDIGREE_LANE V times(V a, Factor w) {
    const V a_high = high_half(a);
    const V low = _mm256_mul_epu32(a, w.word), high = _mm256_mul_epu32(a_high, w.high);
    // No sum below overflows: (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1.
    const V middle = _mm256_add_epi64(_mm256_mul_epu32(a_high, w.word), _mm256_srli_epi64(low, 32));
    const V cross = _mm256_add_epi64(_mm256_mul_epu32(a, w.high),
                                     _mm256_blend_epi32(middle, _mm256_setzero_si256(), 0xaa));
    const V hi = _mm256_add_epi64(_mm256_add_epi64(high, _mm256_srli_epi64(middle, 32)),
                                  _mm256_srli_epi64(cross, 32));
    const V lo = _mm256_blend_epi32(low, _mm256_slli_epi64(cross, 32), 0xaa);
    return reduced(lo, hi, _mm256_srli_epi64(hi, 32));
  }

  // any word times 2^e -> held, 0 < e < 64
  template <u32 e>
  PEDIGREE_LANE V times_pow2(V a) {
    static_assert(0 < e && e < 64);
    const V lo = _mm256_slli_epi64(a, e), hi = _mm256_srli_epi64(a, 64 - e);
    if constexpr (e <= 32) return plus_epsilon_times(hold(lo), hi);
    return reduced(lo, hi, _mm256_srli_epi64(a, 96 - e));
  }
  // canonical / 2^e -> held, 0 < e <= 32
  // It is (a >> e) + (a mod 2^e) / 2^e, and 1 / 2^e = -2^(32 - e) (2^32 - 1).
  template <u32 e>
  PEDIGREE_LANE V over_pow2(V a) {
    static_assert(0 < e && e <= 32);
    const V rest = _mm256_slli_epi64(a, 32 - e);  // its low half counts
    return subtract(hold(_mm256_srli_epi64(a, e)), _mm256_mul_epu32(rest, splat(kEpsilon)));
  }

  // Lazy sums of products: word[0] + 2^32 word[1] + 2^64 word[2], each word plus 2^63 with its
  // carries counted. Of kLazyProducts products no count exceeds 2^11.
  struct Wide {
    V word[3], carry[3];
  };
  struct Limbs {
    V low, top;  // top = word >> 32
  };
  static constexpr std::size_t kLazyProducts = 1024;

  PEDIGREE_LANE Wide wide_zero() {
    const V none = _mm256_setzero_si256(), word = hold(none);
    return {{word, word, word}, {none, none, none}};
  }
  PEDIGREE_LANE Limbs limbs(V canonical) { return {canonical, high_half(canonical)}; }
  PEDIGREE_LANE Limbs twice(V word) { return limbs(canonical(sum(hold(word), hold(word)))); }
  PEDIGREE_LANE void add_product(Wide& sum, Limbs a, Limbs b) {
    accumulate(sum, 0, _mm256_mul_epu32(a.low, b.low));
    accumulate(sum, 1, _mm256_mul_epu32(a.low, b.top));
    accumulate(sum, 1, _mm256_mul_epu32(a.top, b.low));
    accumulate(sum, 2, _mm256_mul_epu32(a.top, b.top));
  }
  // 2^64 = 2^32 - 1, 2^96 = -1, 2^128 = -2^32 (mod p).
  PEDIGREE_LANE V reduced(const Wide& sum) {
    const V word1 = canonical(sum.word[1]), word2 = canonical(sum.word[2]),
            shifted = _mm256_slli_epi64(word1, 32);
    V low = _mm256_add_epi64(sum.word[0], shifted);
    // After a carry low is at most 2^64 - 2^32 (biased): adding 2^32 - 1 does not carry again.
    low = _mm256_add_epi64(low, _mm256_srli_epi64(_mm256_cmpgt_epi64(sum.word[0], low), 32));
    const V hi = _mm256_add_epi64(_mm256_add_epi64(_mm256_srli_epi64(word1, 32), sum.carry[0]),
                                  _mm256_blend_epi32(word2, _mm256_setzero_si256(), 0xaa));
    const V hi_hi =
        _mm256_add_epi64(_mm256_add_epi64(_mm256_srli_epi64(word2, 32), _mm256_srli_epi64(hi, 32)),
                         _mm256_add_epi64(_mm256_slli_epi64(sum.carry[2], 32), sum.carry[1]));
    return plus_epsilon_times(subtract(low, hi_hi), hi);
  }

  // Sums of products with small numbers, those in [-2^kSmallBits, 2^kSmallBits), which are held plus 2^kSmallBits: without
  // carries, word[0] + 2^32 word[1]. Of less than kNarrowProducts products a word stays below 2^63.
  static constexpr u32 kSmallBits = 20;
  static constexpr std::size_t kNarrowProducts = 1024;
  struct Narrow {
    V word[2];
  };
  // Its high half is of no account. `bad` is not zero any more where a word is not small.
  PEDIGREE_LANE V small(V canonical, V& bad) {
    const V biased = _mm256_add_epi64(canonical, splat(u64{1} << kSmallBits));
    // p - m is 2^32 (2^32 - 1) + 1 - m: a negative number has a high half of -1, or of 0 once 1 is added there.
    const V number =
        _mm256_add_epi32(biased, _mm256_blend_epi32(high_half(biased), splat(u64{1} << 32), 0xaa));
    bad = _mm256_or_si256(bad, _mm256_srlv_epi32(number, splat((u64{1} << 32) + kSmallBits + 1)));
    return number;
  }
  PEDIGREE_LANE bool is_zero(V a) { return _mm256_testz_si256(a, a); }
  PEDIGREE_LANE Narrow narrow_zero() { return {{_mm256_setzero_si256(), _mm256_setzero_si256()}}; }
  PEDIGREE_LANE void add_product(Narrow& sum, V small, Limbs b) {
    sum.word[0] = _mm256_add_epi64(sum.word[0], _mm256_mul_epu32(small, b.low));
    sum.word[1] = _mm256_add_epi64(sum.word[1], _mm256_mul_epu32(small, b.top));
  }
  PEDIGREE_LANE V reduced(const Narrow& n) {
    return sum(hold(n.word[0]), times_pow2<32>(n.word[1]));
  }

  // Elements of K lie word by word: c0 c1 c2 c0 c1 c2 ... A *triple* is 4 of them taken apart,
  // out[c] lane l the word c of element 3 l mod 4: of every three registers each lane has exactly
  // one word c, so blends and a rotation suffice.
  PEDIGREE_LANE void load_triple(const u64* p, V* out) {
    const V a = load(p), b = load(p + 4), c = load(p + 8);
    out[0] = by_thirds(a, c, b);
    out[1] = _mm256_permute4x64_epi64(by_thirds(b, a, c), 0x39);
    out[2] = _mm256_permute4x64_epi64(by_thirds(c, b, a), 0x4e);
  }
  PEDIGREE_LANE void store_triple(u64* p, const V* in) {
    const V x = in[0], y = _mm256_permute4x64_epi64(in[1], 0x93),
            z = _mm256_permute4x64_epi64(in[2], 0x4e);
    store(p, by_thirds(x, y, z));
    store(p + 4, by_thirds(y, z, x));
    store(p + 8, by_thirds(z, x, y));
  }
  // Words in the order of a triple's lanes.
  PEDIGREE_LANE V in_triple_order(V a) { return _mm256_permute4x64_epi64(a, 0x6c); }
  // Of the words a, b one after the other: the even and the odd ones, in that order.
  PEDIGREE_LANE void split_words(V a, V b, V& even, V& odd) {
    even = _mm256_permute4x64_epi64(_mm256_unpacklo_epi64(a, b), 0x9c);
    odd = _mm256_permute4x64_epi64(_mm256_unpackhi_epi64(a, b), 0x9c);
  }
  // The same of a register of one triple and the next.
  PEDIGREE_LANE void split_triples(V a, V b, V& even, V& odd) {
    even = _mm256_permute4x64_epi64(_mm256_unpacklo_epi64(a, b), 0x9c);
    odd = _mm256_permute4x64_epi64(_mm256_unpackhi_epi64(a, b), 0x36);
  }

 private:
  // Lane l of a, b or c, as l mod 3 is 0, 1 or 2.
  PEDIGREE_LANE V by_thirds(V a, V b, V c) {
    return _mm256_blend_epi32(_mm256_blend_epi32(a, b, 0x0c), c, 0x30);
  }
  PEDIGREE_LANE void accumulate(Wide& sum, int i, V product) {
    const V before = sum.word[i];
    sum.word[i] = _mm256_add_epi64(before, product);
    sum.carry[i] = _mm256_sub_epi64(sum.carry[i], _mm256_cmpgt_epi64(before, sum.word[i]));
  }

  static constexpr u64 kBias = u64{1} << 63;

  PEDIGREE_LANE V first(std::size_t count) {
    alignas(64) static constexpr i64 kMask[8] = {-1, -1, -1, -1, 0, 0, 0, 0};
    return _mm256_loadu_si256(reinterpret_cast<const V*>(kMask + 4 - count));
  }
  PEDIGREE_LANE V high_half(V a) {
    return _mm256_castps_si256(_mm256_movehdup_ps(_mm256_castsi256_ps(a)));
  }
  PEDIGREE_LANE V modulus_where(V mask) { return _mm256_and_si256(mask, splat(kModulus)); }
  // a - b + (a < b ? p : 0) for a word a plus 2^63: the difference exceeds a where it borrows.
  PEDIGREE_LANE V subtract(V a, V b) {
    const V d = _mm256_sub_epi64(a, b);
    return _mm256_add_epi64(d, modulus_where(_mm256_cmpgt_epi64(d, a)));
  }
  // lo + (hi mod 2^32) (2^32 - 1), held, for a word lo plus 2^63.
  // With u the product, lo - (p - u) is below 2^64 - p + u < p.
  PEDIGREE_LANE V plus_epsilon_times(V lo, V hi) {
    const V u = _mm256_mul_epu32(hi, splat(kEpsilon));
    return subtract(lo, _mm256_sub_epi64(splat(kModulus), u));
  }
  // hi_hi < 2^63, so lo - hi_hi + p does not borrow twice.
  PEDIGREE_LANE V reduced(V lo, V hi, V hi_hi) {
    return plus_epsilon_times(subtract(hold(lo), hi_hi), hi);
  }
};

}  // namespace pedigree

#undef PEDIGREE_LANE
#endif
