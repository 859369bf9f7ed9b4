#include "commit/codeword.h"

#include <gtest/gtest.h>

#include "commit/known_leaves.h"
#include "hash/merkle_reference.h"
#include "kernel/testing.h"
#include "poly/eq.h"

namespace pedigree {
namespace {

// A message in tiles: column by column of what it is made from, as datasets are.
class Tiled : public WordSource {
 public:
  Tiled(const std::vector<F>& words, u64 stride) : words_(words), stride_(stride) {}
  u64 size() const override { return words_.size(); }
  u64 stride() const override { return stride_; }
  void read(u64 begin, std::span<F> out) const override {
    std::copy_n(words_.data() + begin, out.size(), out.data());
  }

 private:
  const std::vector<F>& words_;
  u64 stride_;
};

struct Shape {
  u32 log_rows, log_inv_rate, columns;
  bool masked;
};
constexpr Shape kShapes[] = {
    {6, 2, 8, false}, {6, 2, 8, true}, {9, 1, 64, true}, {4, 4, 3, false}, {7, 0, 5, false}};

std::vector<Digest> whole(const Encoding& e) {
  const Buffer<F> codeword = encode(e);
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < codeword.size(); i += e.width())
    leaves.push_back(merkle_leaf(std::span<const F>(codeword).subspan(i, e.width())));
  return leaves;
}

TEST(Codeword, KnownLeavesOpenAsTheWholeCodewordDoes) {
  for (const Shape& s : kShapes) {
    const std::vector<F> words = random_words(std::size_t{s.columns} << s.log_rows);
    const std::vector<K> mask = random_elements(std::size_t{1} << s.log_rows, 5);
    const Encoding e{words, s.columns, s.masked ? std::span<const K>(mask) : std::span<const K>(),
                     s.log_rows, s.log_inv_rate};
    std::vector<Digest> leaves = whole(e);
    const std::vector<u64> positions = {0, 1, 5, leaves.size() / 2, leaves.size() - 1};
    ProverTranscript expected, sent, nothing;
    const Digest root = open_codeword(e, positions, expected);
    EXPECT_EQ(open_known_leaves(e, {leaves, {}}, positions, sent), root);
    EXPECT_EQ(sent.proof(), expected.proof());
    // Kept rows are read, and made where they are others or missing.
    std::vector<F> rows = codeword_rows(e, positions);
    for (const bool right : {true, false, false}) {
      ProverTranscript t;
      u32 asked = 0;
      const auto kept = [&](std::span<const u64>) {
        ++asked;
        return rows;
      };
      EXPECT_EQ(open_known_leaves(e, {leaves, kept}, positions, t), root) << right;
      EXPECT_EQ(t.proof(), expected.proof()) << right;
      EXPECT_EQ(asked, 1u);
      if (right)
        rows.back() += kOne;
      else
        rows.pop_back();
    }
    // Roots of subtrees are used, and done without where they are others.
    std::vector<Digest> with_roots = leaves;
    EXPECT_EQ(add_subtree_roots(with_roots), root);
    for (const bool right : {true, false}) {
      ProverTranscript t;
      EXPECT_EQ(open_known_leaves(e, {with_roots, {}}, positions, t), root) << right;
      EXPECT_EQ(t.proof(), expected.proof()) << right;
      ProverTranscript held;
      EXPECT_EQ(open_known_leaves(e, {with_roots, {}}, positions, held, &root), root) << right;
      EXPECT_EQ(held.proof(), expected.proof()) << right;
      with_roots.back().bytes[0] ^= 1;
    }
    leaves[5].bytes[0] ^= 1;
    EXPECT_FALSE(open_known_leaves(e, {leaves, {}}, positions, nothing).has_value());
    leaves.pop_back();
    EXPECT_FALSE(open_known_leaves(e, {leaves, {}}, positions, nothing).has_value());
    EXPECT_TRUE(nothing.proof().empty());
  }
}

TEST(Codeword, CosetsOfEverySizeAndOrderGiveTheSameLeaves) {
  for (const Shape& s : kShapes) {
    const std::vector<F> words = random_words(std::size_t{s.columns} << s.log_rows);
    const std::vector<K> mask = random_elements(std::size_t{1} << s.log_rows, 5);
    Encoding e{words, s.columns, s.masked ? std::span<const K>(mask) : std::span<const K>(),
               s.log_rows, s.log_inv_rate};
    const Buffer<F> codeword = encode(e);
    const std::vector<Digest> leaves = whole(e);
    const std::vector<u64> positions = {0, 1, 5, leaves.size() / 2, leaves.size() - 1};
    for (u32 log_stride = 0; log_stride <= s.log_rows; ++log_stride) {
      const Tiled source(words, u64{s.columns} << log_stride);
      e.message = Words(source);
      for (u64 most = e.width(); most <= 2 * (e.width() << s.log_rows); most *= 2) {
        u32 rows_seen = 0;
        const auto check = [&](u64 position, std::span<const F> row) {
          ++rows_seen;
          EXPECT_TRUE(
              std::equal(row.begin(), row.end(),
                         codeword.begin() + static_cast<std::ptrdiff_t>(position * e.width())));
        };
        ASSERT_EQ(leaf_digests(e, most, positions, check), leaves)
            << s.log_rows << " " << log_stride << " " << most;
        EXPECT_EQ(rows_seen, positions.size());
      }
    }
    e.message = words;
    for (const u64 position : positions)
      EXPECT_EQ(codeword_row(e, position),
                std::vector<F>(
                    codeword.begin() + static_cast<std::ptrdiff_t>(position * e.width()),
                    codeword.begin() + static_cast<std::ptrdiff_t>((position + 1) * e.width())));
  }
}

// Past the size that is made whole: 2^21 leaves of 24 words.
TEST(Codeword, OpensALargeOneAsASmallOneSlow) {
  const std::vector<F> words = random_words(std::size_t{24} << 17);
  const Encoding e{words, 24, {}, 17, 4};
  ASSERT_FALSE(fits_whole(e));
  const std::vector<u64> positions = {0, 17, 18, 1 << 20, (1 << 21) - 1};
  ProverTranscript streamed, held;
  const Digest root = open_codeword(e, positions, streamed);
  const Buffer<F> codeword = encode(e);
  const MerkleTree tree(codeword, 24);
  for (const u64 position : positions)
    held.hint_elements(std::span<const F>(codeword).subspan(position * 24, 24));
  tree.open(positions, held);
  EXPECT_EQ(root, tree.root());
  EXPECT_EQ(codeword_root(e), tree.root());
  EXPECT_EQ(std::vector<u8>(streamed.proof().begin(), streamed.proof().end()),
            std::vector<u8>(held.proof().begin(), held.proof().end()));
}

}  // namespace
}  // namespace pedigree
