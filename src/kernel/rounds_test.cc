#include "kernel/rounds.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernel/testing.h"

namespace pedigree {
namespace {

constexpr std::size_t kSizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, 33, 100, 2049, 5000};

// Tables of a layer and weights of a round, 2^log_low of them in front.
struct FractionCase {
  FractionCase(std::size_t n, u32 log_low)
      : p0(random_elements(4 * n, 1)),
        p1(random_elements(4 * n, 2)),
        q0(random_elements(4 * n, 3)),
        q1(random_elements(4 * n, 4)),
        low(random_elements(std::size_t{1} << log_low, 5)),
        high(random_elements(n >> log_low, 6)),
        eq{low.data(), high.data(), log_low} {
    for (std::size_t i = 0; i < n; ++i)
      weights.push_back(low[i % low.size()] * high[i / low.size()]);
  }
  FractionTables tables() { return {p0.data(), p1.data(), q0.data(), q1.data()}; }
  // The sum at X = x, tables of 2n values.
  K at(u64 x) const {
    const std::size_t n = weights.size();
    const auto line = [&](const std::vector<K>& t, std::size_t i) {
      return t[i] + K(x) * (t[i + n] - t[i]);
    };
    K sum;
    for (std::size_t i = 0; i < n; ++i)
      sum += weights[i] * (line(p0, i) * line(q1, i) + line(q0, i) * line(p1, i));
    return sum;
  }
  void expect(const FractionRound& h) const {
    ASSERT_EQ(h.at0, at(0));
    ASSERT_EQ(h.square + h.square, at(2) - at(1) - at(1) + at(0));
  }
  std::vector<K> p0, p1, q0, q1, low, high, weights;
  SplitEq eq;
};

constexpr std::pair<std::size_t, u32> kSplits[] = {{1, 0},  {2, 1},  {4, 1},   {8, 3},    {16, 2},
                                                   {48, 4}, {12, 2}, {112, 4}, {8192, 10}};

TEST(Rounds, FractionRounds) {
  const K lambda = random_elements(1, 7)[0], r = random_elements(1, 8)[0];
  for_every_instruction_set([&] {
    for (const auto& [n, log_low] : kSplits) {
      FractionCase c(n, log_low);
      const FractionCase before = c;
      const FractionRound first = fraction_first_round(c.tables(), lambda, c.eq, n);
      for (std::size_t i = 0; i < 4 * n; ++i)
        ASSERT_EQ(c.p1[i], i < 2 * n ? before.p1[i] + lambda * before.q1[i] : before.p1[i]) << n;
      c.expect(first);
      FractionCase d(n, log_low);
      const FractionRound next = fraction_next_round(d.tables(), r, d.eq, n);
      for (std::size_t i = 0; i < 2 * n; ++i) {
        ASSERT_EQ(d.p0[i], before.p0[i] + r * (before.p0[i + 2 * n] - before.p0[i])) << n;
        ASSERT_EQ(d.p1[i], before.p1[i] + r * (before.p1[i + 2 * n] - before.p1[i])) << n;
        ASSERT_EQ(d.q0[i], before.q0[i] + r * (before.q0[i + 2 * n] - before.q0[i])) << n;
        ASSERT_EQ(d.q1[i], before.q1[i] + r * (before.q1[i + 2 * n] - before.q1[i])) << n;
      }
      d.expect(next);
    }
  });
}

TEST(Rounds, Leaves) {
  const K lambda = random_elements(1, 7)[0], r = random_elements(1, 8)[0];
  for_every_instruction_set([&] {
    for (const std::size_t n : kSizes) {
      const std::vector<F> p = random_words(4 * n, 1);
      const std::vector<K> q = random_elements(4 * n, 2), eq = random_elements(n, 3);
      const std::vector<K> lifted(p.begin(), p.end());
      std::vector<K> up(2 * n), uq(2 * n), up_lifted(2 * n), uq_lifted(2 * n), bound(2 * n);
      leaf_layer(p.data(), q.data(), 2 * n, up.data(), uq.data());
      fraction_layer(lifted.data(), q.data(), 2 * n, up_lifted.data(), uq_lifted.data());
      ASSERT_EQ(up, up_lifted) << n;
      ASSERT_EQ(uq, uq_lifted) << n;
      leaf_bind(p.data(), p.data() + 2 * n, r, 2 * n, bound.data());
      for (std::size_t i = 0; i < 2 * n; ++i)
        ASSERT_EQ(bound[i], lifted[i] + r * (lifted[i + 2 * n] - lifted[i])) << n;

      FractionRound sum{K(1), K(2)}, expected;
      leaf_round(p.data(), q.data(), lambda, eq.data(), n, sum);
      std::vector<K> w = lifted;
      const K one(1);
      for (std::size_t i = 0; i < n; ++i) {
        const SplitEq weight{&eq[i], &one, 0};
        K p0[2] = {lifted[i], lifted[n + i]}, p1[2] = {lifted[2 * n + i], lifted[3 * n + i]},
          q0[2] = {q[i], q[n + i]}, q1[2] = {q[2 * n + i], q[3 * n + i]};
        const FractionRound part = fraction_first_round({p0, p1, q0, q1}, lambda, weight, 1);
        expected.at0 += part.at0;
        expected.square += part.square;
      }
      ASSERT_EQ(sum.at0, expected.at0 + K(1)) << n;
      ASSERT_EQ(sum.square, expected.square + K(2)) << n;
    }
  });
}

TEST(Rounds, Pairs) {
  const K r = random_elements(1, 8)[0];
  for_every_instruction_set([&] {
    for (const auto& [n, log_low] : kSplits) {
      // With numerators 0 and w = q_1 a round of fractions is one of products.
      FractionCase c(n, log_low);
      std::fill(c.p0.begin(), c.p0.end(), K());
      c.p1 = c.q1;
      FractionCase d = c;
      const PairTables pairs{c.q0.data(), c.q1.data()};
      FractionRound h = product_first_round(pairs, c.eq, n);
      FractionRound expected = fraction_first_round(d.tables(), K(), d.eq, n);
      ASSERT_EQ(h.at0, expected.at0) << n;
      ASSERT_EQ(h.square, expected.square) << n;
      h = product_next_round(pairs, r, c.eq, n);
      expected = fraction_next_round(d.tables(), r, d.eq, n);
      ASSERT_EQ(h.at0, expected.at0) << n;
      ASSERT_EQ(h.square, expected.square) << n;
      ASSERT_EQ(c.q0, d.q0) << n;
      ASSERT_EQ(c.q1, d.q1) << n;
    }
  });
}

TEST(Rounds, LeavesOfOneColumn) {
  const K a = random_elements(1, 7)[0], r = random_elements(1, 8)[0];
  for_every_instruction_set([&] {
    for (const std::size_t n : kSizes) {
      std::vector<std::vector<F>> runs;
      const F* v[8];
      for (u32 i = 0; i < 8; ++i) v[i] = runs.emplace_back(random_words(n, 20 + i)).data();
      std::vector<F> out[7];
      F* to[7];
      for (u32 i = 0; i < 7; ++i) to[i] = (out[i] = std::vector<F>(n)).data();
      const auto q = [&](u32 run, std::size_t i) { return a - K(runs[run][i]); };

      pair_terms(v, n, to);
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_EQ(a * a - a * out[0][i] + K(out[1][i]), q(0, i) * q(2, i)) << n;
        ASSERT_EQ(K(out[2][i]), (q(1, i) - q(0, i)) * (q(3, i) - q(2, i))) << n;
      }
      line_terms(v, n, to);
      for (std::size_t i = 0; i < n; ++i) {
        const F dx = v[1][i] - v[0][i], dy = v[3][i] - v[2][i];
        ASSERT_EQ(out[0][i], v[0][i] * v[2][i]) << n;
        ASSERT_EQ(out[1][i], v[0][i] * dy + dx * v[2][i]) << n;
        ASSERT_EQ(out[2][i], dx * dy) << n;
      }
      std::vector<K> bound(n);
      column_bind(a, v[0], v[1], r, n, bound.data());
      for (std::size_t i = 0; i < n; ++i)
        ASSERT_EQ(bound[i], q(0, i) + r * (q(1, i) - q(0, i))) << n;

      std::vector<K> leaves(2 * n), up(n), uq(n);
      for (std::size_t i = 0; i < n; ++i) {
        leaves[i] = q(0, i);
        leaves[n + i] = q(1, i);
      }
      unit_layer(leaves.data(), n, up.data(), uq.data());
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_EQ(up[i], q(0, i) + q(1, i)) << n;
        ASSERT_EQ(uq[i], q(0, i) * q(1, i)) << n;
      }
      multiply(leaves.data(), leaves.data() + n, n, up.data());
      ASSERT_EQ(up, uq) << n;
      const auto sum = [&](u32 run, std::size_t i) { return q(run, i) + q(run + 1, i); };
      const auto product = [&](u32 run, std::size_t i) { return q(run, i) * q(run + 1, i); };
      quad_layer(a, v, n, up.data(), uq.data());
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_EQ(up[i], sum(0, i) * product(2, i) + sum(2, i) * product(0, i)) << n;
        ASSERT_EQ(uq[i], product(0, i) * product(2, i)) << n;
      }
      pair_bind(a, v, r, n, up.data(), uq.data());
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_EQ(up[i], sum(0, i) + r * (sum(2, i) - sum(0, i))) << n;
        ASSERT_EQ(uq[i], product(0, i) + r * (product(2, i) - product(0, i))) << n;
      }
      quad_terms(v, n, to);
      for (std::size_t i = 0; i < n; ++i) {
        const F s[4] = {v[0][i] + v[1][i], v[2][i] + v[3][i], v[4][i] + v[5][i], v[6][i] + v[7][i]};
        const F m[4] = {v[0][i] * v[1][i], v[2][i] * v[3][i], v[4][i] * v[5][i], v[6][i] * v[7][i]};
        ASSERT_EQ(out[0][i], s[0] + s[2]) << n;
        ASSERT_EQ(out[1][i], m[0] + m[2] + s[0] * s[2]) << n;
        ASSERT_EQ(out[2][i], s[0] * m[2] + s[2] * m[0]) << n;
        ASSERT_EQ(out[3][i], m[0] * m[2]) << n;
        ASSERT_EQ(out[4][i], (s[1] - s[0]) * (s[3] - s[2])) << n;
        ASSERT_EQ(out[5][i], (s[1] - s[0]) * (m[3] - m[2]) + (s[3] - s[2]) * (m[1] - m[0])) << n;
        ASSERT_EQ(out[6][i], (m[1] - m[0]) * (m[3] - m[2])) << n;
      }
    }
  });
}

