// Merkle trees of Keccak-256 with one proof for many leaves.
//
//   leaf   Keccak256(0x00 || words, 8 bytes little endian each)       node  Keccak256(0x01 || left || right)
//   tree   2^depth leaves; position p has parent p / 2; the root is the node at depth 0
//   proof  for ascending distinct positions: level by level from the leaves, positions ascending, the sibling of each
//          known node whose sibling is not known itself. Nothing else, so there is one proof for a set of positions.
//
// The prefix keeps a leaf from passing as a node; the depth comes from the caller, never from the proof.
#pragma once

#ifndef PEDIGREE_VERIFIER_ONLY
#include <vector>
#endif

#include "transcript/transcript.h"

namespace pedigree {

// The leaves of out.size() rows that lie one after the other, at least one.
void merkle_leaves_of(std::span<const F> rows, std::span<Digest> out) noexcept;

// Holds the leaf hashes at `positions` (ascending, distinct, below 2^depth, not empty) against `root`. Overwrites both
// arrays. `index` is reported when the path is refused (`merkle_path`).
Result<void> verify_merkle(const Digest& root, u32 depth, std::span<u64> positions,
                           std::span<Digest> leaves, VerifierTranscript& transcript,
                           u64 index) noexcept;

#ifndef PEDIGREE_VERIFIER_ONLY
class MerkleTree {
 public:
  MerkleTree() = default;
  // 2^depth leaves of `words` words each, one after the other.
  MerkleTree(std::span<const F> rows, std::size_t words);
  explicit MerkleTree(std::vector<Digest> leaves);
  const Digest& root() const { return levels_.back()[0]; }
  // Sends the siblings as hints.
  void open(std::span<const u64> positions, ProverTranscript& transcript) const;

 private:
  void grow();
  std::vector<std::vector<Digest>> levels_;  // leaves first
};

// MerkleTree(leaves).open and its root, with no more than two levels in memory. Behind the leaves may stand the roots of
// their subtrees; then only subtrees that hold a position are hashed again. They are not believed: roots that are not
// those of such a subtree are done without.
Digest open_merkle(std::vector<Digest> leaves, std::span<const u64> positions,
                   ProverTranscript& transcript);
// The root alone.
Digest merkle_root(std::vector<Digest> leaves);

// Subtrees of 2^kLogSubtree leaves, in trees of more than that. Puts their roots behind the leaves and returns the root of all.
inline constexpr u32 kLogSubtree = 6;
Digest add_subtree_roots(std::vector<Digest>& leaves);
// How many leaves there are in front of such roots, if there are any.
std::size_t num_leaves(const std::vector<Digest>& leaves);
#endif

}  // namespace pedigree
