#include "kernel/ntt_rows.h"

#include <gtest/gtest.h>

#include "kernel/testing.h"

namespace pedigree {
namespace {

struct Shape {
  u32 log_rows;
  std::size_t width;
  u32 log_inv_rate;
};

std::vector<F> encoded(const std::vector<F>& message, const Shape& s) {
  std::vector<F> out(s.width << (s.log_rows + s.log_inv_rate), F(7));
  encode_rows(message.data(), s.log_rows, s.width, s.log_inv_rate, out.data());
  return out;
}

// The value of column i at omega^j, by Horner's rule.
F evaluated(const std::vector<F>& message, const Shape& s, std::size_t j, std::size_t i) {
  const F x = power(root_of_unity(s.log_rows + s.log_inv_rate), j);
  F sum;
  for (std::size_t y = std::size_t{1} << s.log_rows; y-- > 0;)
    sum = sum * x + message[y * s.width + i];
  return sum;
}

TEST(EncodeRows, EqualsTheDefinition) {
  for_every_instruction_set([] {
    for (u32 log_rows = 0; log_rows <= 3; ++log_rows)
      for (u32 log_inv_rate = 0; log_rows + log_inv_rate <= std::min(5u, kTwoAdicity);
           ++log_inv_rate)
        for (const std::size_t width : {1, 3, 8, 13, 67}) {
          const Shape s{log_rows, width, log_inv_rate};
          const std::vector<F> message = random_words(width << log_rows), out = encoded(message, s);
          for (std::size_t j = 0; j < std::size_t{1} << (log_rows + log_inv_rate); ++j)
            for (std::size_t i = 0; i < width; ++i)
              ASSERT_EQ(out[j * width + i], evaluated(message, s, j, i))
                  << log_rows << " " << log_inv_rate;
        }
  });
}

#ifndef PEDIGREE_TOY_FIELD
// Shapes that take one pass, two passes, and every radix.
TEST(EncodeRows, EqualTwins) {
  std::vector<Shape> shapes = {{10, 67, 2}, {9, 48, 4},  {3, 48, 10}, {13, 3, 2},    {11, 67, 1},
                               {12, 17, 2}, {6, 268, 3}, {15, 2, 1},  {8, 200, 0},   {14, 9, 0},
                               {10, 8, 1},  {1, 64, 9},  {16, 1, 0},  {3, 12001, 0}, {4, 6001, 1}};
  for (u32 log_rows = 4; log_rows <= 12; ++log_rows) shapes.push_back({log_rows, 5, 2});
  for (const Shape& s : shapes) {
    const std::vector<F> message = random_words(s.width << s.log_rows);
    force_instruction_set(InstructionSet::plain);
    const std::vector<F> plain = encoded(message, s);
    const std::size_t j = (std::size_t{1} << (s.log_rows + s.log_inv_rate)) * 5 / 7;
    EXPECT_EQ(plain[j * s.width], evaluated(message, s, j, 0));
    for_every_instruction_set([&] {
      const std::vector<F> fast = encoded(message, s);
      ASSERT_EQ(fast, plain) << s.log_rows << " " << s.width << " " << s.log_inv_rate;
      const u64 size = u64{1} << (s.log_rows + s.log_inv_rate);
      const std::vector<u64> positions = {0, size / 3, size / 2 + 1, size - 1, size * 5 / 7};
      std::vector<F> some(positions.size() * s.width, F(7)), expected;
      for (const u64 k : positions)
        for (std::size_t i = 0; i < s.width; ++i) expected.push_back(plain[k * s.width + i]);
      encode_rows_at(message.data(), s.log_rows, s.width, s.log_inv_rate, positions, some.data());
      ASSERT_EQ(some, expected) << s.log_rows << " " << s.width << " " << s.log_inv_rate;
    });
  }
}
#endif

}  // namespace
}  // namespace pedigree
