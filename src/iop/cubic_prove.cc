#include "base/require.h"
#include "iop/cubic.h"

#include <mutex>

#include "kernel/fold.h"
#include "kernel/parallel.h"
#include "poly/eq.h"

namespace pedigree {

namespace {

struct Round {
  K h[3];
};

// Sums over x < half of the coefficients of (e + X de)(x + X dx)(y + X dy), the values above `half` being those at 1.
Round sum_round(const CubicTerm& t, std::size_t half) {
  Round total;
  std::mutex mutex;
  parallel_for(half, 1 << 12, [&](std::size_t begin, std::size_t end) {
    KSum h1, h2, h3;
    for (std::size_t i = begin; i < end; ++i) {
      const K &e = t.e[i], &x = t.x[i], &y = t.y[i];
      const K de = t.e[i + half] - e, dx = t.x[i + half] - x, dy = t.y[i + half] - y;
      KSum cross;
      cross.add_product(x, dy);
      cross.add_product(y, dx);
      const K u0 = x * y, u1 = cross.value(), u2 = dx * dy;
      h1.add_product(de, u0);
      h1.add_product(e, u1);
      h2.add_product(de, u1);
      h2.add_product(e, u2);
      h3.add_product(de, u2);
    }
    const std::lock_guard lock(mutex);
    total.h[0] += h1.value();
    total.h[1] += h2.value();
    total.h[2] += h3.value();
  });
  return total;
}

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
    Round sum;
    for (const CubicTerm& t : terms) {
      PEDIGREE_REQUIRE(t.e.size() == t.x.size() && t.x.size() == t.y.size(), "tables of one term differ in size");
      if (t.e.size() != 2 * half) continue;
      const Round r = sum_round(t, half);
      for (u32 j = 0; j < 3; ++j) sum.h[j] += r.h[j];
    }
    for (const K& h : sum.h) sender.send("round", h * inverse_pow2(i));
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
