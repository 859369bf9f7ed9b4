// Polynomials over F as lists of coefficients, the lowest first: products by number theoretic transforms, and what follows
// from them. Prover side. An empty list is zero; results have the length that each function says.
#pragma once

#include <vector>

#include "field/f.h"

namespace pedigree {

using Polynomial = std::vector<F>;

// The values of a polynomial of degree below 2^k at the powers of root_of_unity(k), in bit-reversed order, and back.
void transform(F* values, u32 k);
void transform_back(F* values, u32 k);

// a b, of length |a| + |b| - 1; empty where one is.
Polynomial multiply(const Polynomial& a, const Polynomial& b);

// 1/a mod x^n; a[0] is not zero.
Polynomial inverse_series(const Polynomial& a, std::size_t n);

// The quotient f / g, of length max(0, |f| - |g| + 1); the last coefficient of g is not zero. Rounds towards the low end.
Polynomial divide(const Polynomial& f, const Polynomial& g);
// f mod g, of length min(|f|, |g| - 1).
Polynomial remainder(const Polynomial& f, const Polynomial& g);

// The product of x - root over all roots, of length |roots| + 1.
Polynomial from_roots(std::span<const F> roots);

// f at each of these points.
std::vector<F> values_at(const Polynomial& f, std::span<const F> points);

// The polynomial of degree below n = |points| with these values; points differ from each other.
Polynomial interpolate(std::span<const F> points, std::span<const F> values);

}  // namespace pedigree
