#include "train/int_products.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernel/int_tile.h"
#include "kernel/testing.h"

namespace pedigree::train {
namespace {

// Numbers in [-most, most], both ends among them.
std::vector<i64> numbers(std::size_t n, i64 most, u64 seed) {
  std::vector<i64> out(n);
  for (i64& x : out)
    x = static_cast<i64>(next_word(seed) % (2 * static_cast<u64>(most) + 1)) - most;
  out[n / 3] = most;
  out[n / 2] = -most;
  return out;
}

Factors factors(const std::vector<i64>& a, const std::vector<i64>& d) {
  return {a, d, largest_magnitude(a), largest_magnitude(d)};
}

struct Shape {
  u32 in, out, positions;
};
const Shape kShapes[] = {{16, 16, 48}, {17, 33, 49}, {100, 37, 64}, {31, 129, 50}, {256, 40, 128}};

TEST(IntProducts, EqualTheDefinition) {
  for_every_instruction_set([] {
    for (const Shape& s : kShapes)
      for (const i64 bound :
           {i64{100}, (i64{1} << 15) - 1, i64{1} << 15, i64{1} << 21, i64{1} << 28}) {
        const std::vector<i64> whole = numbers(std::size_t{s.in} * s.out, bound, 1);
        const std::vector<double> w(whole.begin(), whole.end());
        for (const bool transposed : {false, true}) {
          const u32 inner = transposed ? s.out : s.in, outputs = transposed ? s.in : s.out;
          const std::vector<i64> a = numbers(std::size_t{inner} * s.positions, 200, 2);
          std::vector<i64> product(std::size_t{outputs} * s.positions, 7);
          const bool done = multiply_weights(w.data(), {s.in, s.out}, static_cast<double>(bound),
                                             transposed, a, s.positions, product);
          ASSERT_EQ(done, int_tile() != nullptr);
          if (!done) continue;
          for (u32 j = 0; j < outputs; ++j)
            for (u32 x = 0; x < s.positions; ++x) {
              i64 sum = 0;
              for (u32 i = 0; i < inner; ++i)
                sum += whole[transposed ? std::size_t{j} * s.out + i : std::size_t{i} * s.out + j] *
                       a[std::size_t{i} * s.positions + x];
              ASSERT_EQ(product[std::size_t{j} * s.positions + x], sum)
                  << s.in << " " << s.out << " " << bound << " " << transposed;
            }
        }
      }
  });
}

TEST(IntProducts, AddWhatTheyShould) {
  for_every_instruction_set([] {
    for (const Shape& s : kShapes) {
      const std::vector<i64> a = numbers(std::size_t{s.in} * s.positions, 3000, 3),
                             d = numbers(std::size_t{s.out} * s.positions, 4000, 4);
      const std::vector<i64> before = numbers(std::size_t{s.in} * s.out, 1 << 20, 5);
      std::vector<double> w(before.begin(), before.end());
      const bool done = add_products(factors(a, d), s.positions, -24, w.data(), {s.in, s.out});
      ASSERT_EQ(done, int_tile() != nullptr);
      if (!done) continue;
      for (u32 i = 0; i < s.in; ++i)
        for (u32 j = 0; j < s.out; ++j) {
          i64 sum = 0;
          for (u32 x = 0; x < s.positions; ++x)
            sum += a[std::size_t{i} * s.positions + x] * d[std::size_t{j} * s.positions + x];
          const std::size_t at = std::size_t{i} * s.out + j;
          ASSERT_EQ(w[at], static_cast<double>(before[at] - 24 * sum));
        }
    }
  });
}

// What might overflow is left to the products in doubles, and nothing is written.
TEST(IntProducts, WideNumbersAreLeftAlone) {
  for_every_instruction_set([] {
    const u32 n = 64, positions = 64;
    const std::vector<i64> narrow = numbers(n * positions, 100, 6),
                           wide = numbers(n * positions, i64{1} << 15, 7),
                           tall = numbers(n * positions, (i64{1} << 15) - 1, 8);
    std::vector<double> w(n * n, 1);
    std::vector<i64> out(n * positions, 7);
    const std::vector<i64> untouched = out;
    const double too_wide = std::ldexp(1.0, 31);
    EXPECT_FALSE(multiply_weights(w.data(), {n, n}, 1, false, wide, positions, out));
    EXPECT_FALSE(multiply_weights(w.data(), {n, n}, too_wide, false, narrow, positions, out));
    EXPECT_FALSE(multiply_weights(w.data(), {n, n}, 32767, true, tall, positions, out));
    EXPECT_FALSE(multiply_weights(w.data(), {n, n}, 1, false, narrow, 32, out));
    EXPECT_FALSE(add_products(factors(wide, narrow), positions, 1, w.data(), {n, n}));
    EXPECT_FALSE(add_products(factors(tall, tall), positions, 1, w.data(), {n, n}));
    EXPECT_EQ(out, untouched);
    EXPECT_EQ(w, std::vector<double>(n * n, 1));
  });
}

}  // namespace
}  // namespace pedigree::train
