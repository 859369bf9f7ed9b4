// Two elements of F side by side (NEON, on every 64-bit ARM).
//
//   canonical  a word below p
//   held       what a kernel keeps between operations: here the canonical word
//   product    a b = lo + 2^64 (hi_lo + 2^32 hi_hi) = (lo - hi_hi) + hi_lo (2^32 - 1) (mod p)
#pragma once

#include "base/intrinsics.h"
#include "field/f.h"

#ifdef PEDIGREE_NEON_FIELD

#define PEDIGREE_LANE static PEDIGREE_INLINE

namespace pedigree {

struct LanesNeon {
  using V = uint64x2_t;
  static constexpr std::size_t kCount = 2;

  struct Factor {
    uint32x2_t word, high;  // the halves of a word
  };

  PEDIGREE_LANE V load(const u64* p) { return vld1q_u64(p); }
  PEDIGREE_LANE void store(u64* p, V a) { vst1q_u64(p, a); }
  // The first `count` lanes, count < 2; the others are 0, and not written.
  PEDIGREE_LANE V load_part(const u64* p, std::size_t count) {
    return count == 0 ? splat(0) : vld1q_lane_u64(p, splat(0), 0);
  }
  PEDIGREE_LANE void store_part(u64* p, std::size_t count, V a) {
    if (count != 0) vst1q_lane_u64(p, a, 0);
  }

  PEDIGREE_LANE V splat(u64 x) { return vdupq_n_u64(x); }
  PEDIGREE_LANE Factor factor(F x) { return factor(splat(x.v)); }
  PEDIGREE_LANE Factor factor(V canonical) { return {low_half(canonical), high_half(canonical)}; }

  PEDIGREE_LANE V hold(V canonical) { return canonical; }
  PEDIGREE_LANE V canonical(V held) { return held; }

  // held + held -> held
  PEDIGREE_LANE V sum(V a, V b) { return subtract(a, vsubq_u64(splat(kModulus), b)); }
  // held - held -> canonical
  PEDIGREE_LANE V difference(V a, V b) { return subtract(a, b); }

  // any word times any word -> held
  PEDIGREE_LANE V times(V a, Factor w) {
    const uint32x2_t a_low = low_half(a), a_high = high_half(a);
    const V low = vmull_u32(a_low, w.word), high = vmull_u32(a_high, w.high);
    // No sum below overflows: (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1.
    const V middle = vsraq_n_u64(vmull_u32(a_high, w.word), low, 32);
    const V cross = vmlal_u32(vmovl_u32(low_half(middle)), a_low, w.high);
    const V hi = vsraq_n_u64(vsraq_n_u64(high, middle, 32), cross, 32);
    return reduced(vsliq_n_u64(low, cross, 32), hi, vshrq_n_u64(hi, 32));
  }

  // any word times 2^e -> held, 0 < e < 64
  template <u32 e>
  PEDIGREE_LANE V times_pow2(V a) {
    static_assert(0 < e && e < 64);
    const V lo = vshlq_n_u64(a, e), hi = vshrq_n_u64(a, 64 - e);
    if constexpr (e <= 32)
      return plus_epsilon_times(lo, hi);
    else
      return reduced(lo, hi, vshrq_n_u64(a, 96 - e));
  }
  // canonical / 2^e -> held, 0 < e <= 32
  // It is (a >> e) + (a mod 2^e) / 2^e, and 1 / 2^e = -2^(32 - e) (2^32 - 1).
  template <u32 e>
  PEDIGREE_LANE V over_pow2(V a) {
    static_assert(0 < e && e <= 32);
    const V rest = vshlq_n_u64(a, 32 - e);  // its low half counts
    return subtract(vshrq_n_u64(a, e), epsilon_times(rest));
  }

  // Lazy sums of products: word[0] + 2^32 word[1] + 2^64 word[2] with the carries of each word counted. Of kLazyProducts
  // products no count exceeds 2^11.
  struct Wide {
    V word[3], carry[3];
  };
  struct Limbs {
    uint32x2_t low, top;
  };
  static constexpr std::size_t kLazyProducts = 1024;

  PEDIGREE_LANE Wide wide_zero() {
    const V none = splat(0);
    return {{none, none, none}, {none, none, none}};
  }
  PEDIGREE_LANE Limbs limbs(V canonical) { return {low_half(canonical), high_half(canonical)}; }
  PEDIGREE_LANE Limbs twice(V canonical) { return limbs(sum(canonical, canonical)); }
  PEDIGREE_LANE void add_product(Wide& sum, Limbs a, Limbs b) {
    accumulate(sum, 0, vmull_u32(a.low, b.low));
    accumulate(sum, 1, vmull_u32(a.low, b.top));
    accumulate(sum, 1, vmull_u32(a.top, b.low));
    accumulate(sum, 2, vmull_u32(a.top, b.top));
  }
  // 2^64 = 2^32 - 1, 2^96 = -1, 2^128 = -2^32 (mod p).
  PEDIGREE_LANE V reduced(const Wide& sum) {
    const V shifted = vshlq_n_u64(sum.word[1], 32);
    V low = vaddq_u64(sum.word[0], shifted);
    // After a carry low is at most 2^64 - 2^32: adding 2^32 - 1 does not carry again.
    low = vsraq_n_u64(low, vcltq_u64(low, shifted), 32);
    const V hi = vaddq_u64(vsraq_n_u64(sum.carry[0], sum.word[1], 32),
                           vandq_u64(sum.word[2], splat(kEpsilon)));
    const V hi_hi = vaddq_u64(vaddq_u64(vshrq_n_u64(sum.word[2], 32), vshrq_n_u64(hi, 32)),
                              vaddq_u64(vshlq_n_u64(sum.carry[2], 32), sum.carry[1]));
    return plus_epsilon_times(subtract(low, hi_hi), hi);
  }

