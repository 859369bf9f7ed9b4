// Inside rounds: the loops over a range, one set of them per instruction set. `stride` is the
// distance from a value at X = 0 to that at X = 1; sums are added to the outputs.
#pragma once

#include "kernel/rounds.h"

namespace pedigree::rounds {

struct Twin {
  void (*fraction)(const FractionTables& t, std::size_t stride, const K* eq, std::size_t begin,
                   std::size_t end, K sum[2]);
  void (*layer)(const K* p_below, const K* q_below, std::size_t stride, std::size_t begin,
                std::size_t end, K* p, K* q);
  void (*cubic)(const K* e, const K* x, const K* y, std::size_t stride, std::size_t begin,
                std::size_t end, K sum[3]);
  void (*add_scaled)(K* out, const K* in, const K& r, std::size_t n);
};

const Twin& plain();
const Twin& avx2();
const Twin& avx512();

}  // namespace pedigree::rounds
