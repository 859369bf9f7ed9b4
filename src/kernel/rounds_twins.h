// Inside rounds: the loops over a range, one set of them per instruction set. `stride` is the
// distance from a value at X = 0 to that at X = 1; eq belongs to `begin`; sums are added to the outputs.
#pragma once

#include "kernel/rounds.h"

namespace pedigree::rounds {

// P = p - s - r ds and Q = q + m - a s - a r ds + r dm, s and m at X = 0.
struct PairConstants {
  PairConstants(const K& a, const K& r_) : p(a + a), q(a * a), r(r_), by_s(-a), by_ds(-(a * r_)) {}
  K p, q, r, by_s, by_ds;
};
// P = p + sum of by_p[i] e_(i+1), less e_3;  Q = q + sum of by_q[i] e_(i+1), and e_4.
struct QuadConstants {
  explicit QuadConstants(const K& a)
      : p(F(4) * (a * a * a)),
        q(a * a * (a * a)),
        by_p{-(F(3) * (a * a)), a + a},
        by_q{-(a * a * a), a * a, -a} {}
  K p, q, by_p[2], by_q[3];
};

struct Twin {
  void (*first_fraction)(const FractionTables& t, const K& lambda, std::size_t stride, const K* eq,
                         std::size_t begin, std::size_t end, FractionRound& sum);
  void (*next_fraction)(const FractionTables& t, const K& r, std::size_t stride, const K* eq,
                        std::size_t begin, std::size_t end, FractionRound& sum);
  void (*layer)(const K* p_below, const K* q_below, std::size_t stride, std::size_t begin,
                std::size_t end, K* p, K* q);
  void (*denominators)(const K& base, const K* factors, const F* const* columns, u32 num_columns,
                       std::size_t begin, std::size_t end, K* q);
  void (*leaf_layer)(const F* p_below, const K* q_below, std::size_t stride, std::size_t begin,
                     std::size_t end, K* p, K* q);
  void (*leaf_round)(const F* p, const K* q, const K& lambda, const K* eq, std::size_t stride,
                     std::size_t begin, std::size_t end, FractionRound& sum);
  void (*leaf_bind)(const F* low, const F* high, const K& r, std::size_t n, K* out);
  void (*first_product)(const PairTables& t, std::size_t stride, const K* eq, std::size_t begin,
                        std::size_t end, FractionRound& sum);
  void (*next_product)(const PairTables& t, const K& r, std::size_t stride, const K* eq,
                       std::size_t begin, std::size_t end, FractionRound& sum);
  void (*unit_layer)(const K* q_below, std::size_t stride, std::size_t begin, std::size_t end, K* p,
                     K* q);
  void (*column_bind)(const K& base, const F* low, const F* high, const K& r, std::size_t begin,
                      std::size_t end, K* out);
  void (*pair_terms)(const F* const v[4], std::size_t begin, std::size_t end, F* const out[3]);
  void (*line_terms)(const F* const v[4], std::size_t begin, std::size_t end, F* const out[3]);
  void (*quad_terms)(const F* const v[8], std::size_t begin, std::size_t end, F* const out[7]);
  void (*pair_bind)(const PairConstants& k, const F* const v[4], std::size_t begin, std::size_t end,
                    K* p, K* q);
  void (*quad_layer)(const QuadConstants& k, const F* const v[4], std::size_t begin,
                     std::size_t end, K* p, K* q);
  void (*cubic)(const K* e, const K* x, const K* y, std::size_t stride, std::size_t begin,
                std::size_t end, K sum[3]);
  void (*add_scaled)(K* out, const K* in, const K& r, std::size_t n);
  void (*multiply)(const K* a, const K* b, std::size_t begin, std::size_t end, K* out);
};

const Twin& plain();
const Twin& avx2();
const Twin& avx512();
const Twin& neon();

}  // namespace pedigree::rounds
