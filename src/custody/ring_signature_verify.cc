#include "custody/ring_challenge.h"
#include "custody/ring_signature.h"

namespace pedigree {

namespace {

// Below the order of the group: the one encoding of a scalar.
bool is_scalar(const Digest& s) noexcept {
  u8 wide[64] = {};
  std::memcpy(wide, s.bytes, sizeof s.bytes);
  Digest reduced;
  crypto_core_ed25519_scalar_reduce(reduced.bytes, wide);
  return reduced == s;
}

}  // namespace

bool is_ring_key(const Digest& key) noexcept {
  constexpr Digest kOne = {{1}};
  constexpr Digest kOrder = {{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                              0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                              0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10}};
  Digest point;
  // A neutral product is refused: that of every key with L, and of no other.
  return crypto_scalarmult_ed25519_noclamp(point.bytes, kOne.bytes, key.bytes) == 0 &&
         crypto_scalarmult_ed25519_noclamp(point.bytes, kOrder.bytes, key.bytes) != 0;
}

bool is_ring_signature(const Digest& message, std::span<const Digest> keys, const u8 (&first)[64],
                       std::span<const Digest> rest) noexcept {
  if (keys.empty() || rest.size() + 1 != keys.size()) return false;
  Digest begin, s;
  std::memcpy(begin.bytes, first, sizeof begin.bytes);
  std::memcpy(s.bytes, first + 32, sizeof s.bytes);
  Digest c = begin;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) s = rest[i - 1];
    Digest point;
    if (!is_ring_key(keys[i]) || !is_scalar(s) || !is_scalar(c) ||
        !ring_point(s, c, keys[i], point))
      return false;
    c = next_challenge(message, static_cast<u32>(i), point);
  }
  return c == begin;
}

}  // namespace pedigree
