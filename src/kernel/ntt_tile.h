// Inside encode_rows: transforms of tiles that fit the cache.
//
//   tile  [copies, stripes, n, kStripe] words: a matrix of n rows, or several of one shape, cut
//         into stripes of one cache line; each stripe is contiguous
//   step  radix R = 2, 4, 8 or 16 on blocks of m rows, decimation in frequency, in registers;
//         with x_i[j] = row j + i m / R of the block, j < m / R, and i' the bits of i reversed,
//           x_i[j] := w_m^(j i') sum over k < R of x_k[j] w_R^(k i')
//         After all steps row y holds the value at w_n^(y reversed). The roots of order 64 and
//         less are powers of two: inside a step only shifts multiply.
#pragma once

#include <vector>

#include "field/f.h"

namespace pedigree::ntt {

inline constexpr std::size_t kStripe = 8;  // words of a cache line

constexpr std::size_t num_stripes(std::size_t words) { return (words + kStripe - 1) / kStripe; }

constexpr std::size_t reverse_bits(std::size_t x, u32 bits) {
  std::size_t r = 0;
  for (u32 i = 0; i < bits; ++i) r |= (x >> i & 1) << (bits - 1 - i);
  return r;
}

struct Step {
  u32 log_radix;
  u32 log_block;            // m = 2^log_block
  std::vector<F> twiddles;  // [m / R - 1, R - 1]: w_m^(j i'), j, i >= 1; none where R <= 8 and m =
                            // 8 R: powers of two
};

struct Plan {
  Plan(u32 log_n, u32 max_log_radix);

  // In one stripe.
  std::size_t butterflies() const;

  u32 log_n;
  std::vector<Step> steps;
};

// n rows of `words` words, the beginnings of two rows `stride` words apart.
template <class Word>
struct Rows {
  Word* data;
  std::size_t stride;
  std::size_t words;
  std::size_t n;
};

// Rows that will be loaded next, fetched into the second-level cache line by line while something
// else is computed.
class Ahead {
 public:
  Ahead() = default;
  // To be fetched in `calls` calls.
  Ahead(const Rows<const F>& rows, std::size_t calls);

  void fetch() {
    for (std::size_t i = 0; i < lines_per_call_ && rows_left_ > 0; ++i) {
      __builtin_prefetch(row_ + line_ * kStripe, 0, 2);
      if (++line_ < lines_per_row_) continue;
      line_ = 0;
      row_ += stride_;
      --rows_left_;
    }
  }

 private:
  const F* row_ = nullptr;
  std::size_t stride_ = 0, lines_per_row_ = 0, rows_left_ = 0, line_ = 0, lines_per_call_ = 0;
};

inline constexpr u32 kLogSomeRows = 4;
inline constexpr std::size_t kSomeAtATime = 64;  // what this many times 16 rows leave in a cache

// The twin of one instruction set. `scales` has a pointer for each copy: a factor for each row, or null for 1.
struct Kernel {
  u32 max_log_radix;

  // Row y of copy g, y < n := sum over z = y, y + n, ... < rows.n of scales[g][z] * (row z). rows.n is a multiple of n; null where
  // it is n alone.
  void (*load)(const Rows<const F>& rows, std::span<const F* const> scales, std::size_t n,
               u64* tile);
  // On `stripes` stripes in all.
  void (*transform)(const Plan& plan, std::size_t stripes, u64* tile, Ahead& ahead);
  // Row y, words [g words, (g + 1) words) := scales[g][y] * (value of copy g at w_n^y); rows.words
  // is that of one copy.
  void (*store)(const u64* tile, std::span<const F* const> scales, const Rows<F>& rows);
  // For each y2 < count, count <= kSomeAtATime, and i < places.size():
  //   sums[i] += powers[y2][i] * value places[i] of y2
  // The values of y2 are those of the transforms of its 16 rows, each times its scale, for each 16 scales, bits of the index reversed.
  // Its rows are those of y2 = 0, `rows`, but for y2 rows.words words further on.
  void (*add_some)(const Rows<const F>& rows, std::size_t count, std::span<const F> scales,
                   std::span<const std::size_t> places, const F* powers, F* sums);
};

const Kernel& kernel_avx2();
const Kernel& kernel_avx512();
const Kernel& kernel_neon();

// The plain twin of encode_rows.
void encode_rows_plain(const F* message, u32 log_rows, std::size_t width, u32 log_inv_rate, F* out);

}  // namespace pedigree::ntt
