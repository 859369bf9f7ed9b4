// One leaf and one node of a Merkle tree, for tests: written from the header of hash/merkle.h, one state at a time.
#pragma once

#include "hash/merkle.h"

namespace pedigree {

inline Digest merkle_leaf(std::span<const F> words) noexcept {
  Keccak256 h;
  const u8 prefix = 0x00;
  h.update({&prefix, 1});
  for (const F w : words) h.update_u64(w.v);
  return h.finish();
}

inline Digest merkle_node(const Digest& left, const Digest& right) noexcept {
  Keccak256 h;
  const u8 prefix = 0x01;
  h.update({&prefix, 1});
  h.update(left.bytes);
  h.update(right.bytes);
  return h.finish();
}

}  // namespace pedigree
