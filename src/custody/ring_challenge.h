// The challenge of a ring signature (custody/ring_signature.h) and its parts.
#pragma once

#include <sodium.h>

#include <initializer_list>
#include <string_view>

#include "hash/keccak.h"

namespace pedigree {

// SHA-512(domain | parts) mod L.
inline Digest scalar_from(std::string_view domain,
                          std::initializer_list<std::span<const u8>> parts) noexcept {
  crypto_hash_sha512_state state;
  crypto_hash_sha512_init(&state);
  crypto_hash_sha512_update(&state, reinterpret_cast<const u8*>(domain.data()), domain.size());
  for (const std::span<const u8> part : parts)
    crypto_hash_sha512_update(&state, part.data(), part.size());
  u8 hash[crypto_hash_sha512_BYTES];
  crypto_hash_sha512_final(&state, hash);
  Digest out;
  crypto_core_ed25519_scalar_reduce(out.bytes, hash);
  sodium_memzero(hash, sizeof hash);
  return out;
}

// Of a place in a ring, little endian.
struct Place {
  explicit Place(std::size_t i) noexcept {
    for (u32 b = 0; b < 4; ++b) bytes[b] = static_cast<u8>(i >> 8 * b);
  }
  u8 bytes[4];
};

// c_{i+1} from the point of place i.
inline Digest next_challenge(const Digest& message, std::size_t i, const Digest& point) noexcept {
  return scalar_from("pedigree ring challenge v1", {message.bytes, Place(i).bytes, point.bytes});
}

inline constexpr Digest kGroupOrder = {{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                                        0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                        0,    0,    0,    0,    0,    0,    0,    0,
                                        0,    0,    0,    0,    0,    0,    0,    0x10}};

// s B + c A; false where A is not in the group, or s or c is 0.
inline bool ring_point(const Digest& s, const Digest& c, const Digest& key,
                       Digest& point) noexcept {
  Digest left, right, none;
  // A neutral product is refused: that of every key of the group with L, and of no other.
  return crypto_scalarmult_ed25519_base_noclamp(left.bytes, s.bytes) == 0 &&
         crypto_scalarmult_ed25519_noclamp(right.bytes, c.bytes, key.bytes) == 0 &&
         crypto_scalarmult_ed25519_noclamp(none.bytes, kGroupOrder.bytes, key.bytes) != 0 &&
         crypto_core_ed25519_add(point.bytes, left.bytes, right.bytes) == 0;
}

}  // namespace pedigree
