// F, the base field: Goldilocks, p = 2^64 - 2^32 + 1, elements canonical (below p) at all times.
//
//   2^64 = 2^32 - 1 (mod p), 2^96 = -1, so a 128-bit product reduces with two additions.
//   multiplicative group: order 2^32 (2^32 - 1); 7 generates it.
//
// The `toy` build swaps p for 97 (group order 96 = 2^5 * 3, 5 generates it), small enough to count over; x^3 - 2 is
// irreducible for both.
#pragma once

#include "base/types.h"

namespace pedigree {

#ifdef PEDIGREE_TOY_FIELD
inline constexpr u64 kModulus = 97;
inline constexpr u32 kTwoAdicity = 5;
inline constexpr u64 kGenerator = 5;
#else
inline constexpr u64 kModulus = 0xffffffff00000001ull;
inline constexpr u32 kTwoAdicity = 32;
inline constexpr u64 kGenerator = 7;
#endif
inline constexpr u64 kEpsilon = 0xffffffffull;  // 2^64 mod p, Goldilocks only

// x mod p for any 128-bit x.
constexpr u64 reduce(u128 x) noexcept {
#ifdef PEDIGREE_TOY_FIELD
  return static_cast<u64>(x % kModulus);
#else
  const u64 lo = static_cast<u64>(x), hi = static_cast<u64>(x >> 64);
  const u64 hi_hi = hi >> 32, hi_lo = hi & kEpsilon;
  u64 t = lo - hi_hi;
  t -= kEpsilon & (0 - static_cast<u64>(lo < hi_hi));
  const u64 u = (hi_lo << 32) - hi_lo;
  u64 r = t + u;
  r += kEpsilon & (0 - static_cast<u64>(r < u));
  const u64 s = r - kModulus;
  return r >= kModulus ? s : r;
#endif
}

struct F {
  u64 v = 0;

  constexpr F() noexcept = default;
  constexpr explicit F(u64 x) noexcept : v(x % kModulus) {}
  // A signed integer, |x| < p.
  // The integer of least magnitude that this stands for.
  constexpr i64 to_int() const noexcept {
    return v <= kModulus / 2 ? static_cast<i64>(v) : -static_cast<i64>(kModulus - v);
  }
  static constexpr F from_int(i64 x) noexcept {
    return x >= 0 ? F(static_cast<u64>(x)) : F() - F(u64{0} - static_cast<u64>(x));
  }
  // x must be below p.
  static constexpr F canonical(u64 x) noexcept {
    F r;
    r.v = x;
    return r;
  }

  friend constexpr F operator+(F a, F b) noexcept {
    const u64 b_minus_p = kModulus - b.v;
    const u64 r = a.v - b_minus_p;
    return canonical(a.v < b_minus_p ? r + kModulus : r);
  }
  friend constexpr F operator-(F a, F b) noexcept {
    const u64 r = a.v - b.v;
    return canonical(a.v < b.v ? r + kModulus : r);
  }
  friend constexpr F operator*(F a, F b) noexcept {
    return canonical(reduce(static_cast<u128>(a.v) * b.v));
  }
  constexpr F operator-() const noexcept { return F() - *this; }
  constexpr F& operator+=(F o) noexcept { return *this = *this + o; }
  constexpr F& operator-=(F o) noexcept { return *this = *this - o; }
  constexpr F& operator*=(F o) noexcept { return *this = *this * o; }
  friend constexpr bool operator==(F a, F b) noexcept { return a.v == b.v; }
};

inline constexpr F kZero{};
inline constexpr F kOne = F::canonical(1);

constexpr F power(F base, u64 exponent) noexcept {
  F r = kOne;
  for (; exponent; exponent >>= 1, base *= base)
    if (exponent & 1) r *= base;
  return r;
}

// 1/x; 0 for x = 0.
constexpr F inverse(F x) noexcept { return power(x, kModulus - 2); }

// 2^k mod p and its inverse.
constexpr F pow2(u32 k) noexcept { return power(F(2), k); }
constexpr F inverse_pow2(u32 k) noexcept { return power(inverse(F(2)), k); }

// A primitive 2^k-th root of unity: root_of_unity(k)^2 = root_of_unity(k - 1). k <= kTwoAdicity.
constexpr F root_of_unity(u32 k) noexcept {
  F r = power(F(kGenerator), (kModulus - 1) >> kTwoAdicity);
  for (u32 i = k; i < kTwoAdicity; ++i) r *= r;
  return r;
}

}  // namespace pedigree
