#include "proof/layout.h"

namespace pedigree {

namespace {

constexpr u64 align_up(u64 x, u64 size) noexcept { return (x + size - 1) / size * size; }

// `count` pieces of one size, one behind the other; in the first root unless `root` says in which.
struct Item {
  u32 log_size = 0;
  u64* offset = nullptr;
  u32 count = 1;
  u32* root = nullptr;
};

Item item_of(Block& b) noexcept {
  return {b.log_chunk_features() + b.log_positions, &b.offset, b.chunks.there, &b.root};
}

// The words of a segment's two roots.
struct RootWords {
  u64 first = 0, second = 0;
};

// Offsets for all items, those of the largest pieces first, ties in the given order, each in the first root that has room. `end` takes
// where they end; false where there is no room.
bool place(std::span<const Item> items, const RootWords& room, RootWords& end) noexcept {
  end = {};
  for (u32 log_size = 64; log_size-- > 0;)
    for (const Item& item : items) {
      if (item.log_size != log_size) continue;
      const u64 size = u64{item.count} << log_size;
      const bool fits = end.first + size <= room.first;
      u64& at = fits ? end.first : end.second;
      if (!fits && at + size > room.second) return false;
      if (item.root != nullptr) *item.root = fits ? kSegmentRoot : kSecondRoot;
      *item.offset = at;
      at += size;
    }
  return true;
}

// All in one root; returns the end.
u64 place(std::span<const Item> items) noexcept {
  RootWords end;
  place(items, {~u64{0}, 0}, end);
  return end.first;
}

Block block_of(const Program& p, TensorId t) noexcept {
  Block b;
  b.log_features = p.tensors[t].log_features;
  b.log_positions = p.log_positions(p.tensors[t]);
  b.chunks = chunks_of(p.tensors[t]);
  return b;
}

// What random rows leave of a root.
u64 room_of(u32 log_rows, u32 random_rows) noexcept {
  const u64 rows = u64{1} << log_rows;
  return rows > random_rows ? (rows - random_rows) << kLogRootColumns : 0;
}

// The smallest height that holds `words` and the random rows; 0 where none does.
u32 rows_for(u64 words, u32 random_rows) noexcept {
  for (u32 log_rows = kMinLogRows; log_rows <= kMaxLogRows; ++log_rows)
    if (const u64 room = room_of(log_rows, random_rows); room > 0 && room >= words) return log_rows;
  return 0;
}

// Heights of a segment's two roots, with its items placed in them; false where one root takes no more rows, or the segment is
// none of the long ones.
bool place_in_two(std::span<const Item> items, Profile profile, u32 whole, RootWords& end,
                  u32 (&log_rows)[2]) noexcept {
  const u32 random = fresh_rows(profile);
#ifdef PEDIGREE_HARNESS
  if (split_any_segment) {
    place(items, {end.first / 2, ~u64{0}}, end);
    log_rows[0] = rows_for(end.first, random);
    log_rows[1] = rows_for(end.second, random);
    return true;
  }
#endif
  if (profile != Profile::bulk || whole < kLeastSplitLogRows) return false;
  log_rows[0] = whole - 1;
  for (log_rows[1] = kMinLogRows; log_rows[1] + 2 <= whole; ++log_rows[1])
    if (place(items, {room_of(log_rows[0], random), room_of(log_rows[1], random)}, end))
      return true;
  return false;
}

// Height 0 where no root is large enough.
void place_segment(const Program& p, const Plan& plan, Profile profile, Layout& l,
                   Arena& arena) noexcept {
  Vec<Item> items(arena);
  for (TensorId t = 0; t < p.tensors.size(); ++t) {
    if (p.tensors[t].kind != TensorKind::committed || p.tensors[t].root != Root::segment) continue;
    l.tensors[t] = block_of(p, t);
    items.push_back(item_of(l.tensors[t]));
  }
  for (TableId t = 0; t < p.tables.size(); ++t) {
    l.multiplicities[t].log_positions = p.tables[t].log_size;
    items.push_back(item_of(l.multiplicities[t]));
  }
  l.pads.log_positions = ceil_log2(u64{kDegree} * plan.num_pads);
  items.push_back(item_of(l.pads));

  const u32 random = fresh_rows(profile);
  RootWords end{place(items.span()), 0};
  const u32 whole = rows_for(end.first, random);
  u32 log_rows[2] = {};
  if (!place_in_two(items.span(), profile, whole, end, log_rows)) {
    end = {place(items.span()), 0};
    log_rows[0] = whole;
    log_rows[1] = 0;
  }
  const u64 used[] = {end.first, end.second};
  for (const u32 root : {kSegmentRoot, kSecondRoot}) {
    l.log_rows[root] = log_rows[root];
    l.used_words[root] = used[root];
    l.live_words[root] = log_rows[root] == 0 ? 0 : room_of(log_rows[root], random);
  }
}

void place_pushforwards(const Program& p, Profile profile, Layout& l, Arena& arena) noexcept {
  if (p.pullbacks.empty()) return;
  Vec<Item> items(arena);
  for (u32 i = 0; i < l.pushforwards.size(); ++i) {
    Block& b = l.pushforwards[i];
    b.root = kPushforwardRoot;
    b.log_positions = p.pullback_tables[i / kDegree].log_size;
    items.push_back({b.log_positions, &b.offset});
  }
  const u32 random = fresh_rows(profile);
  l.used_words[kPushforwardRoot] = place(items.span());
  l.log_rows[kPushforwardRoot] = rows_for(l.used_words[kPushforwardRoot], random);
  l.live_words[kPushforwardRoot] = room_of(l.log_rows[kPushforwardRoot], random);
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

void place_parameters(const Program& p, Layout& l, Arena& arena) noexcept {
  Vec<Item> items(arena);
  for (ParameterId w = 0; w < p.parameters.size(); ++w) {
    Block& b = l.end_weights[w];
    b.root = kEndRoot;
    b.log_features = p.parameters[w].log_in;
    b.log_positions = p.parameters[w].log_out;
    b.chunks = chunks_of(b.log_features, p.parameters[w].in);
    items.push_back({b.log_chunk_features() + b.log_positions, &b.offset, b.chunks.there});
  }
  l.answer_pad[kEndRoot] = align_up(place(items.span()), 4);
  l.used_words[kEndRoot] = l.answer_pad[kEndRoot] + kDegree;
  l.answer_pad[kStartRoot] = l.answer_pad[kEndRoot];
  l.used_words[kStartRoot] = l.used_words[kEndRoot];
  for (TensorId t = 0; t < p.tensors.size(); ++t) {
    if (p.tensors[t].kind != TensorKind::committed || p.tensors[t].root != Root::start) continue;
    const Block& b = l.end_weights[p.tensors[t].parameter];
    l.tensors[t] = {kStartRoot, b.offset, p.tensors[t].log_features, 0, b.chunks};
  }
}

// The leaves of a fraction tree: of lookups or maps, then of their tables.
template <class Columns>
void place_leaves(const Vec<Columns>& columns, const Vec<Table>& tables, Vec<u64>& offset,
                  Vec<u64>& table_offset, Arena& arena) noexcept {
  Vec<Item> items(arena);
  for (u32 i = 0; i < columns.size(); ++i) items.push_back({columns[i].log_size, &offset[i]});
  for (u32 i = 0; i < tables.size(); ++i) items.push_back({tables[i].log_size, &table_offset[i]});
  place(items.span());
}

}  // namespace

#ifdef PEDIGREE_HARNESS
bool split_any_segment = false;
#endif

Result<Layout> make_layout(const Program& p, const Plan& plan, Profile profile,
                           std::span<const DatasetLayout> data, const Reuse& reuse,
                           Arena& arena) noexcept {
  Layout l;
  l.num_roots = kDataRoot + static_cast<u32>(data.size());
  l.tensors = Vec<Block>(arena, p.tensors.size());
  l.multiplicities = Vec<Block>(arena, p.tables.size());
  l.pushforwards = Vec<Block>(arena, kDegree * p.pullback_tables.size());
  l.end_weights = Vec<Block>(arena, p.parameters.size());
  l.lookup_offset = Vec<u64>(arena, p.lookups.size());
  l.table_offset = Vec<u64>(arena, p.tables.size());
  l.pullback_offset = Vec<u64>(arena, p.pullbacks.size());
  l.pullback_table_offset = Vec<u64>(arena, p.pullback_tables.size());
  place_segment(p, plan, profile, l, arena);
  place_pushforwards(p, profile, l, arena);
  place_parameters(p, l, arena);
  place_data(p, data, l);
  place_leaves(p.lookups, p.tables, l.lookup_offset, l.table_offset, arena);
  place_leaves(p.pullbacks, p.pullback_tables, l.pullback_offset, l.pullback_table_offset, arena);
  for (const u32 root : {kEndRoot, kStartRoot}) {
    const u32 random = reusable_rows(profile, root == kEndRoot ? reuse.end : reuse.start);
    l.log_rows[root] = rows_for(l.used_words[root], random);
    l.live_words[root] = room_of(l.log_rows[root], random);
  }
  for (const u32 root : {kSegmentRoot, kEndRoot, kStartRoot})
    if (l.log_rows[root] == 0) return refuse(Check::statement_size, root);
  return l;
}

}  // namespace pedigree
