#include "base/require.h"
#include "iop/cubic.h"
#include "kernel/fold.h"
#include "kernel/rounds.h"

namespace pedigree {

namespace {

void bind_top(std::vector<K>& table, const K& r) {
  const std::size_t half = table.size() / 2;
  fold_halves(table.data(), half, r);
  table.resize(half);
}

}  // namespace

std::vector<K> prove_cubic(std::span<CubicTerm> terms, u32 num_vars, MaskedSender& sender) {
  std::vector<K> point(num_vars);
  for (u32 i = num_vars; i-- > 0;) {
    const std::size_t half = std::size_t{1} << i;
    K sum[3];
    for (const CubicTerm& t : terms) {
      PEDIGREE_REQUIRE(t.e.size() == t.x.size() && t.x.size() == t.y.size(),
                       "tables of one term differ in size");
      if (t.e.size() != 2 * half) continue;
      K h[3];
      cubic_round(t.e.data(), t.x.data(), t.y.data(), half, h);
      for (u32 j = 0; j < 3; ++j) sum[j] += h[j];
    }
    for (const K& h : sum) sender.send("round", h * inverse_pow2(i));
    point[i] = sender.challenge("bind");
    for (CubicTerm& t : terms) {
      if (t.e.size() != 2 * half) continue;
      bind_top(t.e, point[i]);
      bind_top(t.x, point[i]);
      bind_top(t.y, point[i]);
    }
  }
  return point;
}

}  // namespace pedigree