TEST(Rounds, LookupDenominators) {
  const std::vector<K> factors = random_elements(4, 1);
  for_every_instruction_set([&] {
    for (const std::size_t n : kSizes) {
      const std::vector<F> a = random_words(n, 2), b = random_words(n, 3), c = random_words(n, 4);
      std::vector<F> small(n);  // at both ends of what is taken for small
      for (std::size_t i = 0; i < n; ++i)
        small[i] = F::from_int(i % 2 ? -(i64{1} << 20) : (i64{1} << 20) - 1 + (i % 5 == 4));
      for (const bool are_small : {false, true})
        for (u32 used = 1; used <= 3; ++used) {
          const F* const columns[] = {a.data(), are_small ? small.data() : b.data(),
                                      are_small ? small.data() : c.data()};
          std::vector<K> q(n);
          lookup_denominators(factors[3], factors.data(), columns, used, n, q.data());
          for (std::size_t i = 0; i < n; ++i) {
            K expected = factors[3] - a[i];
            if (used > 1) expected -= factors[1] * columns[1][i];
            if (used > 2) expected -= factors[2] * columns[2][i];
            ASSERT_EQ(q[i], expected) << n << " " << used;
          }
        }
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
  const std::size_t n = 8192;
  const K t(top, top, top), one(1);
  std::vector<K> rising(2 * n), eq(n, t);  // 0 at X = 0, the largest words at X = 1
  std::fill(rising.begin() + n, rising.end(), t);
  const SplitEq weights{eq.data(), &one, 13};
  for_every_instruction_set([&] {
    std::vector<K> p0(4 * n), w(4 * n), q0(4 * n), q1(4 * n);
    for (std::vector<K>* table : {&p0, &w, &q0, &q1})
      std::copy(rising.begin(), rising.end(), table->begin());
    FractionRound h =
        fraction_first_round({p0.data(), w.data(), q0.data(), q1.data()}, K(), weights, n);
    EXPECT_EQ(h.at0, K());
    EXPECT_EQ(h.square, K(2 * n) * t * t * t);
    for (std::vector<K>* table : {&p0, &w, &q0, &q1})  // bound at 1: the second half counts
      std::copy(rising.begin(), rising.end(), table->begin() + 2 * n);
    h = fraction_next_round({p0.data(), w.data(), q0.data(), q1.data()}, one, weights, n);
    EXPECT_EQ(h.at0, K());
    EXPECT_EQ(h.square, K(2 * n) * t * t * t);
    K cubic[3];
    cubic_round(rising.data(), rising.data(), rising.data(), n, cubic);
    EXPECT_EQ(cubic[0], K());
    EXPECT_EQ(cubic[1], K());
    EXPECT_EQ(cubic[2], K(n) * t * t * t);
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
