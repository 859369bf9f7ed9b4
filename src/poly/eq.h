// Multilinear helpers that verifier and prover share. x_1 is the lowest index bit; point[i] belongs to index bit i.
//
//   eq(r, x)    = product over i of (x_i ? r_i : 1 - r_i)
//   pow(z)(x)   = z^x, x read as an integer: the multilinear extension is product over i of (1 - r_i + r_i z^(2^i))
//   round poly  h of degree 2, given as h(0), h(2) and s = h(0) + h(1)
#pragma once

#include "field/k.h"

namespace pedigree {

// A sum of products in K, reduced once at the end.
struct KSum {
  WideSum c[3];

  void add_product(F a, const K& b) noexcept {
    for (u32 l = 0; l < kDegree; ++l) c[l].add_product(a, b.c[l]);
  }
  void add_product(const K& a, const K& b) noexcept {
    const F b1 = b.c[1] + b.c[1], b2 = b.c[2] + b.c[2];
    c[0].add_product(a.c[0], b.c[0]);
    c[0].add_product(a.c[1], b2);
    c[0].add_product(a.c[2], b1);
    c[1].add_product(a.c[0], b.c[1]);
    c[1].add_product(a.c[1], b.c[0]);
    c[1].add_product(a.c[2], b2);
    c[2].add_product(a.c[0], b.c[2]);
    c[2].add_product(a.c[1], b.c[1]);
    c[2].add_product(a.c[2], b.c[0]);
  }
  K value() const noexcept { return {c[0].value(), c[1].value(), c[2].value()}; }
};

// out[x] = scale * eq(point, x), x < 2^point.size().
inline void eq_fill(std::span<const K> point, const K& scale, std::span<K> out) noexcept {
  out[0] = scale;
  for (std::size_t i = 0; i < point.size(); ++i) {
    const std::size_t half = std::size_t{1} << i;
    for (std::size_t x = 0; x < half; ++x) {
      out[half + x] = out[x] * point[i];
      out[x] -= out[half + x];
    }
  }
}

// eq(point, index).
inline K eq_at(std::span<const K> point, u64 index) noexcept {
  K r(kOne);
  for (std::size_t i = 0; i < point.size(); ++i)
    r *= (index >> i & 1) ? point[i] : K(kOne) - point[i];
  return r;
}

// eq(point, 0): what an index that is a multiple of 2^point.size() contributes on its low bits.
inline K eq_at_zero(std::span<const K> point) noexcept { return eq_at(point, 0); }

// The multilinear extension of x -> z^x at `point`; X is F or K.
template <class X>
K power_at(X z, std::span<const K> point) noexcept {
  K r(kOne);
  for (const K& p : point) {
    r *= K(kOne) + p * (z - X(kOne));
    z *= z;
  }
  return r;
}

// Binds the lowest variable in place, n_out values are left.
inline void bind_lowest(std::span<K> values, const K& r, std::size_t n_out) noexcept {
  for (std::size_t i = 0; i < n_out; ++i)
    values[i] = values[2 * i] + r * (values[2 * i + 1] - values[2 * i]);
}

// The three Lagrange polynomials of 0, 1, 2 at r.
struct Lagrange3 {
  K at0, at1, at2;
};
inline Lagrange3 lagrange3(const K& r) noexcept {
  const K two(F(2)), half(inverse(F(2)));
  return {(r - K(kOne)) * (r - two) * half, r * (two - r), r * (r - K(kOne)) * half};
}

// h(r) for the round polynomial with h(0), h(2) sent and h(0) + h(1) = sum.
inline K round_value(const Lagrange3& l, const K& h0, const K& h2, const K& sum) noexcept {
  return l.at0 * h0 + l.at1 * (sum - h0) + l.at2 * h2;
}

}  // namespace pedigree
