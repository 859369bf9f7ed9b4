// Keccak-256 of many inputs of one length: the Merkle trees.
#pragma once

#include "hash/keccak.h"

namespace pedigree {

// out[i] = keccak256(in + i * stride, len), i < n.
void keccak256_many(const u8* in, std::size_t stride, std::size_t len, std::size_t n, Digest* out);

// out[i] = keccak256(0x00 || row i), the row as `words` little-endian words; rows lie one after the
// other.
void merkle_leaves(const u64* rows, std::size_t words, std::size_t n, Digest* out);

// out[i] = keccak256(0x01 || children[2i] || children[2i + 1]), i < n_parents. out and children may
// not overlap.
void merkle_level(const Digest* children, std::size_t n_parents, Digest* out);

}  // namespace pedigree
