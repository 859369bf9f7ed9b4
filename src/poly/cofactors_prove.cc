#include <algorithm>
#include <numeric>

#include "base/require.h"
#include "poly/cofactors.h"

namespace pedigree {

namespace {

std::vector<std::size_t> sorted_order(std::span<const F> x) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
    return std::pair(x[i].v, i) < std::pair(x[j].v, j);
  });
  return order;
}

void refuse_shared(std::span<const F> a, std::span<const F> b) {
  const std::vector<std::size_t> of_a = sorted_order(a), of_b = sorted_order(b);
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const u64 x = a[of_a[i]].v, y = b[of_b[j]].v;
    if (x == y)
      for (std::size_t k = j; k < b.size() && b[of_b[k]].v == x; ++k)
        if (pairs.size() < SharedMembers::kMostShared) pairs.emplace_back(of_a[i], of_b[k]);
    x <= y ? ++i : ++j;
  }
  if (!pairs.empty()) throw SharedMembers(std::move(pairs));
}

// Each root min(e, most) times, e the times that it occurs.
std::vector<F> at_most(const std::vector<F>& sorted, std::size_t most) {
  std::vector<F> out;
  for (std::size_t i = 0, same = 0; i < sorted.size(); ++i) {
    same = i > 0 && sorted[i] == sorted[i - 1] ? same + 1 : 0;
    if (same < most) out.push_back(sorted[i]);
  }
  return out;
}

// 1/f modulo the product of x - root over the roots, none of which is one of f: fewer coefficients than roots.
Polynomial inverse_modulo(const Polynomial& f, std::span<const F> roots) {
  std::vector<F> sorted(roots.begin(), roots.end());
  std::sort(sorted.begin(), sorted.end(), [](F x, F y) { return x.v < y.v; });
  std::vector<F> now = at_most(sorted, 1);
  std::vector<F> values = values_at(f, now);
  for (F& x : values) x = inverse(x);
  Polynomial u = interpolate(now, values);
  for (std::size_t k = 2; now.size() < sorted.size(); k *= 2) {
    now = at_most(sorted, k);
    const Polynomial modulus = from_roots(now);
    Polynomial error = remainder(multiply(remainder(f, modulus), u), modulus);
    for (F& x : error) x = -x;
    error[0] += F(2);
    u = remainder(multiply(u, error), modulus);
    u.resize(now.size());
  }
  return u;
}

}  // namespace

Cofactors cofactors(std::span<const F> a, std::span<const F> b) {
  Cofactors c{Polynomial(std::max<std::size_t>(1, b.size())),
              Polynomial(std::max<std::size_t>(1, a.size()))};
  if (a.empty() || b.empty()) {
    (a.empty() ? c.u : c.v)[0] = kOne;
    return c;
  }
  refuse_shared(a, b);
  // The cofactor of the longer list is found modulo the shorter one.
  const bool turned = b.size() > a.size();
  if (turned) std::swap(a, b);
  const Polynomial of_a = from_roots(a);
  c.u = inverse_modulo(of_a, b);
  Polynomial rest = multiply(c.u, of_a);
  for (F& x : rest) x = -x;
  rest[0] += kOne;
  c.v = divide(rest, from_roots(b));
  PEDIGREE_REQUIRE(c.u.size() == b.size() && c.v.size() == a.size(), "degrees of cofactors");
  if (turned) std::swap(c.u, c.v);
  return c;
}

}  // namespace pedigree
