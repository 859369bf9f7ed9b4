#include "hash/merkle.h"

namespace pedigree {

Digest merkle_leaf(std::span<const F> words) noexcept {
  Keccak256 h;
  const u8 prefix = 0x00;
  h.update({&prefix, 1});
  for (const F w : words) h.update_u64(w.v);
  return h.finish();
}

Digest merkle_node(const Digest& left, const Digest& right) noexcept {
  u8 block[65] = {0x01};
  std::memcpy(block + 1, left.bytes, 32);
  std::memcpy(block + 33, right.bytes, 32);
  return keccak256(block);
}

Result<void> verify_merkle(const Digest& root, u32 depth, std::span<u64> positions,
                           std::span<Digest> leaves, VerifierTranscript& transcript,
                           u64 index) noexcept {
  // invariant: the first n entries are the known nodes of the current level, ascending
  std::size_t n = positions.size();
  for (u32 level = 0; level < depth; ++level) {
    std::size_t parents = 0;
    for (std::size_t i = 0; i < n; ++parents) {
      const u64 p = positions[i];
      Digest left = leaves[i], right;
      if ((p & 1) == 0 && i + 1 < n && positions[i + 1] == p + 1) {
        right = leaves[i + 1];
        i += 2;
      } else {
        PEDIGREE_LET(sibling, transcript.hint_digest());
        right = sibling;
        if (p & 1) std::swap(left, right);
        i += 1;
      }
      positions[parents] = p >> 1;
      leaves[parents] = merkle_node(left, right);
    }
    n = parents;
  }
  PEDIGREE_CHECK(merkle_path, leaves[0] == root, index);
  return {};
}

}  // namespace pedigree
