// Inside rounds: the loops over a range, one set of them per instruction set. `stride` is the
// distance from a value at X = 0 to that at X = 1; eq belongs to `begin`; sums are added to the outputs.
#pragma once

#include "kernel/rounds.h"

namespace pedigree::rounds {

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
  void (*cubic)(const K* e, const K* x, const K* y, std::size_t stride, std::size_t begin,
                std::size_t end, K sum[3]);
  void (*add_scaled)(K* out, const K* in, const K& r, std::size_t n);
};

const Twin& plain();
const Twin& avx2();
const Twin& avx512();

}  // namespace pedigree::rounds
