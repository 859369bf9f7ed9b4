#include "proof/layout.h"

namespace pedigree {

namespace {

constexpr u64 align_up(u64 x, u64 size) noexcept { return (x + size - 1) / size * size; }

struct Item {
  u32 log_size = 0;
  u64* offset = nullptr;
};

// Offsets for all items, largest first, ties in the given order; returns the end.
u64 place(std::span<const Item> items) noexcept {
  u64 at = 0;
  for (u32 log_size = 64; log_size-- > 0;)
    for (const Item& item : items)
      if (item.log_size == log_size) {
        *item.offset = at;
        at += u64{1} << log_size;
      }
  return at;
}

Block block_of(const Program& p, TensorId t) noexcept {
  Block b;
  b.root = p.tensors[t].root == Root::segment ? kSegmentRoot : kDataRoot;
  b.log_features = p.tensors[t].log_features;
  b.log_positions = p.log_positions(p.tensors[t].domain);
  return b;
}

u32 log_words(const Block& b) noexcept { return b.log_features + b.log_positions; }

void place_segment(const Program& p, const Plan& plan, Layout& l, Arena& arena) noexcept {
  Vec<Item> items(arena);
  for (TensorId t = 0; t < p.tensors.size(); ++t) {
    if (p.tensors[t].kind != TensorKind::committed || p.tensors[t].root != Root::segment) continue;
    l.tensors[t] = block_of(p, t);
    items.push_back({log_words(l.tensors[t]), &l.tensors[t].offset});
  }
  for (TableId t = 0; t < p.tables.size(); ++t) {
    l.multiplicities[t].log_positions = p.tables[t].log_size;
    items.push_back({p.tables[t].log_size, &l.multiplicities[t].offset});
  }
  items.push_back({ceil_log2(u64{kDegree} * plan.num_pads), &l.pads});
  l.used_words[kSegmentRoot] = place(items.span());
}

void place_data(const Program& p, Layout& l, Arena& arena) noexcept {
  Vec<Item> items(arena);
  for (const TensorId t : {p.records_x, p.records_y}) {
    l.tensors[t] = block_of(p, t);
    items.push_back({log_words(l.tensors[t]), &l.tensors[t].offset});
  }
  l.answer_pad[kDataRoot] = align_up(place(items.span()), 4);
  l.used_words[kDataRoot] = l.answer_pad[kDataRoot] + kDegree;
}

void place_end(const Program& p, Layout& l, Arena& arena) noexcept {
  Vec<Item> items(arena);
  for (ParameterId w = 0; w < p.parameters.size(); ++w) {
    Block& b = l.end_weights[w];
    b.root = kEndRoot;
    b.log_features = p.parameters[w].log_in;
    b.log_positions = p.parameters[w].log_out;
    items.push_back({log_words(b), &b.offset});
  }
  l.answer_pad[kEndRoot] = align_up(place(items.span()), 4);
  l.used_words[kEndRoot] = l.answer_pad[kEndRoot] + kDegree;
}

void place_lookups(const Program& p, Layout& l, Arena& arena) noexcept {
  Vec<Item> items(arena);
  for (u32 i = 0; i < p.lookups.size(); ++i)
    items.push_back({p.lookups[i].log_size, &l.lookup_offset[i]});
  for (u32 i = 0; i < p.tables.size(); ++i)
    items.push_back({p.tables[i].log_size, &l.table_offset[i]});
  place(items.span());
}

// The smallest number of rows that holds `words` and the random rows.
u32 rows_for(u64 words, const OpeningParameters& o) noexcept {
  const u64 columns = u64{1} << o.levels[0].log_columns;
  u32 log_rows = kMinLogRows;
  while (((u64{1} << log_rows) - hiding_rows(o)) * columns < words ||
         (u64{1} << log_rows) < hiding_rows(o))
    ++log_rows;
  return log_rows;
}

}  // namespace

u64 message_words(const Layout& l, u32 root) noexcept {
  return u64{1} << (l.log_rows[root] + l.opening.levels[0].log_columns);
}

Result<Layout> make_layout(const Program& p, const Plan& plan, Profile profile,
                           Arena& arena) noexcept {
  Layout l;
  l.tensors = Vec<Block>(arena, p.tensors.size());
  l.multiplicities = Vec<Block>(arena, p.tables.size());
  l.end_weights = Vec<Block>(arena, p.parameters.size());
  l.lookup_offset = Vec<u64>(arena, p.lookups.size());
  l.table_offset = Vec<u64>(arena, p.tables.size());
  place_segment(p, plan, l, arena);
  place_data(p, l, arena);
  place_end(p, l, arena);
  place_lookups(p, l, arena);
  // The segment's root has the most rows: it carries the mask.
  for (u32 log_rows = kMinLogRows; log_rows <= kMaxLogRows; ++log_rows) {
    l.opening = opening_parameters(profile, log_rows, kNumRoots);
    if (l.opening.num_levels == 0 || hiding_rows(l.opening) > (1u << log_rows) / 2) continue;
    bool fits = true;
    for (u32 root = 0; root < kNumRoots; ++root) {
      l.log_rows[root] = root == kSegmentRoot ? log_rows : rows_for(l.used_words[root], l.opening);
      fits = fits && rows_for(l.used_words[root], l.opening) <= log_rows;
      l.live_words[root] =
          message_words(l, root) - (u64{hiding_rows(l.opening)} << l.opening.levels[0].log_columns);
    }
    if (fits) return l;
  }
  return refuse(Check::statement_size, 0);
}

}  // namespace pedigree
