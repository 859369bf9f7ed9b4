#include "poly/cofactors.h"

#include <gtest/gtest.h>

#include "kernel/testing.h"

namespace pedigree {
namespace {

// The slow way.
Polynomial product(const Polynomial& a, const Polynomial& b) {
  Polynomial out(a.size() + b.size() - 1);
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b.size(); ++j) out[i + j] += a[i] * b[j];
  return out;
}

Polynomial slow_from_roots(std::span<const F> roots) {
  Polynomial out{kOne};
  for (const F root : roots) out = product(out, {-root, kOne});
  return out;
}

struct Draw {
  u64 state;
  u64 next() { return state = state * 6364136223846793005ull + 1442695040888963407ull; }
  F element() { return F(next() >> 1 ^ next() >> 33); }
  std::vector<F> elements(std::size_t n) {
    std::vector<F> out(n);
    for (F& x : out) x = element();
    return out;
  }
};

void expect_cofactors(std::span<const F> a, std::span<const F> b) {
  const Cofactors c = cofactors(a, b);
  ASSERT_EQ(c.u.size(), std::max<std::size_t>(1, b.size()));
  ASSERT_EQ(c.v.size(), std::max<std::size_t>(1, a.size()));
  const Polynomial left = product(c.u, slow_from_roots(a)),
                   right = product(c.v, slow_from_roots(b));
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const F sum = (i < left.size() ? left[i] : F()) + (i < right.size() ? right[i] : F());
    ASSERT_EQ(sum, i == 0 ? kOne : F()) << i << " of " << a.size() << ", " << b.size();
  }
}

TEST(Polynomial, ProductsQuotientsAndRoots) {
  Draw draw{1};
  for (const std::size_t n : {1, 2, 31, 33, 64, 100, 257})
    for (const std::size_t m : {1, 3, 32, 40, 130}) {
      const Polynomial a = draw.elements(n), b = draw.elements(m);
      EXPECT_EQ(multiply(a, b), product(a, b));
      const Polynomial q = divide(a, b), r = remainder(a, b);
      Polynomial again = q.empty() ? Polynomial() : product(q, b);
      again.resize(n);
      for (std::size_t i = 0; i < r.size(); ++i) again[i] += r[i];
      EXPECT_EQ(again, a);
      EXPECT_EQ(r.size(), std::min(n, m - 1));
    }
  for (const std::size_t n : {0, 1, 2, 3, 8, 9, 100}) {
    const std::vector<F> roots = draw.elements(n);
    EXPECT_EQ(from_roots(roots), slow_from_roots(roots));
    for (const std::size_t m : {1, 5, 300}) {
      const Polynomial f = draw.elements(m);
      const std::vector<F> values = values_at(f, roots);
      ASSERT_EQ(values.size(), n);
      for (std::size_t i = 0; i < n; ++i) {
        F sum;
        for (std::size_t k = m; k-- > 0;) sum = sum * roots[i] + f[k];
        ASSERT_EQ(values[i], sum) << n << " " << m;
      }
    }
    if (n > 0) {
      const Polynomial f = draw.elements(n);
      EXPECT_EQ(interpolate(roots, values_at(f, roots)), f) << n;
    }
  }
}

TEST(Cofactors, OfListsOfEverySize) {
  Draw draw{2};
  for (const std::size_t n : {0, 1, 2, 3, 7, 8, 50, 129})
    for (const std::size_t m : {0, 1, 2, 5, 64, 200})
      expect_cofactors(draw.elements(n), draw.elements(m));
}

TEST(Cofactors, MembersMayBeRepeatedOnEitherSide) {
  Draw draw{3};
  for (const std::size_t times : {2, 3, 5, 40}) {
    std::vector<F> a = draw.elements(30), b = draw.elements(20);
    for (std::size_t i = 1; i < times; ++i) {
      a.push_back(a[3]);
      b.push_back(b[7]);
      if (i % 2 == 0) b.insert(b.begin(), b[5]);
      if (i % 3 == 0) a.push_back(a[i]);
    }
    expect_cofactors(a, b);
    expect_cofactors(b, a);
  }
  const std::vector<F> zeros(9), ones(4, kOne);
  expect_cofactors(zeros, ones);
  expect_cofactors(ones, zeros);
}

TEST(Cofactors, SharedMembersAreNamed) {
  Draw draw{4};
  std::vector<F> a = draw.elements(12), b = draw.elements(9);
  b[4] = a[11];
  b[6] = a[2];
  b[8] = a[2];
  try {
    cofactors(a, b);
    FAIL();
  } catch (const SharedMembers& shared) {
    auto pairs = shared.pairs;
    std::sort(pairs.begin(), pairs.end());
    const std::vector<std::pair<std::size_t, std::size_t>> wanted = {{2, 6}, {2, 8}, {11, 4}};
    EXPECT_EQ(pairs, wanted);
  }
}

}  // namespace
}  // namespace pedigree
