#include <algorithm>

#include "iop/lookup_block.h"
#include "kernel/fold.h"

namespace pedigree {

void LookupBlock::denominators(std::size_t x, std::size_t n, const K& shift, K* q) const {
  const F* columns[3] = {};
  for (u32 c = 0; c < of_.num_columns; ++c) columns[c] = of_.columns[c] + x;
  lookup_denominators(of_.base + shift, of_.factors, columns, of_.num_columns, n, q);
}

FractionRound LookupBlock::pair_round(std::size_t y, std::size_t n, const K& shift, const K* eq,
                                      Room& room) const {
  const std::size_t quarter = size_ / 4;
  FractionRound sum;
  if (!one_column()) {
    K* const q = room.q.data();
    for (std::size_t i = 0; i < 4; ++i) denominators(i * quarter + y, n, shift, q + i * n);
    const K one(kOne);
    return product_first_round({q, q + 2 * n}, {eq, &one, ceil_log2(n)}, n);
  }
  F* const out[3] = {room.terms.data(), room.terms.data() + n, room.terms.data() + 2 * n};
  const F* const v[4] = {column(y), column(quarter + y), column(2 * quarter + y),
                         column(3 * quarter + y)};
  pair_terms(v, n, out);
  const K a = of_.base + shift;
  sum.at0 = a * (a - inner_product_base(out[0], eq, n)) + inner_product_base(out[1], eq, n);
  sum.square = inner_product_base(out[2], eq, n);
  return sum;
}

FractionRound LookupBlock::first_round(std::size_t y, std::size_t n, const K& lambda,
                                       const K& shift, const K* eq, Room& room) const {
  const FractionRound pair = pair_round(y, n, shift, eq, room);
  return {lambda * pair.at0 - shift, lambda * pair.square};
}

void LookupBlock::bind_pair(u32 child, std::size_t y, std::size_t n, const K& shift, const K& r,
                            Room& room, K* d) const {
  const std::size_t quarter = size_ / 4, low = 2 * child * quarter + y, high = low + quarter;
  if (one_column()) return column_bind(of_.base + shift, column(low), column(high), r, n, d);
  K* const q = room.q.data();
  denominators(low, n, shift, q);
  denominators(high, n, shift, q + n);
  fold_halves(q, n, r);
  std::copy_n(q, n, d);
}

FractionRound LookupBlock::quad_round(std::size_t y, std::size_t n, const K& lambda, const K* eq,
                                      Room& room) const {
  const F* v[8];
  for (std::size_t node = 0; node < 4; ++node)
    for (std::size_t leaf = 0; leaf < 2; ++leaf)
      v[2 * node + leaf] = column(node * (size_ / 8) + leaf * (size_ / 2) + y);
  F* out[7];
  K e[7];
  for (std::size_t i = 0; i < 7; ++i) out[i] = room.terms.data() + i * n;
  quad_terms(v, n, out);
  for (std::size_t i = 0; i < 7; ++i) e[i] = inner_product_base(out[i], eq, n);
  const K a = of_.base, la = lambda * a, by_2 = a * (K(F(2)) + la), by_3 = K(kOne) + la;
  return {a * a * (a * (K(F(4)) + la) - (K(F(3)) + la) * e[0]) + by_2 * e[1] - by_3 * e[2] +
              lambda * e[3],
          by_2 * e[4] - by_3 * e[5] + lambda * e[6]};
}

void LookupBlock::bind_quad(u32 child, std::size_t y, std::size_t n, const K& r, K* p, K* q) const {
  const std::size_t low = child * (size_ / 4) + y, high = low + size_ / 8;
  const F* const v[4] = {column(low), column(low + size_ / 2), column(high),
                         column(high + size_ / 2)};
  ::pedigree::pair_bind(of_.base, v, r, n, p, q);
}

void LookupBlock::quads(std::size_t y, std::size_t n, K* p, K* q) const {
  const std::size_t other = y + size_ / 4;
  const F* const v[4] = {column(y), column(y + size_ / 2), column(other),
                         column(other + size_ / 2)};
  quad_layer(of_.base, v, n, p, q);
}

void LookupBlock::pairs(std::size_t y, std::size_t n, K* below, K* p, K* q) const {
  denominators(y, n, K(), below);
  denominators(y + size_ / 2, n, K(), below + n);
  unit_layer(below, n, p, q);
}

}  // namespace pedigree
