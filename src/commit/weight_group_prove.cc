#include <algorithm>

#include "base/give_back.h"
#include "commit/opening.h"
#include "kernel/fold.h"
#include "kernel/parallel.h"

namespace pedigree {

namespace {

// A group of less than this share of entries is kept by them.
constexpr std::size_t kSparse = 4;

void keep_entries(WeightGroup& group, u32 log_columns) {
  std::vector<WeightGroup::Entry> entries;
  for (std::size_t x = 0; x < group.s.size(); ++x)
    if (!group.s[x].is_zero()) entries.push_back({x, group.s[x]});
  const std::size_t columns = std::size_t{1} << log_columns;
  if (group.s.size() <= columns * columns || entries.size() > group.s.size() / kSparse) return;
  group.gram.resize(columns * columns);
  parallel_for(columns, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t a = begin; a < end; ++a)
      for (const WeightGroup::Entry& e : entries)
        group.gram[a * columns + (e.x & (columns - 1))] +=
            group.t[(e.x & ~u64{columns - 1}) + a] * e.s;
  });
  group.entries = std::move(entries);
  give_back(group.s);
  give_back(group.t);
}

}  // namespace

void contract_message(WeightGroup& group, const Words& message, u32 log_columns) {
  group.t.assign(group.s.size(), K());
  constexpr std::size_t kBlock = 256, kPieces = 64;  // read together
  parallel_for(group.t.size(), kBlock, [&](std::size_t begin, std::size_t end) {
    std::vector<F> scratch(kPieces * kBlock);
    std::vector<const F*> rows(kPieces);
    std::vector<K> weights(kPieces);
    for (std::size_t from = begin; from < end; from += kBlock) {
      const std::size_t n = std::min(kBlock, end - from);
      for (std::size_t first = 0; first < group.pieces.size(); first += kPieces) {
        const std::size_t pieces = std::min(kPieces, group.pieces.size() - first);
        for (std::size_t i = 0; i < pieces; ++i) {
          const WeightGroup::Piece& piece = group.pieces[first + i];
          rows[i] = message.run(piece.offset + from, n, scratch.data() + i * kBlock);
          weights[i] = piece.weight;
        }
        add_weighted_rows(rows.data(), weights.data(), pieces, n, group.t.data() + from);
      }
    }
  });
  keep_entries(group, log_columns);
}

void scale_group(WeightGroup& group, const K& by) {
  for (K& x : group.s) x *= by;
  for (WeightGroup::Entry& entry : group.entries) entry.s *= by;
  for (K& x : group.gram) x *= by;
}

K group_value(const WeightGroup& group) {
  K sum;
  for (std::size_t x = 0; x < group.s.size(); ++x) sum += group.t[x] * group.s[x];
  std::size_t columns = 0;
  while (columns * columns < group.gram.size()) ++columns;
  for (std::size_t a = 0; a < columns; ++a) sum += group.gram[a * columns + a];
  return sum;
}

}  // namespace pedigree
