// Hot loops of the sumcheck provers: rounds of the lookup tree and of cubic terms, layers of
// fractions. Tables are over K unless said otherwise. Field sums are exact, so every order of
// summation and instruction set gives the same bits.
#pragma once

#include "field/k.h"

namespace pedigree {

// The weights of a round, eq over the variables that are not bound yet, as a product of two tables:
// eq[i] = low[i mod 2^log_low] high[i >> log_low].
struct SplitEq {
  const K *low, *high;
  u32 log_low;
};

// Tables of one layer of the lookup tree: values at X = 0 before those at X = 1. The summand is
// g = p_0 q_1 + q_0 w, w = p_1 + lambda q_1.
struct FractionTables {
  K *p0, *w, *q0, *q1;
};

// Runs of a layer's nodes, each with tables of its own `stride` behind those before it, and with a weight.
struct TreeBlocks {
  std::size_t count = 1, stride = 0;
  const K* weights = nullptr;  // none: of one run, 1
};

// Value at X = 0 and coefficient of X^2 of a sum of degree 2.
struct FractionRound {
  K at0, square;
};

// Of sum over i < n of eq[i] g(i, X), tables of 2n values; n is a multiple of 2^log_low. `t.w` holds p_1, and w
// afterwards. Of several blocks: the sum of theirs, weighted.
FractionRound fraction_first_round(const FractionTables& t, const K& lambda, const SplitEq& eq,
                                   std::size_t n, const TreeBlocks& blocks = {});
// The same, once the highest variable of tables of 4n values is bound at r: 2n are left, in front.
FractionRound fraction_next_round(const FractionTables& t, const K& r, const SplitEq& eq,
                                  std::size_t n, const TreeBlocks& blocks = {});

// The same of q_0 q_1 in tables of 2n values, and of 4n once bound.
struct PairTables {
  K *q0, *q1;
};
FractionRound product_first_round(const PairTables& t, const SplitEq& eq, std::size_t n,
                                  const TreeBlocks& blocks = {});
FractionRound product_next_round(const PairTables& t, const K& r, const SplitEq& eq, std::size_t n,
                                 const TreeBlocks& blocks = {});

// p[i] = p_low[i] q_high[i] + p_high[i] q_low[i],  q[i] = q_low[i] q_high[i], i < n: one layer of
// the tree upwards; `blocks` times, each 2n values below and n above.
void fraction_layer(const K* p_below, const K* q_below, std::size_t n, K* p, K* q,
                    std::size_t blocks = 1);

// Leaves of the lookup tree, on the calling thread; the callers are parallel. Numerators are over F.
//
// q[i] = base - columns[0][i] - sum over c >= 1 of factors[c] columns[c][i], i < n.
void lookup_denominators(const K& base, const K* factors, const F* const* columns, u32 num_columns,
                         std::size_t n, K* q);
// As fraction_layer, from leaves [0, n) and [n, 2n).
void leaf_layer(const F* p_below, const K* q_below, std::size_t n, K* p, K* q);
// Adds to `sum` what fraction_first_round says, n terms; the leaves are four runs of n: first children at X = 0 and 1,
// second children at X = 0 and 1.
void leaf_round(const F* p, const K* q, const K& lambda, const K* eq, std::size_t n,
                FractionRound& sum);
// out[i] = low[i] + r (high[i] - low[i]), i < n.
void leaf_bind(const F* low, const F* high, const K& r, std::size_t n, K* out);

// Leaves of one lookup have numerators 1. Of two leaves a - v and a - w the sum is P / Q with P = 2 a - (v + w) and
// Q = a^2 - (v + w) a + v w: for columns over F all products of columns are over F. On the calling thread, i < n.
//
// p[i] = q_below[i] + q_below[i + n],  q[i] = q_below[i] q_below[i + n].
void unit_layer(const K* q_below, std::size_t n, K* p, K* q);
// out[i] = base - (low + r (high - low))[i].
void column_bind(const K& base, const F* low, const F* high, const K& r, std::size_t n, K* out);
// With runs v of a first leaf at X = 0 and 1 and of a second one: out[0] = v_0 + v_2, out[1] = v_0 v_2,
// out[2] = (v_1 - v_0)(v_3 - v_2).
void pair_terms(const F* const v[4], std::size_t n, F* const out[3]);
// With runs of four leaves, of a first node at X = 0 and 1 and of a second one: e_1 to e_4, the elementary symmetric
// polynomials of the leaves at X = 0; with s and m the sum and the product of a node's leaves and d their steps to X = 1,
// ds ds', ds dm' + ds' dm, dm dm'.
void quad_terms(const F* const v[8], std::size_t n, F* const out[7]);
// P and Q of the node of leaves v_0, v_1 at X = 0 and v_2, v_3 at X = 1, bound at r.
void pair_bind(const K& a, const F* const v[4], const K& r, std::size_t n, K* p, K* q);
// P and Q of the sum over leaves v_0 to v_3.
void quad_layer(const K& a, const F* const v[4], std::size_t n, K* p, K* q);

// Coefficients of the product of two lines: out[0] = v_0 v_2, out[1] = v_0 (v_3 - v_2) + (v_1 - v_0) v_2,
// out[2] = (v_1 - v_0)(v_3 - v_2).
void line_terms(const F* const v[4], std::size_t n, F* const out[3]);

// Coefficients of X, X^2, X^3 of sum over i < n of (e x y)(i, X); tables of 2n values, low halves
// in front.
void cubic_round(const K* e, const K* x, const K* y, std::size_t n, K out[3]);

// out[i] += r in[i], i < n.
void add_scaled(K* out, const K* in, const K& r, std::size_t n);
// out[i] = a[i] b[i], i < n, on the calling thread; out may be a or b.
void multiply(const K* a, const K* b, std::size_t n, K* out);

}  // namespace pedigree
