#include <algorithm>
#include <cstring>

#include "hash/keccak_lanes.h"
#include "tensor/start.h"

namespace pedigree {

u64 integer_sqrt(u128 n) noexcept {
  u64 root = 0;
  for (int bit = 63; bit >= 0; --bit) {
    const u64 candidate = root | u64{1} << bit;
    if (u128{candidate} * candidate <= n) root = candidate;
  }
  return root;
}

i64 start_range(bool last, u32 frac_w, u32 fan_in) noexcept {
  const u128 scaled = u128{last ? 3u : 6u} << (2 * frac_w);
  return static_cast<i64>(integer_sqrt(scaled / fan_in));
}

void seeded_start(u64 seed, u32 parameter, i64 range, std::span<i64> out, u64 first) noexcept {
  static constexpr u8 domain[] = {'p', 'e', 'd', 'i', 'g', 'r', 'e', 'e', ' ',
                                  's', 't', 'a', 'r', 't', ' ', 'v', '1'};
  constexpr std::size_t kWords = kStartWords;
  static_assert(kWords == sizeof(Digest) / sizeof(u32));
  u64 numbers[kNumberedAtATime];
  Digest digests[kNumberedAtATime];
  for (std::size_t begin = 0; begin < out.size(); begin += kNumberedAtATime * kWords) {
    const std::size_t n = std::min(kNumberedAtATime * kWords, out.size() - begin),
                      blocks = (n + kWords - 1) / kWords;
    for (std::size_t i = 0; i < blocks; ++i) numbers[i] = (first + begin) / kWords + i;
    keccak256_numbered(domain, seed, parameter, {numbers, blocks}, digests);
    for (std::size_t k = 0; k < n; ++k) {
      u32 word;
      std::memcpy(&word, digests[k / kWords].bytes + k % kWords * sizeof word, sizeof word);
      out[begin + k] = static_cast<i64>((u128{word} * (2 * static_cast<u64>(range))) >> 32) - range;
    }
  }
}

}  // namespace pedigree
