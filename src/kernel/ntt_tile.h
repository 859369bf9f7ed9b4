// Inside encode_rows: transforms of tiles that fit the cache.
//
//   tile    [stripes, n, kStripe] words: n rows cut into stripes of one cache line, each stripe contiguous
//   step    radix R = 2, 4, 8 or 16 on blocks of m rows, decimation in frequency, in registers: for j < m / R
//             x_i[j] := (sum over k < R of x_k[j] w_R^(k i')) w_m^(j i'),   x_i[j] = row j + i m / R of the block,
//           i' the bits of i reversed. After all steps row y holds the value at w_n^(y reversed).
//           The roots of order 64 and less are powers of two, so inside a step only shifts multiply.
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
  std::vector<F> twiddles;  // [m / R, R - 1]: w_m^(j i'), i >= 1
};

struct Plan {
  Plan(u32 log_n, u32 max_log_radix);

  u32 log_n;
  std::vector<Step> steps;
};

// The twin of one instruction set.
struct Kernel {
  u32 max_log_radix;

  // tile row y := scale[y] * (source row y), `words` words of it, for y < n; scale null: 1.
  void (*load)(const F* source, std::size_t stride, std::size_t words, std::size_t n, const F* scale, u64* tile);
  void (*transform)(const Plan& plan, std::size_t stripes, u64* tile);
  // destination row y := scale[y] * (value at w_n^y)
  void (*store)(const u64* tile, u32 log_n, std::size_t words, const F* scale, F* destination, std::size_t stride);
};

const Kernel& kernel_avx2();
const Kernel& kernel_avx512();

// The plain twin of encode_rows.
void encode_rows_plain(const F* message, u32 log_rows, std::size_t width, u32 log_inv_rate, F* out);

}  // namespace pedigree::ntt
