#include "hash/keccak.h"

#include "hash/keccak_lanes.h"

namespace pedigree {

namespace {

constexpr u64 rotate_left(u64 x, int n) noexcept { return (x << n) | (x >> ((64 - n) & 63)); }

}  // namespace

// Words have constant places within a round, so they stay in registers as far as there are any.
void keccak_f1600(u64 a[25]) noexcept {
  using keccak_lanes::kRotation, keccak_lanes::kSource;
  u64 s[25];
  std::memcpy(s, a, sizeof s);
#pragma clang loop unroll(disable)
  for (const u64 constant : keccak_lanes::kRoundConstants) {
    u64 c[5], d[5], b[25];
#pragma clang loop unroll(full)
    for (u32 x = 0; x < 5; ++x) c[x] = s[x] ^ s[x + 5] ^ s[x + 10] ^ s[x + 15] ^ s[x + 20];
#pragma clang loop unroll(full)
    for (u32 x = 0; x < 5; ++x) d[x] = c[(x + 4) % 5] ^ rotate_left(c[(x + 1) % 5], 1);
#pragma clang loop unroll(full)
    for (u32 t = 0; t < 25; ++t)
      b[t] = rotate_left(s[kSource[t]] ^ d[kSource[t] % 5], kRotation[t]);
#pragma clang loop unroll(full)
    for (u32 t = 0; t < 25; ++t) {
      const u32 y = t - t % 5;
      s[t] = b[t] ^ (~b[y + (t + 1) % 5] & b[y + (t + 2) % 5]);
    }
    s[0] ^= constant;
  }
  std::memcpy(a, s, sizeof s);
}

void Keccak256::update(std::span<const u8> data) noexcept {
  std::size_t i = 0;
  for (; i < data.size() && at_ % 8 != 0; ++i) {
    state_[at_ / 8] ^= static_cast<u64>(data[i]) << (8 * (at_ % 8));
    if (++at_ == kKeccakRate) keccak_f1600(state_), at_ = 0;
  }
  for (; i + 8 <= data.size(); i += 8) {
    u64 word;
    std::memcpy(&word, data.data() + i, 8);
    state_[at_ / 8] ^= word;
    if ((at_ += 8) == kKeccakRate) keccak_f1600(state_), at_ = 0;
  }
  for (; i < data.size(); ++i, ++at_)
    state_[at_ / 8] ^= static_cast<u64>(data[i]) << (8 * (at_ % 8));
}

void Keccak256::update_u64(u64 x) noexcept {
  u8 bytes[8];
  std::memcpy(bytes, &x, 8);
  update(bytes);
}

Digest Keccak256::finish() noexcept {
  state_[at_ / 8] ^= u64{1} << (8 * (at_ % 8));
  state_[kKeccakRate / 8 - 1] ^= u64{1} << 63;
  keccak_f1600(state_);
  Digest d;
  std::memcpy(d.bytes, state_, 32);
  return d;
}

Digest keccak256(std::span<const u8> data) noexcept {
  Keccak256 h;
  h.update(data);
  return h.finish();
}

}  // namespace pedigree
