#include <array>

#include "iop/pullback_block.h"
#include "kernel/fold.h"

namespace pedigree {

namespace {

// out[i] = scale eq[i] (base - sum over j of factors[j] columns[j][i]), n at most kTreeChunk.
void weighted_line(const K& base, std::span<const K> factors, std::span<const F* const> columns,
                   const K& scale, const K* eq, std::size_t n, K* out) {
  constexpr u32 kMostColumns = 4;
  static constexpr F kZeros[kTreeChunk] = {};  // the loop takes its first column with the factor 1
  std::array<K, kMostColumns + 1> by{};
  std::array<const F*, kMostColumns + 1> from{kZeros};
  for (std::size_t j = 0; j < columns.size(); ++j) {
    by[j + 1] = scale * factors[j];
    from[j + 1] = columns[j];
  }
  lookup_denominators(scale * base, by.data(), from.data(), static_cast<u32>(columns.size() + 1), n,
                      out);
  multiply(out, eq, n, out);
}

}  // namespace

FractionRound PullbackBlock::first_round(std::size_t y, std::size_t n, const K& lambda, const K&,
                                         const K* eq, Room& room) const {
  const std::size_t quarter = size_ / 4;
  const F* const v[4] = {column(y), column(quarter + y), column(2 * quarter + y),
                         column(3 * quarter + y)};
  F* const out[3] = {room.terms.data(), room.terms.data() + n, room.terms.data() + 2 * n};
  pair_terms(v, n, out);
  const K& a = of_.base;
  const K one(kOne);
  FractionRound sum{
      lambda * (a * (a - inner_product_base(out[0], eq, n)) + inner_product_base(out[1], eq, n)),
      lambda * inner_product_base(out[2], eq, n)};
  // The numerators: z q_0 + (1 - z) q_1 is a line in X, and eq over X another.
  const EqWeights& e = point_->below(1);
  const K &z = point_->top(0), &x = point_->top(1), scale = of_.weight * e.high(y);
  K* const both = room.q.data();
  multiply(eq, e.low(y), n, both);
  const K all = inner_product(eq, e.low(y), n);
  K at[2];
  for (u32 i = 0; i < 2; ++i)
    at[i] = scale * (a * all - z * inner_product_base(v[i], both, n) -
                     (one - z) * inner_product_base(v[2 + i], both, n));
  sum.at0 += (one - x) * at[0];
  sum.square += (x + x - one) * (at[1] - at[0]);
  return sum;
}

void PullbackBlock::bind_pair(u32 child, std::size_t y, std::size_t n, const K& inverse, const K& r,
                              Room&, K* d) const {
  const std::size_t quarter = size_ / 4, low = 2 * child * quarter + y;
  column_bind(of_.base, column(low), column(low + quarter), r, n, d);
  const EqWeights& e = point_->below(1);
  const K &z = point_->top(0), &x = point_->top(1), one(kOne);
  const K of_child = child == 0 ? one - z : z, at_r = (one - x) + (x + x - one) * r;
  add_scaled(d, e.low(y), of_.weight * inverse * of_child * at_r * e.high(y), n);
}

void PullbackBlock::pairs(std::size_t y, std::size_t n, K* below, K* p, K* q) const {
  const F* const v[2] = {column(y), column(y + size_ / 2)};
  lookup_denominators(of_.base, nullptr, &v[0], 1, n, below);
  lookup_denominators(of_.base, nullptr, &v[1], 1, n, below + n);
  multiply(below, below + n, n, q);
  const EqWeights& e = point_->below(0);
  const K &z = point_->top(0), factors[2] = {z, K(kOne) - z};
  weighted_line(of_.base, factors, v, of_.weight * e.high(y), e.low(y), n, p);
}

void PullbackBlock::bind_quad(u32 child, std::size_t y, std::size_t n, const K& r, K* p,
                              K* q) const {
  const std::size_t low = child * (size_ / 4) + y, high = low + size_ / 8;
  const F* const v[4] = {column(low), column(low + size_ / 2), column(high),
                         column(high + size_ / 2)};
  pair_bind(of_.base, v, r, n, p, q);
  const K &z = point_->top(0), &of_bit = point_->top(1), &x = point_->top(2), one(kOne);
  const K at0 = (one - r) * (one - x), at1 = r * x;
  const K factors[4] = {at0 * z, at0 * (one - z), at1 * z, at1 * (one - z)};
  const EqWeights& e = point_->below(2);
  weighted_line((at0 + at1) * of_.base, factors, v,
                of_.weight * (child == 0 ? one - of_bit : of_bit) * e.high(y), e.low(y), n, p);
}

}  // namespace pedigree
