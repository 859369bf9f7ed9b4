// Eight elements of F side by side (AVX-512).
//
//   canonical  a word below p
//   held       what a kernel keeps between operations: here the canonical word
//   product    a b = lo + 2^64 (hi_lo + 2^32 hi_hi) = (lo - hi_hi) + hi_lo (2^32 - 1) (mod p)
#pragma once

#include "base/intrinsics.h"
#include "field/f.h"

#ifdef PEDIGREE_VECTOR_FIELD

#define PEDIGREE_LANE PEDIGREE_AVX512 static PEDIGREE_INLINE

namespace pedigree {

struct LanesAvx512 {
  using V = __m512i;
  static constexpr std::size_t kCount = 8;

  struct Factor {
    V word, high;  // high = word >> 32
  };

  PEDIGREE_LANE V load(const u64* p) { return _mm512_loadu_si512(p); }
  PEDIGREE_LANE void store(u64* p, V a) { _mm512_storeu_si512(p, a); }
  // The first `count` lanes, count < 8; the others are 0, and not written.
  PEDIGREE_LANE V load_part(const u64* p, std::size_t count) {
    return _mm512_maskz_loadu_epi64(first(count), p);
  }
  PEDIGREE_LANE void store_part(u64* p, std::size_t count, V a) {
    _mm512_mask_storeu_epi64(p, first(count), a);
  }

  PEDIGREE_LANE V splat(u64 x) { return _mm512_set1_epi64(static_cast<i64>(x)); }
  PEDIGREE_LANE Factor factor(F x) { return {splat(x.v), splat(x.v >> 32)}; }
  PEDIGREE_LANE Factor factor(V canonical) { return {canonical, high_half(canonical)}; }

  PEDIGREE_LANE V hold(V canonical) { return canonical; }
  PEDIGREE_LANE V canonical(V held) { return held; }

  // held + held -> held
  PEDIGREE_LANE V sum(V a, V b) { return subtract(a, _mm512_sub_epi64(splat(kModulus), b)); }
  // held - held -> canonical
  PEDIGREE_LANE V difference(V a, V b) { return subtract(a, b); }

  // any word times any word -> held
  PEDIGREE_LANE V times(V a, Factor w) {
    const V a_high = high_half(a);
    const V low = _mm512_mul_epu32(a, w.word), high = _mm512_mul_epu32(a_high, w.high);
    // No sum below overflows: (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1.
    const V middle = _mm512_add_epi64(_mm512_mul_epu32(a_high, w.word), _mm512_srli_epi64(low, 32));
    const V cross =
        _mm512_add_epi64(_mm512_mul_epu32(a, w.high), _mm512_and_si512(middle, splat(kEpsilon)));
    const V hi = _mm512_add_epi64(_mm512_add_epi64(high, _mm512_srli_epi64(middle, 32)),
                                  _mm512_srli_epi64(cross, 32));
    const V lo = _mm512_castps_si512(
        _mm512_mask_moveldup_ps(_mm512_castsi512_ps(low), 0xaaaa, _mm512_castsi512_ps(cross)));
    return reduced(lo, hi, _mm512_srli_epi64(hi, 32));
  }

  // any word times 2^e -> held, 0 < e < 64
  template <u32 e>
  PEDIGREE_LANE V times_pow2(V a) {
    static_assert(0 < e && e < 64);
    const V lo = _mm512_slli_epi64(a, e), hi = _mm512_srli_epi64(a, 64 - e);
    if constexpr (e <= 32) return plus_epsilon_times(lo, hi);
    return reduced(lo, hi, _mm512_srli_epi64(a, 96 - e));
  }
  // canonical / 2^e -> held, 0 < e <= 32
  // It is (a >> e) + (a mod 2^e) / 2^e, and 1 / 2^e = -2^(32 - e) (2^32 - 1).
  template <u32 e>
  PEDIGREE_LANE V over_pow2(V a) {
    static_assert(0 < e && e <= 32);
    const V rest = _mm512_slli_epi64(a, 32 - e);  // its low half counts
    return subtract(_mm512_srli_epi64(a, e), _mm512_mul_epu32(rest, splat(kEpsilon)));
  }

