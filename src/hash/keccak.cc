#include "hash/keccak.h"

#include "hash/keccak_lanes.h"

namespace pedigree {

namespace {

constexpr u32 kRotations[24] = {1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};
constexpr u32 kLanes[24] = {10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                            15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};

constexpr u64 rotate_left(u64 x, u32 n) noexcept { return (x << n) | (x >> (64 - n)); }

}  // namespace

void keccak_f1600(u64 a[25]) noexcept {
  for (const u64 constant : keccak_lanes::kRoundConstants) {
    u64 c[5];
    for (u32 x = 0; x < 5; ++x) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    for (u32 x = 0; x < 5; ++x) {
      const u64 d = c[(x + 4) % 5] ^ rotate_left(c[(x + 1) % 5], 1);
      for (u32 y = 0; y < 25; y += 5) a[x + y] ^= d;
    }
    u64 carried = a[1];
    for (u32 i = 0; i < 24; ++i) {
      const u64 next = a[kLanes[i]];
      a[kLanes[i]] = rotate_left(carried, kRotations[i]);
      carried = next;
    }
    for (u32 y = 0; y < 25; y += 5) {
      for (u32 x = 0; x < 5; ++x) c[x] = a[y + x];
      for (u32 x = 0; x < 5; ++x) a[y + x] = c[x] ^ (~c[(x + 1) % 5] & c[(x + 2) % 5]);
    }
    a[0] ^= constant;
  }
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
