// Roots before they are opened: their random rows and masks, their codewords.
#include <sodium.h>

#include "base/require.h"
#include "commit/opening.h"

namespace pedigree {

void fill_hiding_rows(std::span<F> message, const OpeningParameters& p) {
  const std::size_t words = std::size_t{hiding_rows(p)} << p.levels[0].log_columns;
  PEDIGREE_REQUIRE(words <= message.size(), "a root has room for its random rows");
  PEDIGREE_REQUIRE(sodium_init() >= 0, "the system's random source works");
  std::span<F> rows = message.last(words);
  randombytes_buf(rows.data(), rows.size_bytes());
  for (F& x : rows)
    while (x.v >= kModulus) randombytes_buf(&x, sizeof x);
}

std::vector<K> fresh_mask(const OpeningParameters& p) {
  PEDIGREE_REQUIRE(sodium_init() >= 0, "the system's random source works");
  std::vector<K> mask(std::size_t{1} << p.log_rows);
  randombytes_buf(mask.data(), mask.size() * sizeof(K));
  for (K& m : mask)
    for (F& x : m.c)
      while (x.v >= kModulus) randombytes_buf(&x, sizeof x);
  return mask;
}

Encoding root_encoding(const Words& message, std::span<const K> mask, const OpeningParameters& p) {
  const u32 k = p.levels[0].log_columns, log_rows = ceil_log2(message.size()) - k;
  PEDIGREE_REQUIRE(message.size() == u64{1} << (log_rows + k),
                   "a message has a power of two of whole rows");
  PEDIGREE_REQUIRE(mask.empty() || mask.size() == std::size_t{1} << log_rows,
                   "the mask has one element a row");
  return {message, u32{1} << k, mask, log_rows, p.levels[0].log_inv_rate};
}

CommittedRoot commit_root(const Words& message, std::span<const K> mask,
                          const OpeningParameters& p) {
  const Encoding e = root_encoding(message, mask, p);
  CommittedRoot root{e.log_rows, static_cast<u32>(e.width()), encode(e), {}};
  root.tree = MerkleTree(root.codeword, root.width);
  return root;
}

void CommittedRoot::open(std::span<const u64> positions, ProverTranscript& t) const {
  for (const u64 position : positions)
    t.hint_elements(std::span<const F>(codeword).subspan(position * width, width));
  tree.open(positions, t);
}

void HeldRoot::use_masks() {
  PEDIGREE_REQUIRE(!root_.masks_used, "masks are used once");
  root_.masks_used = true;
}

}  // namespace pedigree
