#include "kernel/fold_twins.h"

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

}  // namespace

const Twin& plain() {
  static constexpr Twin twin{halves, adjacent, adjacent_base, spread};
  return twin;
}

}  // namespace pedigree::folding
