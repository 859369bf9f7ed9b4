#include "base/require.h"
#include "hash/merkle.h"
#include "kernel/keccak_many.h"

namespace pedigree {

namespace {

std::vector<Digest> parents_of(const std::vector<Digest>& level) {
  std::vector<Digest> parents(level.size() / 2);
  merkle_level(level.data(), parents.size(), parents.data());
  return parents;
}

// Sends the siblings within one level; `known` becomes the positions of the parents.
void send_siblings(const std::vector<Digest>& level, std::vector<u64>& known,
                   ProverTranscript& transcript) {
  std::vector<u64> parents;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const u64 p = known[i];
    if ((p & 1) == 0 && i + 1 < known.size() && known[i + 1] == p + 1)
      ++i;
    else
      transcript.hint_digest(level[p ^ 1]);
    parents.push_back(p >> 1);
  }
  known.swap(parents);
}

bool is_power_of_two(std::size_t n) { return n > 0 && (n & (n - 1)) == 0; }

}  // namespace

MerkleTree::MerkleTree(std::span<const F> rows, std::size_t words) {
  const std::size_t n = rows.size() / words;
  PEDIGREE_REQUIRE(n * words == rows.size() && is_power_of_two(n),
                   "a tree has a power of two of whole leaves");
  levels_.emplace_back(n);
  merkle_leaves(reinterpret_cast<const u64*>(rows.data()), words, n, levels_[0].data());
  grow();
}

MerkleTree::MerkleTree(std::vector<Digest> leaves) {
  PEDIGREE_REQUIRE(is_power_of_two(leaves.size()), "a tree has a power of two of leaves");
  levels_.push_back(std::move(leaves));
  grow();
}

void MerkleTree::grow() {
  while (levels_.back().size() > 1) levels_.push_back(parents_of(levels_.back()));
}

void MerkleTree::open(std::span<const u64> positions, ProverTranscript& transcript) const {
  std::vector<u64> known(positions.begin(), positions.end());
  for (std::size_t level = 0; level + 1 < levels_.size(); ++level)
    send_siblings(levels_[level], known, transcript);
}

Digest open_merkle(std::vector<Digest> leaves, std::span<const u64> positions,
                   ProverTranscript& transcript) {
  PEDIGREE_REQUIRE(is_power_of_two(leaves.size()), "a tree has a power of two of leaves");
  std::vector<u64> known(positions.begin(), positions.end());
  while (leaves.size() > 1) {
    send_siblings(leaves, known, transcript);
    leaves = parents_of(leaves);
  }
  return leaves[0];
}

Digest merkle_root(std::vector<Digest> leaves) {
  ProverTranscript nothing_opened;
  return open_merkle(std::move(leaves), {}, nothing_opened);
}

}  // namespace pedigree
