#include "hash/keccak_lanes.h"
#include "hash/merkle.h"

namespace pedigree {

namespace {

void hash_all(const keccak_lanes::Messages& messages, std::span<Digest> out) noexcept {
  keccak_lanes::hash_range(messages, 0, out.size(), out.data(), widest_supported());
}

}  // namespace

void merkle_leaves_of(std::span<const F> rows, std::span<Digest> out) noexcept {
  hash_all(keccak_lanes::merkle_leaf_messages(&rows[0].v, rows.size() / out.size()), out);
}

Result<void> verify_merkle(const Digest& root, u32 depth, std::span<u64> positions,
                           std::span<Digest> leaves, VerifierTranscript& transcript,
                           u64 index) noexcept {
  constexpr std::size_t kAtATime = 32;
  Digest pairs[kAtATime][2];
  // invariant: the first n entries are the known nodes of the current level, ascending
  std::size_t n = positions.size();
  for (u32 level = 0; level < depth; ++level) {
    std::size_t parents = 0, hashed = 0;
    const auto hash_pairs = [&]() noexcept {
      hash_all(keccak_lanes::merkle_node_messages(pairs[0]),
               leaves.subspan(hashed, parents - hashed));
      hashed = parents;
    };
    for (std::size_t i = 0; i < n;) {
      const u64 p = positions[i];
      Digest(&pair)[2] = pairs[parents - hashed];
      pair[p & 1] = leaves[i++];
      if ((p & 1) == 0 && i < n && positions[i] == p + 1) {
        pair[1] = leaves[i++];
      } else {
        PEDIGREE_LET(sibling, transcript.hint_digest());
        pair[1 - (p & 1)] = sibling;
      }
      positions[parents++] = p >> 1;
      if (parents - hashed == kAtATime) hash_pairs();
    }
    hash_pairs();
    n = parents;
  }
  PEDIGREE_CHECK(merkle_path, leaves[0] == root, index);
  return {};
}

}  // namespace pedigree
