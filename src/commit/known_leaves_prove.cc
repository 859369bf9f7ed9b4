#include <algorithm>

#include "commit/known_leaves.h"
#include "kernel/keccak_many.h"
#include "kernel/ntt_rows.h"
#include "kernel/parallel.h"

namespace pedigree {

namespace {

constexpr std::size_t kColumnsAtATime = 16;  // of a message that is not in memory

// out: columns [first, first + n) of the matrix, row by row. Rows that lie together in what the message is made from are read together.
void copy_columns(const Encoding& e, std::size_t first, std::size_t n, F* out) {
  const u64 rows = u64{1} << e.log_rows, near = std::max<u64>(1, e.message.stride() / e.columns);
  parallel_for(std::min(near, rows), 1, [&](std::size_t begin, std::size_t end) {
    std::vector<F> scratch(n);
    for (u64 residue = begin; residue < end; ++residue)
      for (u64 y = residue; y < rows; y += near)
        std::copy_n(e.message.run(y * e.columns + first, n, scratch.data()), n, out + y * n);
  });
}

}  // namespace

std::vector<F> codeword_rows(const Encoding& e, std::span<const u64> positions) {
  const std::size_t width = e.width(), n = positions.size();
  std::vector<F> rows(n * width), part(n * e.columns);
  const auto place = [&](const F* words, std::size_t columns, std::size_t first) {
    encode_rows_at(words, e.log_rows, columns, e.log_inv_rate, positions, part.data());
    for (std::size_t i = 0; i < n; ++i)
      std::copy_n(part.data() + i * columns, columns, rows.data() + i * width + first);
  };
  if (e.message.is_held()) {
    place(e.message.held().data(), e.columns, 0);
  } else {
    std::vector<F> some(std::min<std::size_t>(kColumnsAtATime, e.columns) << e.log_rows);
    for (std::size_t first = 0; first < e.columns; first += kColumnsAtATime) {
      const std::size_t count = std::min(kColumnsAtATime, e.columns - first);
      copy_columns(e, first, count, some.data());
      place(some.data(), count, first);
    }
  }
  part.resize(n * kDegree);
  if (!e.mask.empty()) place(e.mask[0].c, kDegree, e.columns);
  return rows;
}

std::optional<Digest> open_known_leaves(const Encoding& e, KnownLeaves leaves,
                                        std::span<const u64> positions, ProverTranscript& t,
                                        const Digest* root) {
  const std::size_t count = num_leaves(leaves.hashes);
  if (count != std::size_t{1} << e.log_leaves()) return std::nullopt;
  const auto are_theirs = [&](const std::vector<F>& rows) {
    if (rows.size() != positions.size() * e.width()) return false;
    std::vector<Digest> hashes(positions.size());
    merkle_leaves(reinterpret_cast<const u64*>(rows.data()), e.width(), hashes.size(),
                  hashes.data());
    for (std::size_t i = 0; i < positions.size(); ++i)
      if (!(hashes[i] == leaves.hashes[positions[i]])) return false;
    return true;
  };
  std::vector<F> rows = leaves.rows ? leaves.rows(positions) : std::vector<F>();
  if (!are_theirs(rows)) rows = codeword_rows(e, positions);
  if (!are_theirs(rows)) return std::nullopt;
  if (root == nullptr) {
    t.hint_elements(rows);
    return open_merkle(std::move(leaves.hashes), positions, t);
  }
  leaves.hashes.resize(count);
  const MerkleTree tree(std::move(leaves.hashes));
  if (!(tree.root() == *root)) return std::nullopt;
  t.hint_elements(rows);
  tree.open(positions, t);
  return *root;
}

Digest open_leaves_or_codeword(const Encoding& e, KnownLeaves leaves,
                               std::span<const u64> positions, ProverTranscript& t, u64 coset_words,
                               const Digest* root) {
  const std::optional<Digest> known = open_known_leaves(e, std::move(leaves), positions, t, root);
  return known ? *known : open_codeword(e, positions, t, coset_words);
}

}  // namespace pedigree
