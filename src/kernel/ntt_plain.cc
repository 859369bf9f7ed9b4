#include <algorithm>
#include <utility>

#include "kernel/ntt_tile.h"
#include "kernel/parallel.h"

namespace pedigree::ntt {

namespace {

// In place, natural order in, bit-reversed order out; data has 2^log_n rows of `width` words.
void transform(F* data, u32 log_n, std::size_t width) {
  const std::size_t n = std::size_t{1} << log_n;
  for (u32 level = log_n; level > 0; --level) {
    const std::size_t half = std::size_t{1} << (level - 1);
    const F root = root_of_unity(level);
    parallel_for(n / 2, 64, [=](std::size_t begin, std::size_t end) {
      F w = power(root, begin % half);
      for (std::size_t b = begin; b < end; ++b, w *= root) {
        if (b % half == 0) w = kOne;
        F* lower = data + (b / half * 2 * half + b % half) * width;
        F* upper = lower + half * width;
        for (std::size_t i = 0; i < width; ++i) {
          const F x = lower[i], y = upper[i];
          lower[i] = x + y;
          upper[i] = (x - y) * w;
        }
      }
    });
  }
}

}  // namespace

void encode_rows_plain(const F* message, u32 log_rows, std::size_t width, u32 log_inv_rate,
                       F* out) {
  const u32 log_n = log_rows + log_inv_rate;
  const std::size_t n = std::size_t{1} << log_n;
  std::fill(std::copy(message, message + (width << log_rows), out), out + n * width, F());
  transform(out, log_n, width);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t j = reverse_bits(i, log_n);
    if (i < j) std::swap_ranges(out + i * width, out + (i + 1) * width, out + j * width);
  }
}

}  // namespace pedigree::ntt
