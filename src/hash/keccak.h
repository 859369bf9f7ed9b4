// Keccak-256 with the original padding (0x01 ... 0x80), as on Ethereum: the one hash of transcript, trees and seeds.
//
//   source  The Keccak reference 3.0 (Bertoni, Daemen, Peeters, Van Assche), rate 1088, capacity 512
#pragma once

#include <cstring>

#include "base/types.h"

namespace pedigree {

struct Digest {
  u8 bytes[32] = {};
  friend bool operator==(const Digest& a, const Digest& b) noexcept {
    return std::memcmp(a.bytes, b.bytes, 32) == 0;
  }
  friend bool operator<(const Digest& a, const Digest& b) noexcept {
    return std::memcmp(a.bytes, b.bytes, 32) < 0;
  }
};

inline constexpr std::size_t kKeccakRate = 136;  // bytes absorbed by one permutation

void keccak_f1600(u64 state[25]) noexcept;

// Incremental: update() any number of times, then finish() once.
class Keccak256 {
 public:
  void update(std::span<const u8> data) noexcept;
  void update_u64(u64 x) noexcept;  // eight bytes, little endian
  Digest finish() noexcept;

 private:
  u64 state_[25] = {};
  std::size_t at_ = 0;
};

Digest keccak256(std::span<const u8> data) noexcept;

}  // namespace pedigree
