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
  Digest point;
  return ring_point(kOne, kOne, key, point);
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
    if (!is_scalar(s) || !is_scalar(c) || !ring_point(s, c, keys[i], point)) return false;
    c = next_challenge(message, i, point);
  }
  return c == begin;
}

}  // namespace pedigree
