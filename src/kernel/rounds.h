// Hot loops of the sumcheck provers: rounds of the lookup tree and of cubic terms, layers of
// fractions, scaled sums. All tables are over K. Field sums are exact, so every order of summation
// and instruction set gives the same bits.
#pragma once

#include "field/k.h"

namespace pedigree {

// Tables of one layer of the lookup tree: 2n values each, those at X = 0 before those at
// X = 1.
struct FractionTables {
  const K *p0, *w, *q0, *q1;
};

// Coefficients of X and X^2 of sum over i < n of eq[i] (p_0 q_1 + q_0 w)(i, X).
void fraction_round(const FractionTables& t, const K* eq, std::size_t n, K& linear, K& square);

// p[i] = p_low[i] q_high[i] + p_high[i] q_low[i],  q[i] = q_low[i] q_high[i], i < n: one layer of
// the tree upwards.
void fraction_layer(const K* p_below, const K* q_below, std::size_t n, K* p, K* q);

// Coefficients of X, X^2, X^3 of sum over i < n of (e x y)(i, X); tables of 2n values, low halves
// in front.
void cubic_round(const K* e, const K* x, const K* y, std::size_t n, K out[3]);

// out[i] += r in[i], i < n.
void add_scaled(K* out, const K* in, const K& r, std::size_t n);

}  // namespace pedigree
