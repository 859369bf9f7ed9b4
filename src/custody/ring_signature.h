// A signature by one of several Ed25519 keys that does not tell by which [Abe, Ohkubo, Suzuki: 1-out-of-n Signatures from a
// Variety of Keys, ASIACRYPT 2002, with a Schnorr key in each place].
//
//   group       that of Ed25519: B of prime order L, keys A_i = a_i B, i < n
//   challenges  c_{i+1} = SHA-512("pedigree ring challenge v1" | message 32 bytes | i u32 | s_i B + c_i A_i) mod L
//   signature   c_0, s_0, ..., s_{n-1}; accepted if c_n = c_0, all A_i lie in the group and no s_i, c_i is 0
//
// The signer j draws s_i for i != j and r, begins behind j with the point r B in the place of s_j B + c_j A_j, and closes the
// ring with s_j = r - c_j a_j. Every s_i is uniform for every j. The keys must be part of what `message` is a digest of.
//
// The group of a key is held against L itself: some versions of libsodium take a sum of a key and a point of order 2 for one of
// the group (CVE-2025-69277).
#pragma once

#include "hash/keccak.h"

namespace pedigree {

// Whether it is the one encoding of a point of order L.
bool is_ring_key(const Digest& key) noexcept;

// `first` is c_0 | s_0, `rest` s_1, ...: one fewer than keys.
bool is_ring_signature(const Digest& message, std::span<const Digest> keys, const u8 (&first)[64],
                       std::span<const Digest> rest) noexcept;

// `secret` is an Ed25519 secret key of libsodium, 64 bytes, whose public key is keys[signer]. Fills `first` and `rest`.
void sign_in_ring(const Digest& message, std::span<const Digest> keys, std::size_t signer,
                  const u8 (&secret)[64], u8 (&first)[64], std::span<Digest> rest);

}  // namespace pedigree
