// The challenge of a ring signature (custody/ring_signature.h) and its parts.
#pragma once

#include <sodium.h>

#include <cstring>

#include "hash/keccak.h"

namespace pedigree {

// c_{i+1} from the point of place i.
inline Digest next_challenge(const Digest& message, u32 i, const Digest& point) noexcept {
  static constexpr char kDomain[] = "pedigree ring challenge v1";
  crypto_hash_sha512_state state;
  crypto_hash_sha512_init(&state);
  crypto_hash_sha512_update(&state, reinterpret_cast<const u8*>(kDomain), sizeof kDomain - 1);
  crypto_hash_sha512_update(&state, message.bytes, sizeof message.bytes);
  u8 place[4];
  std::memcpy(place, &i, sizeof i);
  crypto_hash_sha512_update(&state, place, sizeof place);
  crypto_hash_sha512_update(&state, point.bytes, sizeof point.bytes);
  u8 hash[crypto_hash_sha512_BYTES];
  crypto_hash_sha512_final(&state, hash);
  Digest out;
  crypto_core_ed25519_scalar_reduce(out.bytes, hash);
  return out;
}

// s B + c A, of a key of the group; false where s or c is 0.
inline bool ring_point(const Digest& s, const Digest& c, const Digest& key,
                       Digest& point) noexcept {
  Digest left, right;
  return crypto_scalarmult_ed25519_base_noclamp(left.bytes, s.bytes) == 0 &&
         crypto_scalarmult_ed25519_noclamp(right.bytes, c.bytes, key.bytes) == 0 &&
         crypto_core_ed25519_add(point.bytes, left.bytes, right.bytes) == 0;
}

}  // namespace pedigree
