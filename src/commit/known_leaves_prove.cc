#include <algorithm>

#include "commit/known_leaves.h"
#include "kernel/ntt_rows.h"

namespace pedigree {

std::vector<F> codeword_rows(const Encoding& e, std::span<const u64> positions) {
  const std::size_t width = e.width(), n = positions.size();
  std::vector<F> rows(n * width), part(n * e.columns);
  const auto place = [&](const F* words, std::size_t columns, std::size_t first) {
    encode_rows_at(words, e.log_rows, columns, e.log_inv_rate, positions, part.data());
    for (std::size_t i = 0; i < n; ++i)
      std::copy_n(part.data() + i * columns, columns, rows.data() + i * width + first);
  };
  place(e.message.held().data(), e.columns, 0);
  part.resize(n * kDegree);
  if (!e.mask.empty()) place(e.mask[0].c, kDegree, e.columns);
  return rows;
}

std::optional<Digest> open_known_leaves(const Encoding& e, std::vector<Digest> leaves,
                                        std::span<const u64> positions, ProverTranscript& t) {
  if (leaves.size() != std::size_t{1} << e.log_leaves()) return std::nullopt;
  const std::vector<F> rows = codeword_rows(e, positions);
  for (std::size_t i = 0; i < positions.size(); ++i)
    if (!(merkle_leaf(std::span<const F>(rows).subspan(i * e.width(), e.width())) ==
          leaves[positions[i]]))
      return std::nullopt;
  t.hint_elements(rows);
  return open_merkle(std::move(leaves), positions, t);
}

}  // namespace pedigree
