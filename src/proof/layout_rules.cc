#include "proof/layout.h"

namespace pedigree {

namespace {

constexpr u64 align_up(u64 x, u64 size) noexcept { return (x + size - 1) / size * size; }

// `count` pieces of one size, one behind the other.
struct Item {
  u32 log_size = 0;
  u64* offset = nullptr;
  u32 count = 1;
};

// Offsets for all items, those of the largest pieces first, ties in the given order; returns the end.
u64 place(std::span<const Item> items) noexcept {
  u64 at = 0;
  for (u32 log_size = 64; log_size-- > 0;)
    for (const Item& item : items)
      if (item.log_size == log_size) {
        *item.offset = at;
        at += u64{item.count} << log_size;
      }
  return at;
}

Block block_of(const Program& p, TensorId t) noexcept {
  Block b;
  b.log_features = p.tensors[t].log_features;
  b.log_positions = p.log_positions(p.tensors[t]);
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

void place_data(const Program& p, std::span<const DatasetLayout> data, Layout& l) noexcept {
  for (TensorId t = 0; t < p.tensors.size(); ++t) {
    if (p.tensors[t].kind != TensorKind::committed || p.tensors[t].root != Root::data) continue;
    const DatasetLayout& d = data[p.tensors[t].dataset];
    l.tensors[t] = {kDataRoot + p.tensors[t].dataset, 0, d.log_columns, d.log_records};
  }
  for (u32 d = 0; d < data.size(); ++d) {
    const u32 root = kDataRoot + d;
    l.log_rows[root] = data[d].log_rows;
    l.answer_pad[root] = data[d].answer_pad;
    l.live_words[root] = data[d].live_words;
    l.used_words[root] = data[d].answer_pad + kDegree;
  }
}

constexpr u32 kLogMostChunks = 4;

// Leaves out the chunks that hold no live feature.
void cut(Block& b, u32 live) noexcept {
  b.log_chunks = b.log_features < kLogMostChunks ? b.log_features : kLogMostChunks;
  const u64 chunk = u64{1} << b.log_chunk_features();
  b.num_chunks = static_cast<u32>((live + chunk - 1) / chunk);
}

void place_parameters(const Program& p, Layout& l, Arena& arena) noexcept {
  Vec<Item> items(arena);
  for (ParameterId w = 0; w < p.parameters.size(); ++w) {
    Block& b = l.end_weights[w];
    b.root = kEndRoot;
    b.log_features = p.parameters[w].log_in;
    b.log_positions = p.parameters[w].log_out;
    cut(b, p.parameters[w].in);
    items.push_back({b.log_chunk_features() + b.log_positions, &b.offset, b.num_chunks});
  }
  l.answer_pad[kEndRoot] = align_up(place(items.span()), 4);
  l.used_words[kEndRoot] = l.answer_pad[kEndRoot] + kDegree;
  l.answer_pad[kStartRoot] = l.answer_pad[kEndRoot];
  l.used_words[kStartRoot] = l.used_words[kEndRoot];
  for (TensorId t = 0; t < p.tensors.size(); ++t) {
    if (p.tensors[t].kind != TensorKind::committed || p.tensors[t].root != Root::start) continue;
    const Block& b = l.end_weights[p.tensors[t].parameter];
    l.tensors[t] = {kStartRoot, b.offset, p.tensors[t].log_features, 0, b.log_chunks, b.num_chunks};
  }
}

void place_lookups(const Program& p, Layout& l, Arena& arena) noexcept {
  Vec<Item> items(arena);
  for (u32 i = 0; i < p.lookups.size(); ++i)
    items.push_back({p.lookups[i].log_size, &l.lookup_offset[i]});
  for (u32 i = 0; i < p.tables.size(); ++i)
    items.push_back({p.tables[i].log_size, &l.table_offset[i]});
  place(items.span());
}

// The smallest height that holds `words` and the random rows; 0 where none does.
u32 rows_for(u64 words, u32 random_rows) noexcept {
  for (u32 log_rows = kMinLogRows; log_rows <= kMaxLogRows; ++log_rows) {
    const u64 rows = u64{1} << log_rows;
    if (rows > random_rows && ((rows - random_rows) << kLogRootColumns) >= words) return log_rows;
  }
  return 0;
}

}  // namespace

Result<Layout> make_layout(const Program& p, const Plan& plan, Profile profile,
                           std::span<const DatasetLayout> data, const Reuse& reuse,
                           Arena& arena) noexcept {
  Layout l;
  l.num_roots = kDataRoot + static_cast<u32>(data.size());
  l.tensors = Vec<Block>(arena, p.tensors.size());
  l.multiplicities = Vec<Block>(arena, p.tables.size());
  l.end_weights = Vec<Block>(arena, p.parameters.size());
  l.lookup_offset = Vec<u64>(arena, p.lookups.size());
  l.table_offset = Vec<u64>(arena, p.tables.size());
  place_segment(p, plan, l, arena);
  place_parameters(p, l, arena);
  place_data(p, data, l);
  place_lookups(p, l, arena);
  const u32 openings[] = {0, reuse.end, reuse.start};
  for (const u32 root : {kSegmentRoot, kEndRoot, kStartRoot}) {
    const u32 random = reusable_rows(profile, openings[root]);
    l.log_rows[root] = rows_for(l.used_words[root], random);
    if (l.log_rows[root] == 0) return refuse(Check::statement_size, root);
    l.live_words[root] = message_words(l, root) - (u64{random} << kLogRootColumns);
  }
  return l;
}

}  // namespace pedigree