  // Sums of products with small numbers, those in [-2^kSmallBits, 2^kSmallBits), which are held plus 2^kSmallBits: without
  // carries, word[0] + 2^32 word[1]. Of less than kNarrowProducts products a word stays below 2^63.
  static constexpr u32 kSmallBits = 20;
  static constexpr std::size_t kNarrowProducts = 1024;
  struct Narrow {
    V word[2];
  };
  // `bad` is not zero any more where a word is not small.
  PEDIGREE_LANE V small(V canonical, V& bad) {
    const V number = sum(canonical, splat(u64{1} << kSmallBits));
    bad = vorrq_u64(bad, vshrq_n_u64(number, kSmallBits + 1));
    return number;
  }
  PEDIGREE_LANE bool is_zero(V a) { return vmaxvq_u32(vreinterpretq_u32_u64(a)) == 0; }
  PEDIGREE_LANE Narrow narrow_zero() { return {{splat(0), splat(0)}}; }
  PEDIGREE_LANE void add_product(Narrow& sum, V small, Limbs b) {
    sum.word[0] = vmlal_u32(sum.word[0], low_half(small), b.low);
    sum.word[1] = vmlal_u32(sum.word[1], low_half(small), b.top);
  }
  PEDIGREE_LANE V reduced(const Narrow& n) { return sum(n.word[0], times_pow2<32>(n.word[1])); }

  // Elements of K lie word by word: c0 c1 c2 c0 c1 c2 ... A *triple* is 2 of them taken apart, in their order.
  PEDIGREE_LANE void load_triple(const u64* p, V* out) {
    const uint64x2x3_t words = vld3q_u64(p);
    for (int c = 0; c < 3; ++c) out[c] = words.val[c];
  }
  PEDIGREE_LANE void store_triple(u64* p, const V* in) {
    const uint64x2x3_t words{{in[0], in[1], in[2]}};
    vst3q_u64(p, words);
  }
  // Words in the order of a triple's lanes.
  PEDIGREE_LANE V in_triple_order(V a) { return a; }
  // Of the words a, b one after the other: the even and the odd ones, in that order.
  PEDIGREE_LANE void split_words(V a, V b, V& even, V& odd) {
    even = vuzp1q_u64(a, b);
    odd = vuzp2q_u64(a, b);
  }
  // The same of a register of one triple and the next.
  PEDIGREE_LANE void split_triples(V a, V b, V& even, V& odd) { split_words(a, b, even, odd); }

 private:
  PEDIGREE_LANE void accumulate(Wide& sum, int i, V product) {
    const V after = vaddq_u64(sum.word[i], product);
    sum.carry[i] = vsubq_u64(sum.carry[i], vcltq_u64(after, product));
    sum.word[i] = after;
  }
  PEDIGREE_LANE uint32x2_t low_half(V a) { return vmovn_u64(a); }
  PEDIGREE_LANE uint32x2_t high_half(V a) { return vshrn_n_u64(a, 32); }
  // a - b + (a < b ? p : 0)
  PEDIGREE_LANE V subtract(V a, V b) {
    return vaddq_u64(vsubq_u64(a, b), vandq_u64(vcltq_u64(a, b), splat(kModulus)));
  }
  // (hi mod 2^32) (2^32 - 1)
  PEDIGREE_LANE V epsilon_times(V hi) {
    return vmull_u32(low_half(hi), vdup_n_u32(static_cast<u32>(kEpsilon)));
  }
  // lo + (hi mod 2^32) (2^32 - 1), canonical.
  // With u the product, lo - (p - u) is below 2^64 - p + u < p.
  PEDIGREE_LANE V plus_epsilon_times(V lo, V hi) {
    return subtract(lo, vsubq_u64(splat(kModulus), epsilon_times(hi)));
  }
  // hi_hi < 2^63, so lo - hi_hi + p does not borrow twice.
  PEDIGREE_LANE V reduced(V lo, V hi, V hi_hi) {
    return plus_epsilon_times(subtract(lo, hi_hi), hi);
  }
};

}  // namespace pedigree

#undef PEDIGREE_LANE
#endif
