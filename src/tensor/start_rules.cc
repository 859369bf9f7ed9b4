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

void seeded_start(u64 seed, u32 parameter, i64 range, std::span<i64> out) noexcept {
  static constexpr u8 domain[] = {'p', 'e', 'd', 'i', 'g', 'r', 'e', 'e', ' ',
                                  's', 't', 'a', 'r', 't', ' ', 'v', '1'};
  for (std::size_t block = 0; 8 * block < out.size(); ++block) {
    Keccak256 hash;
    hash.update(domain);
    hash.update_u64(seed);
    hash.update_u64(parameter);
    hash.update_u64(block);
    const Digest digest = hash.finish();
    for (std::size_t k = 0; k < 8 && 8 * block + k < out.size(); ++k) {
      u32 word = 0;
      for (u32 byte = 4; byte-- > 0;) word = word << 8 | digest.bytes[4 * k + byte];
      out[8 * block + k] =
          static_cast<i64>((u128{word} * (2 * static_cast<u64>(range))) >> 32) - range;
    }
  }
}

}  // namespace pedigree
