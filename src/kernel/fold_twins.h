// Inside fold: the loops over a range, one set of them per instruction set.
#pragma once

#include "field/k.h"

namespace pedigree::folding {

struct Twin {
  // low[i] += r (high[i] - low[i]), i < n
  void (*halves)(K* low, const K* high, std::size_t n, const K& r);
  // out[i] = in[2i] + r (in[2i + 1] - in[2i]), i < n; out = in is allowed
  void (*adjacent)(const K* in, std::size_t n, const K& r, K* out);
  void (*adjacent_base)(const F* in, std::size_t n, const K& r, K* out);
  // high[i] = p low[i], then low[i] -= high[i], i < n
  void (*spread)(K* low, std::size_t n, const K& p, K* high);
  // out[i] += r in[i], i < n
  void (*multiple)(F* out, const F* in, F r, std::size_t n);
  // out[i] += sum over j < num_rows of weights[j] rows[j][i], begin <= i < end
  void (*weighted)(const F* const* rows, const K* weights, std::size_t num_rows, std::size_t begin,
                   std::size_t end, K* out);
  // sum over i < n of a[i] b[i]
  K (*inner)(const K* a, const K* b, std::size_t n);
  K (*inner_base)(const F* a, const K* b, std::size_t n);
};

const Twin& plain();
const Twin& avx2();
const Twin& avx512();
const Twin& neon();

}  // namespace pedigree::folding
