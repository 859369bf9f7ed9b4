#include "hash/merkle.h"

#include <gtest/gtest.h>

#include <csetjmp>
#include <random>
#include <set>

#include "hash/merkle_reference.h"

namespace pedigree {
namespace {

struct Killed {
  explicit Killed(Check id) { killed_check = id; }
  ~Killed() { killed_check = Check::none; }
};

std::vector<F> rows_of(std::size_t words, u32 depth) {
  std::mt19937_64 random(depth * 100 + words);
  std::vector<F> rows(words << depth);
  for (F& x : rows) x = F(random());
  return rows;
}

// The tree by recursion.
Digest naive(const std::vector<F>& rows, std::size_t words, u32 level, u64 position) {
  if (level == 0) return merkle_leaf(std::span<const F>(rows).subspan(position * words, words));
  return merkle_node(naive(rows, words, level - 1, 2 * position),
                     naive(rows, words, level - 1, 2 * position + 1));
}

Result<void> judge(const Digest& root, u32 depth, const std::vector<F>& rows, std::size_t words,
                   const std::set<u64>& which, std::span<const u8> proof) {
  std::vector<u64> positions(which.begin(), which.end());
  std::vector<Digest> leaves;
  for (const u64 p : positions)
    leaves.push_back(merkle_leaf(std::span<const F>(rows).subspan(p * words, words)));
  VerifierTranscript t(proof);
  PEDIGREE_TRY(verify_merkle(root, depth, positions, leaves, t, 0));
  return t.finish();
}

TEST(Merkle, EqualsTheNaiveTreeAndOpensAnySet) {
  std::mt19937_64 random(3);
  for (const u32 depth : {0u, 1u, 2u, 5u}) {
    for (const std::size_t words : {1u, 17u, 67u}) {
      const std::vector<F> rows = rows_of(words, depth);
      const MerkleTree tree(rows, words);
      EXPECT_EQ(tree.root(), naive(rows, words, depth, 0));
      for (u32 trial = 0; trial < 8; ++trial) {
        std::set<u64> which;
        for (u32 i = 0; i <= trial; ++i) which.insert(random() & ((u64{1} << depth) - 1));
        ProverTranscript t;
        const std::vector<u64> positions(which.begin(), which.end());
        tree.open(positions, t);
        EXPECT_TRUE(judge(tree.root(), depth, rows, words, which, t.proof()).ok());
        // nothing derivable is sent
        for (std::size_t i = 0; i < t.proof().size(); i += 32)
          for (const u64 p : positions)
            EXPECT_NE(
                std::memcmp(t.proof().data() + i,
                            merkle_leaf(std::span<const F>(rows).subspan(p * words, words)).bytes,
                            32),
                0);
      }
    }
  }
}

TEST(Merkle, RefusesChangedLeavesSiblingsPositionsAndDepth) {
  const std::vector<F> rows = rows_of(4, 4);
  const MerkleTree tree(rows, 4);
  const std::set<u64> which = {1, 6, 7, 12};
  const std::vector<u64> positions(which.begin(), which.end());
  ProverTranscript t;
  tree.open(positions, t);
  const std::vector<u8> proof = t.proof();
  ASSERT_TRUE(judge(tree.root(), 4, rows, 4, which, proof).ok());
  for (std::size_t i = 0; i < proof.size(); ++i) {
    std::vector<u8> bad = proof;
    bad[i] ^= 1;
    EXPECT_EQ(judge(tree.root(), 4, rows, 4, which, bad).why().check, Check::merkle_path);
  }
  for (const u64 p : which) {
    std::vector<F> other = rows;
    other[4 * p + 1] += kOne;
    EXPECT_EQ(judge(tree.root(), 4, other, 4, which, proof).why().check, Check::merkle_path);
  }
  EXPECT_FALSE(judge(tree.root(), 4, rows, 4, {1, 6, 7, 13}, proof).ok());
  EXPECT_FALSE(judge(tree.root(), 3, rows, 4, which, proof).ok());
  EXPECT_FALSE(judge(tree.root(), 5, rows, 4, which, proof).ok());
  const Killed kill(Check::merkle_path);
  std::vector<F> other = rows;
  other[4] += kOne;
  EXPECT_TRUE(judge(tree.root(), 4, other, 4, which, proof).ok());
}

TEST(Merkle, ALeafIsNotAnInnerNode) {
  // Two digests as a leaf of eight words hash to something else than their parent.
  const std::vector<F> rows = rows_of(8, 1);
  const Digest left = merkle_leaf(std::span<const F>(rows).first(8)),
               right = merkle_leaf(std::span<const F>(rows).last(8));
  std::vector<F> words(8);
  std::memcpy(static_cast<void*>(words.data()), left.bytes, 32);
  std::memcpy(static_cast<void*>(words.data() + 4), right.bytes, 32);
  const Digest parent = merkle_node(left, right), leaf = merkle_leaf(words);
  EXPECT_FALSE(parent == leaf);
  std::vector<u8> no_proof;
  VerifierTranscript t(no_proof);
  std::vector<u64> positions = {0};
  std::vector<Digest> leaves = {leaf};
  EXPECT_EQ(verify_merkle(parent, 0, positions, leaves, t, 0).why().check, Check::merkle_path);
}

}  // namespace
}  // namespace pedigree
