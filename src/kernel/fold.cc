#include "kernel/fold.h"

namespace pedigree {

void fold_halves(K* values, std::size_t half, const K& r) {
  for (std::size_t i = 0; i < half; ++i) values[i] += r * (values[i + half] - values[i]);
}

void fold_adjacent(K* values, std::size_t n_out, const K& r) {
  for (std::size_t i = 0; i < n_out; ++i) values[i] = values[2 * i] + r * (values[2 * i + 1] - values[2 * i]);
}

void fold_adjacent_base(const F* in, std::size_t n_out, const K& r, K* out) {
  for (std::size_t i = 0; i < n_out; ++i) out[i] = K(in[2 * i]) + r * (in[2 * i + 1] - in[2 * i]);
}

void eq_table(std::span<const K> point, const K& scale, K* out) {
  out[0] = scale;
  std::size_t n = 1;
  for (const K& p : point) {
    for (std::size_t x = 0; x < n; ++x) {
      out[n + x] = out[x] * p;
      out[x] -= out[n + x];
    }
    n *= 2;
  }
}

K inner_product(const K* a, const K* b, std::size_t n) {
  K sum;
  for (std::size_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

K inner_product_base(const F* a, const K* b, std::size_t n) {
  K sum;
  for (std::size_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace pedigree
