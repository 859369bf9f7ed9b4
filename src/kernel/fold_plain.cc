#include <algorithm>

#include "kernel/fold_twins.h"
#include "poly/eq.h"

namespace pedigree::folding {

namespace {

void halves(K* low, const K* high, std::size_t n, const K& r) {
  for (std::size_t i = 0; i < n; ++i) low[i] += r * (high[i] - low[i]);
}

void adjacent(const K* in, std::size_t n, const K& r, K* out) {
  for (std::size_t i = 0; i < n; ++i) out[i] = in[2 * i] + r * (in[2 * i + 1] - in[2 * i]);
}

void adjacent_base(const F* in, std::size_t n, const K& r, K* out) {
  for (std::size_t i = 0; i < n; ++i) out[i] = K(in[2 * i]) + r * (in[2 * i + 1] - in[2 * i]);
}

void spread(K* low, std::size_t n, const K& p, K* high) {
  for (std::size_t i = 0; i < n; ++i) {
    high[i] = low[i] * p;
    low[i] -= high[i];
  }
}

void multiple(F* out, const F* in, F r, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] += r * in[i];
}

void weighted(const F* const* rows, const K* weights, std::size_t num_rows, std::size_t begin,
              std::size_t end, K* out) {
  for (std::size_t i = begin; i < end; ++i) {
    KSum sum;
    for (std::size_t j = 0; j < num_rows; ++j) sum.add_product(rows[j][i], weights[j]);
    out[i] += sum.value();
  }
}

constexpr std::size_t kLazyTerms = std::size_t{1}
                                   << 20;  // three products each; a WideSum takes 2^30

template <class A>
K sum_of_products(const A* a, const K* b, std::size_t n) {
  K total;
  for (std::size_t begin = 0; begin < n; begin += kLazyTerms) {
    KSum sum;
    for (std::size_t i = begin; i < std::min(n, begin + kLazyTerms); ++i)
      sum.add_product(a[i], b[i]);
    total += sum.value();
  }
  return total;
}

K inner(const K* a, const K* b, std::size_t n) { return sum_of_products(a, b, n); }
K inner_base(const F* a, const K* b, std::size_t n) { return sum_of_products(a, b, n); }

#include "kernel/fold_twin.inc"

}  // namespace

const Twin& plain() { return kTwin; }

}  // namespace pedigree::folding
