#include "hash/keccak_lanes.h"
#include "hash/merkle.h"

namespace pedigree {

namespace {

// out[i] = Keccak256(prefix || bytes [i size, (i + 1) size)).
void hash_rows(u8 prefix, const u8* data, std::size_t size, std::span<Digest> out) noexcept {
  keccak_lanes::hash_range({data, size, size, prefix, 1}, 0, out.size(), out.data(),
                           widest_supported());
}

}  // namespace

Digest merkle_leaf(std::span<const F> words) noexcept {
  Digest out;
  merkle_leaves_of(words, {&out, 1});
  return out;
}

void merkle_leaves_of(std::span<const F> rows, std::span<Digest> out) noexcept {
  if (out.empty()) return;
  const std::size_t size = rows.size_bytes() / out.size();
  hash_rows(0x00, reinterpret_cast<const u8*>(rows.data()), size, out);
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
  constexpr std::size_t kAtATime = 32;
  Digest pairs[kAtATime][2];
  // invariant: the first n entries are the known nodes of the current level, ascending
  std::size_t n = positions.size();
  for (u32 level = 0; level < depth; ++level) {
    std::size_t parents = 0, hashed = 0;
    const auto hash_pairs = [&]() noexcept {
      hash_rows(0x01, pairs[0][0].bytes, sizeof pairs[0], leaves.subspan(hashed, parents - hashed));
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
