#include "kernel/fold.h"

#include <gtest/gtest.h>

#include "kernel/testing.h"

namespace pedigree {
namespace {

constexpr std::size_t kSizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 100, 2048, 2049, 9001};

TEST(Fold, Halves) {
  const K r = random_elements(1, 5)[0];
  for_every_instruction_set([&] {
    for (const std::size_t n : kSizes) {
      const std::vector<K> before = random_elements(2 * n);
      std::vector<K> values = before;
      fold_halves(values.data(), n, r);
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_EQ(values[i], (K(1) - r) * before[i] + r * before[n + i]) << n << " " << i;
        ASSERT_EQ(values[n + i], before[n + i]);
      }
    }
  });
}

TEST(Fold, Adjacent) {
  const K r = random_elements(1, 6)[0];
  for_every_instruction_set([&] {
    for (const std::size_t n : kSizes) {
      const std::vector<K> before = random_elements(2 * n);
      std::vector<K> values = before;
      fold_adjacent(values.data(), n, r);
      for (std::size_t i = 0; i < n; ++i)
        ASSERT_EQ(values[i], (K(1) - r) * before[2 * i] + r * before[2 * i + 1]) << n << " " << i;
    }
  });
}

TEST(Fold, AdjacentBase) {
  const K r = random_elements(1, 7)[0];
  for_every_instruction_set([&] {
    for (const std::size_t n : kSizes) {
      const std::vector<F> in = random_words(2 * n);
      std::vector<K> out(n);
      fold_adjacent_base(in.data(), n, r, out.data());
      for (std::size_t i = 0; i < n; ++i)
        ASSERT_EQ(out[i], (K(1) - r) * in[2 * i] + r * in[2 * i + 1]) << n << " " << i;
    }
  });
}

TEST(Fold, AddMultiple) {
  const F r = random_words(1, 9)[0];
  for_every_instruction_set([&] {
    for (const std::size_t n : kSizes) {
      const std::vector<F> in = random_words(n), before = random_words(n, 2);
      std::vector<F> out = before;
      add_multiple(out.data(), in.data(), r, n);
      for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(out[i], before[i] + r * in[i]) << n << " " << i;
    }
  });
}

TEST(Fold, AddWeightedRows) {
  for_every_instruction_set([] {
    for (const std::size_t num_rows : {0, 1, 2, 5, 1025}) {
      const std::size_t n = num_rows > 5 ? 19 : 100;
      const std::vector<F> words = random_words(num_rows * n, 1);
      const std::vector<K> weights = random_elements(num_rows, 2), before = random_elements(n, 3);
      std::vector<const F*> rows;
      for (std::size_t j = 0; j < num_rows; ++j) rows.push_back(words.data() + j * n);
      std::vector<K> out = before;
      add_weighted_rows(rows.data(), weights.data(), num_rows, n, out.data());
      for (std::size_t i = 0; i < n; ++i) {
        K expected = before[i];
        for (std::size_t j = 0; j < num_rows; ++j) expected += weights[j] * words[j * n + i];
        ASSERT_EQ(out[i], expected) << num_rows << " " << i;
      }
    }
  });
}

// Numbers at both ends of what is taken for small, and one that is not small among them.
TEST(Fold, WeightedRowsOfSmallNumbers) {
  constexpr i64 kEdge = i64{1} << 20;
  const std::size_t n = 19;
  for (const i64 odd : {i64{0}, kEdge, -kEdge - 1, i64{1} << 32, -(i64{1} << 32)}) {
    const std::size_t num_rows = 1100;
    std::vector<F> words(num_rows * n);
    for (std::size_t x = 0; x < words.size(); ++x)
      words[x] = F::from_int(x % 3 == 0 ? -kEdge : x % 3 == 1 ? kEdge - 1 : -1);
    words[17 * n + 3] += F::from_int(odd) - words[17 * n + 3];
    const std::vector<K> weights = random_elements(num_rows, 2);
    std::vector<const F*> rows;
    for (std::size_t j = 0; j < num_rows; ++j) rows.push_back(words.data() + j * n);
    for_every_instruction_set([&] {
      std::vector<K> out(n);
      add_weighted_rows(rows.data(), weights.data(), num_rows, n, out.data());
      for (std::size_t i = 0; i < n; ++i) {
        K expected;
        for (std::size_t j = 0; j < num_rows; ++j) expected += weights[j] * words[j * n + i];
        ASSERT_EQ(out[i], expected) << odd << " " << i;
      }
    });
  }
}

// Lazy sums at their bounds: the largest words, more of them than one lazy sum takes.
TEST(Fold, WeightedRowsOfLargestWords) {
  const F top = F() - kOne;
  const std::vector<F> words(9, top);
  const std::vector<const F*> rows(5000, words.data());
  const std::vector<K> weights(rows.size(), K(top, top, top));
  for_every_instruction_set([&] {
    std::vector<K> out(words.size());
    add_weighted_rows(rows.data(), weights.data(), rows.size(), out.size(), out.data());
    for (const K& x : out) EXPECT_EQ(x, K(rows.size()) * K(kOne, kOne, kOne));
  });
}

TEST(Fold, EqTable) {
  const K scale = random_elements(1, 8)[0];
  for_every_instruction_set([&] {
    for (u32 n = 0; n <= 12; ++n) {
      const std::vector<K> point = random_elements(n, n);
      std::vector<K> table(std::size_t{1} << n);
      eq_table(point, scale, table.data());
      for (std::size_t x = 0; x < table.size(); ++x) {
        K expected = scale;
        for (u32 i = 0; i < n; ++i) expected *= (x >> i & 1) != 0 ? point[i] : K(1) - point[i];
        ASSERT_EQ(table[x], expected) << n << " " << x;
      }
    }
  });
}

TEST(Fold, InnerProducts) {
  for_every_instruction_set([] {
    for (const std::size_t n : kSizes) {
      const std::vector<K> a = random_elements(n, 1), b = random_elements(n, 2);
      const std::vector<F> c = random_words(n, 3);
      K sum, sum_base;
      for (std::size_t i = 0; i < n; ++i) {
        sum += a[i] * b[i];
        sum_base += c[i] * b[i];
      }
      ASSERT_EQ(inner_product(a.data(), b.data(), n), sum);
      ASSERT_EQ(inner_product_base(c.data(), b.data(), n), sum_base);
    }
  });
}

// Lazy sums at their bounds: the largest words, more of them than one lazy sum takes.
TEST(Fold, InnerProductsOfLargestWords) {
  const F top = F() - kOne;
  const std::size_t n = 20000;
  const std::vector<K> a(n, K(top, top, top));
  const std::vector<F> b(n, top);
  for_every_instruction_set([&] {
    EXPECT_EQ(inner_product(a.data(), a.data(), n), K(n) * K(F(5), F(4), F(3)));
    EXPECT_EQ(inner_product_base(b.data(), a.data(), n), K(n) * K(kOne, kOne, kOne));
  });
}

}  // namespace
}  // namespace pedigree