  // Lazy sums of products in limbs of 52 bits: limb[0] + 2^52 limb[1] + 2^104 limb[2]. A product
  // adds less than 3 * 2^52 to a limb, so kLazyProducts of them do not overflow.
  struct Wide {
    V limb[3];
  };
  struct Limbs {
    V low, top;  // the 52 low bits of `low` count; top < 2^13
  };
  static constexpr std::size_t kLazyProducts = 1024;

  PEDIGREE_LANE Wide wide_zero() { return {{splat(0), splat(0), splat(0)}}; }
  PEDIGREE_LANE Limbs limbs(V canonical) { return {canonical, _mm512_srli_epi64(canonical, 52)}; }
  PEDIGREE_LANE Limbs twice(V canonical) {
    return {_mm512_slli_epi64(canonical, 1), _mm512_srli_epi64(canonical, 51)};
  }
  PEDIGREE_LANE void add_product(Wide& sum, Limbs a, Limbs b) {
    sum.limb[0] = _mm512_madd52lo_epu64(sum.limb[0], a.low, b.low);
    sum.limb[1] = _mm512_madd52hi_epu64(sum.limb[1], a.low, b.low);
    sum.limb[1] = _mm512_madd52lo_epu64(sum.limb[1], a.low, b.top);
    sum.limb[2] = _mm512_madd52hi_epu64(sum.limb[2], a.low, b.top);
    sum.limb[1] = _mm512_madd52lo_epu64(sum.limb[1], a.top, b.low);
    sum.limb[2] = _mm512_madd52hi_epu64(sum.limb[2], a.top, b.low);
    sum.limb[2] = _mm512_madd52lo_epu64(sum.limb[2], a.top, b.top);
  }
  // 2^104 = -2^8 (mod p), and 2^52 limb[1] = (limb[1] << 52) + 2^64 h with h = limb[1] >> 12.
  PEDIGREE_LANE V reduced(const Wide& sum) {
    const V shifted = _mm512_slli_epi64(sum.limb[1], 52);
    V low = _mm512_add_epi64(sum.limb[0], shifted);
    // After a carry low is at most 2^64 - 2^52: adding 2^32 - 1 does not carry again.
    low = _mm512_mask_add_epi64(low, _mm512_cmplt_epu64_mask(low, shifted), low, splat(kEpsilon));
    const V negative =
        _mm512_add_epi64(_mm512_slli_epi64(sum.limb[2], 8), _mm512_srli_epi64(sum.limb[1], 44));
    return reduced(low, _mm512_srli_epi64(sum.limb[1], 12), negative);
  }

  // Sums of products with small numbers, those in [-2^kSmallBits, 2^kSmallBits), which are held plus 2^kSmallBits.
  static constexpr u32 kSmallBits = 20;
  static constexpr std::size_t kNarrowProducts = kLazyProducts;
  struct Narrow {
    Wide sum;
  };
  // `bad` is not zero any more where a word is not small.
  PEDIGREE_LANE V small(V canonical, V& bad) {
    const V number = sum(canonical, splat(u64{1} << kSmallBits));
    bad = _mm512_or_si512(bad, _mm512_srli_epi64(number, kSmallBits + 1));
    return number;
  }
  PEDIGREE_LANE bool is_zero(V a) { return _mm512_test_epi64_mask(a, a) == 0; }
  PEDIGREE_LANE Narrow narrow_zero() { return {wide_zero()}; }
  PEDIGREE_LANE void add_product(Narrow& n, V small, Limbs b) {
    n.sum.limb[0] = _mm512_madd52lo_epu64(n.sum.limb[0], small, b.low);
    n.sum.limb[1] = _mm512_madd52hi_epu64(n.sum.limb[1], small, b.low);
    n.sum.limb[1] = _mm512_madd52lo_epu64(n.sum.limb[1], small, b.top);
  }
  PEDIGREE_LANE V reduced(const Narrow& n) { return reduced(n.sum); }

