#include "kernel/rounds.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernel/testing.h"

namespace pedigree {
namespace {

constexpr std::size_t kSizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, 33, 100, 2049, 5000};

// Values of a product of lines at 0, 1 and 2 give its coefficients back.
TEST(Rounds, Fraction) {
  for_every_instruction_set([&] {
    for (const std::size_t n : kSizes) {
      const std::vector<K> p0 = random_elements(2 * n, 1), w = random_elements(2 * n, 2),
                           q0 = random_elements(2 * n, 3), q1 = random_elements(2 * n, 4),
                           eq = random_elements(n, 5);
      K linear, square, at[3];
      fraction_round({p0.data(), w.data(), q0.data(), q1.data()}, eq.data(), n, linear, square);
      for (u32 x = 0; x < 3; ++x)
        for (std::size_t i = 0; i < n; ++i) {
          const auto line = [&](const std::vector<K>& t) {
            return t[i] + K(x) * (t[i + n] - t[i]);
          };
          at[x] += eq[i] * (line(p0) * line(q1) + line(q0) * line(w));
        }
      ASSERT_EQ(at[1], at[0] + linear + square) << n;
      ASSERT_EQ(at[2], at[0] + K(2) * linear + K(4) * square) << n;
    }
  });
}

TEST(Rounds, Cubic) {
  for_every_instruction_set([&] {
    for (const std::size_t n : kSizes) {
      const std::vector<K> e = random_elements(2 * n, 1), x = random_elements(2 * n, 2),
                           y = random_elements(2 * n, 3);
      K h[3], at[4];
      cubic_round(e.data(), x.data(), y.data(), n, h);
      for (u32 v = 0; v < 4; ++v)
        for (std::size_t i = 0; i < n; ++i) {
          const auto line = [&](const std::vector<K>& t) {
            return t[i] + K(v) * (t[i + n] - t[i]);
          };
          at[v] += line(e) * line(x) * line(y);
        }
      for (u32 v = 1; v < 4; ++v)
        ASSERT_EQ(at[v], at[0] + K(v) * (h[0] + K(v) * (h[1] + K(v) * h[2]))) << n;
    }
  });
}

// Lazy sums at their bounds: the largest words everywhere, more of them than one lazy sum takes.
TEST(Rounds, LargestWords) {
  const F top = F() - kOne;
  const std::size_t n = 6000;
  std::vector<K> rising(2 * n), eq(n, K(top, top, top));  // 0 at X = 0, the largest words at X = 1
  std::fill(rising.begin() + n, rising.end(), K(top, top, top));
  const K t(top, top, top);
  for_every_instruction_set([&] {
    K linear, square, h[3];
    fraction_round({rising.data(), rising.data(), rising.data(), rising.data()}, eq.data(), n,
                   linear, square);
    EXPECT_EQ(linear, K());
    EXPECT_EQ(square, K(2 * n) * t * t * t);
    cubic_round(rising.data(), rising.data(), rising.data(), n, h);
    EXPECT_EQ(h[0], K());
    EXPECT_EQ(h[1], K());
    EXPECT_EQ(h[2], K(n) * t * t * t);
  });
}

TEST(Rounds, LayerAndScaledSum) {
  const K r = random_elements(1, 9)[0];
  for_every_instruction_set([&] {
    for (const std::size_t n : kSizes) {
      const std::vector<K> p = random_elements(2 * n, 1), q = random_elements(2 * n, 2);
      std::vector<K> up(n), uq(n), sum = p;
      fraction_layer(p.data(), q.data(), n, up.data(), uq.data());
      add_scaled(sum.data(), q.data(), r, 2 * n);
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_EQ(up[i], p[i] * q[i + n] + p[i + n] * q[i]) << n;
        ASSERT_EQ(uq[i], q[i] * q[i + n]) << n;
      }
      for (std::size_t i = 0; i < 2 * n; ++i) ASSERT_EQ(sum[i], p[i] + r * q[i]) << n;
    }
  });
}

}  // namespace
}  // namespace pedigree
