#include "base/require.h"
#include "hash/merkle.h"
#include "kernel/keccak_many.h"

namespace pedigree {

MerkleTree::MerkleTree(std::span<const F> rows, std::size_t words) {
  const std::size_t n = rows.size() / words;
  PEDIGREE_REQUIRE(n > 0 && n * words == rows.size() && (n & (n - 1)) == 0,
                   "a tree has a power of two of whole leaves");
  levels_.emplace_back(n);
  merkle_leaves(reinterpret_cast<const u64*>(rows.data()), words, n, levels_[0].data());
  while (levels_.back().size() > 1) {
    std::vector<Digest> parents(levels_.back().size() / 2);
    merkle_level(levels_.back().data(), parents.size(), parents.data());
    levels_.push_back(std::move(parents));
  }
}

void MerkleTree::open(std::span<const u64> positions, ProverTranscript& transcript) const {
  std::vector<u64> known(positions.begin(), positions.end()), parents;
  for (std::size_t level = 0; level + 1 < levels_.size(); ++level) {
    parents.clear();
    for (std::size_t i = 0; i < known.size(); ++i) {
      const u64 p = known[i];
      if ((p & 1) == 0 && i + 1 < known.size() && known[i + 1] == p + 1)
        ++i;
      else
        transcript.hint_digest(levels_[level][p ^ 1]);
      parents.push_back(p >> 1);
    }
    known.swap(parents);
  }
}

}  // namespace pedigree
