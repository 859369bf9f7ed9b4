#include "cli/prove_memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "commit/codeword.h"
#include "iop/fraction_tree.h"

namespace pedigree::cli {

namespace {

// Bytes, measured: the program with its libraries; while a segment is proven, a row of its tables, a cell that
// is looked up, and a leaf of the tree, of a deep one too; what the linear form of a segment keeps until the opening, for a word of
// its message.
constexpr u64 kBase = u64{15} << 20, kTableRow = 28, kColumnCell = 8, kLeaf = 54, kDeepLeaf = 18;
constexpr double kFormWord = 0.25;

u64 words_of(u32 log_rows) noexcept { return u64{1} << (log_rows + kLogRootColumns); }

// What contractions give.
u64 contraction_bytes(const CompiledSegment& s) noexcept {
  u64 cells = 0;
  for (const TensorId t : s.plan.contractions) cells += s.program.cells_there(t);
  return sizeof(F) * cells;
}

// What lookups take from the commitment on, or pullbacks: the columns of their leaves and the tables.
u64 column_bytes(const Vec<Table>& tables, u64 leaves) noexcept {
  u64 rows = 0;
  for (const Table& t : tables) rows += u64{1} << t.log_size;
  return kColumnCell * leaves + kTableRow * rows;
}

// Their tree, as far as it is stored.
u64 fraction_tree_bytes(u32 depth, u64 leaves) noexcept {
  return (depth < kDeepTree ? kLeaf : kDeepLeaf) * leaves;
}

// Operands of contractions and factors of updates that are made from what is committed, and the tables of the sumcheck of contractions.
u64 operand_bytes(const CompiledSegment& s) noexcept {
  const Program& p = s.program;
  u64 bytes = 0;
  for (TensorId t = 0; t < p.tensors.size(); ++t) {
    const Tensor& x = p.tensors[t];
    if (x.kind == TensorKind::committed && x.root == Root::segment) continue;
    bool used = false;
    for (const TensorId z : s.plan.contractions) used = used || p.tensors[z].a == t;
    for (const Update& u : p.updates) used = used || u.a == t || u.d == t;
    if (used) bytes += sizeof(F) * p.cells_there(t);
  }
  for (const TensorId z : s.plan.contractions)
    bytes += 3 * sizeof(K) << (p.tensors[p.tensors[z].a].log_features + p.sizes.log_steps);
  return bytes;
}

// Tables of the sumcheck of products once one variable is bound, with the values of pullbacks. Of a pullback that is no factor
// there are two, of products three.
u64 product_bytes(const CompiledSegment& s) noexcept {
  const Program& p = s.program;
  u64 bytes = 0;
  const auto is_factor = [&](TensorId t) noexcept {
    for (const TensorId x : s.plan.products)
      if (p.tensors[x].kind == TensorKind::product && (p.tensors[x].a == t || p.tensors[x].b == t))
        return true;
    return false;
  };
  for (const TensorId t : s.plan.products) {
    const u64 cells = u64{1} << p.log_size(t);
    if (p.tensors[t].kind == TensorKind::product)
      bytes += 3 * sizeof(K) / 2 * cells;
    else
      bytes += kColumnCell * p.cells_there(t) + (is_factor(t) ? 0 : 2 * sizeof(K) / 2 * cells);
  }
  return bytes;
}

// The most of any moment between the commitment to a segment and its end, besides its message.
u64 proving_bytes(const CompiledSegment& s, u64 codeword) noexcept {
  const Plan& plan = s.plan;
  const u64 lookups =
      contraction_bytes(s) + column_bytes(s.program.tables, plan.num_lookup_leaves) +
      std::max(codeword, fraction_tree_bytes(plan.log_lookups, plan.num_lookup_leaves));
  const u64 pullbacks = column_bytes(s.program.pullback_tables, plan.num_pullback_leaves) +
                        fraction_tree_bytes(plan.log_pullbacks, plan.num_pullback_leaves);
  return std::max({lookups, operand_bytes(s), product_bytes(s), pullbacks});
}

// Known leaves, and the nodes that are made of them.
u64 tree_bytes(u32 log_leaves) noexcept {
  return (sizeof(Digest) << log_leaves) + (sizeof(Digest) << log_leaves) / 2;
}

// A codeword and its tree in the making, or a coset at a time (commit/codeword.h). `held`: the message lies in memory already.
u64 codeword_bytes(u32 log_rows, u64 width, u32 log_inv_rate, bool held,
                   u64 coset_words = kCosetWords) noexcept {
  Encoding e;
  e.columns = static_cast<u32>(width);
  e.log_rows = log_rows;
  e.log_inv_rate = log_inv_rate;
  const u64 matrix = 8 * width << log_rows, leaves = u64{1} << e.log_leaves();
  if (fits_whole(e))
    return (held ? 0 : matrix) + (matrix << log_inv_rate) + 2 * sizeof(Digest) * leaves;
  const u64 blocks = held ? std::min(matrix, 8 * words_of_coset(width << log_rows, coset_words))
                          : 2 * std::min(matrix, 8 * coset_words);
  return blocks + tree_bytes(e.log_leaves());
}

// A level above the roots while later ones are made: the vector, the tree, and a codeword that was made whole.
u64 level_bytes(u32 variables, const Level& level) noexcept {
  Encoding e;
  e.columns = kDegree << level.log_columns;
  e.log_rows = variables - level.log_columns;
  e.log_inv_rate = level.log_inv_rate;
  const u64 matrix = sizeof(K) << variables;
  return matrix + (fits_whole(e) ? matrix << level.log_inv_rate : 0) +
         (2 * sizeof(Digest) << e.log_leaves());
}

// The most of any moment of the opening.
u64 opening_bytes(const OpeningParameters& p, const Compiled& c, u32 num_segments, bool stored,
                  const Room& room) noexcept {
  const u32 rate = p.levels[0].log_inv_rate;
  u64 folded = 0, root = 0;  // all roots with their columns bound; the largest codeword
  for (const DatasetLayout& d : c.data) {  // leaves are known
    folded += 2 * sizeof(K) << d.log_rows;
    root = std::max(root, (2 * words_of(d.log_rows)) + tree_bytes(d.log_rows + rate));
  }
  for (u32 k = 0; k < num_segments && stored; ++k) {
    for (const u32 log_rows : own_heights(c.segments[k].layout)) {
      folded += 2 * sizeof(K) << log_rows;
      root = std::max(
          root, 8 * words_of(log_rows) + codeword_bytes(log_rows, u64{1} << kLogRootColumns, rate,
                                                        true, room.coset_words));
    }
  }
  const u64 row_bytes = sizeof(K) << p.log_rows;
  u64 vectors = 2 * row_bytes;  // g and w
  if (mask_is_apart(p)) {
    root = std::max(root, codeword_bytes(p.log_rows, kDegree, rate, true));
    if (room.keep_mask_leaves) vectors += sizeof(Digest) << (p.log_rows + rate);
  }
  // While roots are folded there is lam too, and instead of g and w the rows of each.
  u64 most = std::max(folded + vectors - row_bytes, vectors + root), before = 0;
  u32 variables = p.log_rows;
  for (u32 l = 1; l < p.num_levels; ++l) {
    const u64 level = level_bytes(variables, p.levels[l]);
    const u64 making =
        codeword_bytes(variables - p.levels[l].log_columns, kDegree << p.levels[l].log_columns,
                       p.levels[l].log_inv_rate, true);
    most = std::max(most, vectors + before + std::max(level, making + (sizeof(K) << variables)));
    if (l == 1) most = std::max(most, vectors + level + root);
    before = level;
    variables -= p.levels[l].log_columns;
  }
  return most;
}

// A trace that is kept: words of the message, most of them small, and what the contractions gave.
u64 trace_bytes(const CompiledSegment& s) noexcept {
  return 5 * segment_words(s.layout) / 2 + contraction_bytes(s);
}

// Of a root that stays in memory until the opening: its codeword and tree, or the hashes of its leaves.
u64 kept_bytes(u32 log_rows, u32 log_inv_rate) noexcept {
  const u64 hashes = sizeof(Digest) << (log_rows + log_inv_rate),
            whole = (8 * words_of(log_rows) << log_inv_rate) + 2 * hashes;
  return whole <= kWholeBytes ? whole : hashes;
}

}  // namespace

u64 prove_memory(const Statement& statement, const Compiled& c, u32 num_segments,
                 const Room& room) noexcept {
  // Not by the number of segments: of a chain that is being cut the first is asked alone.
  const bool stored = c.segments[0].steps < statement.sampling.steps;
  u64 held = kBase, reading = 0;
  u32 tallest = min_file_log_rows(statement.profile);
  for (u32 d = 0; d < c.data.size(); ++d) {
    reading = std::max<u64>(reading, 4 * c.data[d].answer_pad);  // the file beside its rows
    held += 4 * c.data[d].answer_pad;
    tallest = std::max(tallest, c.data[d].log_rows);
  }
  u32 num_roots = num_segments + 1 + static_cast<u32>(c.data.size());
  for (u32 k = 0; k < num_segments; ++k) {
    const OwnHeights heights = own_heights(c.segments[k].layout);
    tallest = std::max(tallest, heights.of[0]);
    num_roots += heights.count;
  }
  OpeningParameters p = opening_parameters(statement.profile, tallest, num_roots);
  p.log_first = c.segments[0].layout.log_rows[kSegmentRoot];
  u64 segment = 0, forms = 0, tracing = 0;
  for (u32 k = 0; k < num_segments; ++k) {
    const CompiledSegment& s = c.segments[k];
    const u64 words = segment_words(s.layout), weights = message_words(s.layout, kEndRoot);
    u64 codeword = 0;
    for (const u32 log_rows : own_heights(s.layout)) {
      codeword =
          std::max(codeword, codeword_bytes(log_rows, u64{1} << kLogRootColumns,
                                            p.levels[0].log_inv_rate, true, room.coset_words));
      if (!stored) held += kept_bytes(log_rows, p.levels[0].log_inv_rate);
    }
    if (room.keep_traces && k > 0 && k + 1 < num_segments) held += trace_bytes(s);
    segment = std::max(segment, sizeof(F) * words + proving_bytes(s, codeword));
    // The message and the weights before; while the run is repeated, those that it began with and ends with as well.
    held += (stored ? 8 : 13) * weights;
    if (!stored) tracing = std::max(tracing, 7 * weights);
    forms += static_cast<u64>(kFormWord * static_cast<double>(words)) + weights;
  }
  held += sizeof(K) << tallest;  // the mask
  return held + std::max({reading, tracing, segment,
                          forms + opening_bytes(p, c, num_segments, stored, room)});
}

Room room_of(const Statement& s, const Compiled& c, u64 most) noexcept {
  constexpr u64 kMostWords = u64{1} << 27;
  const auto peak_of = [&](const Room& r) noexcept {
    return prove_memory(s, c, static_cast<u32>(c.segments.size()), r);
  };
  Room room{kCosetWords, true, false};
  room.keep_mask_leaves = peak_of(room) <= most;
  room.keep_traces = true;
  room.keep_traces = peak_of(room) <= most;
  const u64 peak = peak_of(room);
  while (room.coset_words < kMostWords &&
         peak_of({2 * room.coset_words, room.keep_mask_leaves, room.keep_traces}) <= peak)
    room.coset_words *= 2;
  return room;
}

u64 machine_memory() {
  u64 bytes =
      static_cast<u64>(::sysconf(_SC_PHYS_PAGES)) * static_cast<u64>(::sysconf(_SC_PAGESIZE));
  std::ifstream limit("/sys/fs/cgroup/memory.max");
  if (u64 most = 0; limit >> most) bytes = std::min(bytes, most);  // "max": no limit
  return bytes;
}

}  // namespace pedigree::cli
