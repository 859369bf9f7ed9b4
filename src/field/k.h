// K, the cubic extension of F: F[x] / (x^3 - 2), |K| = p^3, about 2^192. Challenges and sums live here.
//
//   (a0 + a1 x + a2 x^2)(b0 + b1 x + b2 x^2) =   a0 b0 + 2 (a1 b2 + a2 b1)
//                                            + ( a0 b1 + a1 b0 + 2 a2 b2 ) x
//                                            + ( a0 b2 + a1 b1 + a2 b0   ) x^2
#pragma once

#include "field/f.h"

namespace pedigree {

inline constexpr u32 kDegree = 3;  // words of F in an element of K

// A sum of up to 2^30 products of elements of F, reduced once at the end.
struct WideSum {
  u128 low = 0;
  u64 carries = 0;  // multiples of 2^128

  constexpr void add(u128 x) noexcept {
    low += x;
    carries += low < x;
  }
  constexpr void add_product(F a, F b) noexcept { add(static_cast<u128>(a.v) * b.v); }
  // low + carries 2^128 = lo + hi_lo 2^64 + (hi_hi + carries 2^32) 2^96, and 2^96 = -1: one reduction for all 159 bits.
  constexpr F value() const noexcept {
#ifdef PEDIGREE_TOY_FIELD
    return F(static_cast<u64>(low % kModulus)) +
           F(static_cast<u64>(carries % kModulus)) * power(F(2), 128);
#else
    const u64 lo = static_cast<u64>(low), hi = static_cast<u64>(low >> 64);
    const u64 top = (carries << 32) | (hi >> 32);  // < 2^62
    u64 t = lo - top;
    t -= kEpsilon & (0 - static_cast<u64>(lo < top));
    const u64 u = (hi << 32) - (hi & kEpsilon);
    u64 r = t + u;
    r += kEpsilon & (0 - static_cast<u64>(r < u));
    const u64 s = r - kModulus;
    return F::canonical(r >= kModulus ? s : r);
#endif
  }
};

struct K {
  F c[3];

  constexpr K() noexcept = default;
  constexpr K(F a) noexcept : c{a, F(), F()} {}  // NOLINT: F embeds in K
  constexpr K(F a, F b, F d) noexcept : c{a, b, d} {}
  constexpr explicit K(u64 x) noexcept : c{F(x), F(), F()} {}

  friend constexpr K operator+(const K& a, const K& b) noexcept {
    return {a.c[0] + b.c[0], a.c[1] + b.c[1], a.c[2] + b.c[2]};
  }
  friend constexpr K operator-(const K& a, const K& b) noexcept {
    return {a.c[0] - b.c[0], a.c[1] - b.c[1], a.c[2] - b.c[2]};
  }
  constexpr K operator-() const noexcept { return K() - *this; }
  friend constexpr K operator*(const K& a, const K& b) noexcept {
    const F b1 = b.c[1] + b.c[1], b2 = b.c[2] + b.c[2];
    WideSum s0, s1, s2;
    s0.add_product(a.c[0], b.c[0]);
    s0.add_product(a.c[1], b2);
    s0.add_product(a.c[2], b1);
    s1.add_product(a.c[0], b.c[1]);
    s1.add_product(a.c[1], b.c[0]);
    s1.add_product(a.c[2], b2);
    s2.add_product(a.c[0], b.c[2]);
    s2.add_product(a.c[1], b.c[1]);
    s2.add_product(a.c[2], b.c[0]);
    return {s0.value(), s1.value(), s2.value()};
  }
  friend constexpr K operator*(const K& a, F b) noexcept {
    return {a.c[0] * b, a.c[1] * b, a.c[2] * b};
  }
  friend constexpr K operator*(F b, const K& a) noexcept { return a * b; }
  constexpr K& operator+=(const K& o) noexcept { return *this = *this + o; }
  constexpr K& operator-=(const K& o) noexcept { return *this = *this - o; }
  constexpr K& operator*=(const K& o) noexcept { return *this = *this * o; }
  friend constexpr bool operator==(const K& a, const K& b) noexcept {
    return a.c[0] == b.c[0] && a.c[1] == b.c[1] && a.c[2] == b.c[2];
  }
  constexpr bool is_zero() const noexcept { return *this == K(); }
};

constexpr K power(K base, u128 exponent) noexcept {
  K r(kOne);
  for (; exponent; exponent >>= 1, base *= base)
    if (exponent & 1) r *= base;
  return r;
}

// 1/a by the adjugate of multiplication by a; 0 for a = 0.
constexpr K inverse(const K& a) noexcept {
  const F two(2);
  const F n0 = a.c[0] * a.c[0] - two * a.c[1] * a.c[2];
  const F n1 = two * a.c[2] * a.c[2] - a.c[0] * a.c[1];
  const F n2 = a.c[1] * a.c[1] - a.c[0] * a.c[2];
  const F norm = a.c[0] * n0 + two * (a.c[2] * n1 + a.c[1] * n2);
  const F i = inverse(norm);
  return {n0 * i, n1 * i, n2 * i};
}

// The basis 1, x, x^2 of K over F.
constexpr K basis(u32 l) noexcept {
  K r;
  r.c[l] = kOne;
  return r;
}

}  // namespace pedigree
