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
  const Columns columns{message.data(), s.width};
  encode_rows({&columns, 1}, s.log_rows, s.log_inv_rate, out.data());
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
// The same from two parts of the columns, and coset by coset, as long as the message and shorter.
void expect_parts_and_cosets(const std::vector<F>& message, const Shape& s,
                             const std::vector<F>& expected) {
  const std::size_t rows = std::size_t{1} << s.log_rows, cosets = std::size_t{1} << s.log_inv_rate,
                    left = s.width / 3;
  std::vector<F> first, second, out(expected.size(), F(7)), coset(rows * s.width, F(7));
  for (std::size_t y = 0; y < rows; ++y)
    for (std::size_t i = 0; i < s.width; ++i)
      (i < left ? first : second).push_back(message[y * s.width + i]);
  const Columns both[2] = {{first.data(), left}, {second.data(), s.width - left}};
  const std::span<const Columns> parts = left == 0 ? std::span(both).last(1) : std::span(both);
  encode_rows(parts, s.log_rows, s.log_inv_rate, out.data());
  ASSERT_EQ(out, expected) << s.log_rows << " " << s.width << " " << s.log_inv_rate;
  for (u32 folds = 0; folds <= std::min(3u, s.log_rows); ++folds) {
    const std::size_t count = cosets << folds, size = rows >> folds;
    for (const std::size_t c : {std::size_t{0}, count / 3, count - 1}) {
      encode_coset(parts, s.log_rows, s.log_inv_rate, s.log_rows - folds, c, coset.data());
      for (std::size_t i = 0; i < size; ++i)
        ASSERT_TRUE(std::equal(coset.data() + i * s.width, coset.data() + (i + 1) * s.width,
                               expected.data() + (c + count * i) * s.width))
            << folds << " " << c << " " << i;
    }
  }
}

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
    expect_parts_and_cosets(message, s, plain);
    const std::size_t j = (std::size_t{1} << (s.log_rows + s.log_inv_rate)) * 5 / 7;
    EXPECT_EQ(plain[j * s.width], evaluated(message, s, j, 0));
    for_every_instruction_set([&] {
      const std::vector<F> fast = encoded(message, s);
      ASSERT_EQ(fast, plain) << s.log_rows << " " << s.width << " " << s.log_inv_rate;
      expect_parts_and_cosets(message, s, plain);
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