  // Elements of K lie word by word: c0 c1 c2 c0 c1 c2 ... A *triple* is 8 of them taken apart,
  // out[c] lane l the word c of element 3 l mod 8: of every three registers each lane has exactly
  // one word c, so blends and a rotation suffice.
  PEDIGREE_LANE void load_triple(const u64* p, V* out) {
    const V a = load(p), b = load(p + 8), c = load(p + 16);
    const V y = by_thirds(c, a, b), z = by_thirds(b, c, a);
    out[0] = by_thirds(a, b, c);
    out[1] = _mm512_alignr_epi64(y, y, 1);
    out[2] = _mm512_alignr_epi64(z, z, 2);
  }
  PEDIGREE_LANE void store_triple(u64* p, const V* in) {
    const V x = in[0], y = _mm512_alignr_epi64(in[1], in[1], 7),
            z = _mm512_alignr_epi64(in[2], in[2], 6);
    store(p, by_thirds(x, y, z));
    store(p + 8, by_thirds(z, x, y));
    store(p + 16, by_thirds(y, z, x));
  }
  // Words in the order of a triple's lanes.
  PEDIGREE_LANE V in_triple_order(V a) {
    return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 3, 6, 1, 4, 7, 2, 5), a);
  }
  // Of the words a, b one after the other: the even and the odd ones, in that order.
  PEDIGREE_LANE void split_words(V a, V b, V& even, V& odd) {
    even = _mm512_permutex2var_epi64(a, _mm512_setr_epi64(0, 6, 12, 2, 8, 14, 4, 10), b);
    odd = _mm512_permutex2var_epi64(a, _mm512_setr_epi64(1, 7, 13, 3, 9, 15, 5, 11), b);
  }
  // The same of a register of one triple and the next.
  PEDIGREE_LANE void split_triples(V a, V b, V& even, V& odd) {
    even = _mm512_permutex2var_epi64(a, _mm512_setr_epi64(0, 2, 12, 6, 8, 10, 4, 14), b);
    odd = _mm512_permutex2var_epi64(a, _mm512_setr_epi64(3, 5, 15, 1, 11, 13, 7, 9), b);
  }

 private:
  // Lane l of a, b or c, as l mod 3 is 0, 1 or 2.
  PEDIGREE_LANE V by_thirds(V a, V b, V c) {
    return _mm512_mask_blend_epi64(0x24, _mm512_mask_blend_epi64(0x92, a, b), c);
  }
  PEDIGREE_LANE __mmask8 first(std::size_t count) {
    return static_cast<__mmask8>((1u << count) - 1);
  }
  PEDIGREE_LANE V high_half(V a) {
    return _mm512_castps_si512(_mm512_movehdup_ps(_mm512_castsi512_ps(a)));
  }
  // a - b + (a < b ? p : 0)
  PEDIGREE_LANE V subtract(V a, V b) {
    const V d = _mm512_sub_epi64(a, b);
    return _mm512_mask_add_epi64(d, _mm512_cmplt_epu64_mask(a, b), d, splat(kModulus));
  }
  // lo + (hi mod 2^32) (2^32 - 1), canonical.
  // With u the product, lo - (p - u) is below 2^64 - p + u < p.
  PEDIGREE_LANE V plus_epsilon_times(V lo, V hi) {
    const V u = _mm512_mul_epu32(hi, splat(kEpsilon));
    return subtract(lo, _mm512_sub_epi64(splat(kModulus), u));
  }
  // hi_hi < 2^63, so lo - hi_hi + p does not borrow twice.
  PEDIGREE_LANE V reduced(V lo, V hi, V hi_hi) {
    return plus_epsilon_times(subtract(lo, hi_hi), hi);
  }
};

}  // namespace pedigree

#undef PEDIGREE_LANE
#endif
