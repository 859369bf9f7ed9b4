// Which committed cells a constraint reads, derived from the layout: every word of the roots
// has one use.
#pragma once

#include "harness/clear.h"

namespace pedigree::harness {

enum class CellUse : u8 {
  forced,        // determined by statement and other cells: any other value alone is refused
  multiplicity,  // counts of lookups: likewise, once they are counted
  one_hot,       // label of a record that no step uses: its row holds one 1, wherever it is
  ranged,        // record or padded column that no step uses: any value of its range will do
  pad,           // masks of messages: read by the masked channel only
  answered,      // enters nothing but the out-of-domain answer of its root
  unread,        // enters nothing: gaps, random rows
};
inline constexpr u32 kNumCellUses = 7;
const char* use_name(CellUse use);

struct Cell {
  u32 root = 0;
  u64 word = 0;
  CellUse use = CellUse::unread;
  TensorId tensor = 0;  // forced cells of the segment, and cells of the dataset
};

// The words of all roots, in order.
std::vector<Cell> cells_of(const CompiledSegment& c);

// Bounds of a ranged cell, both included.
struct Range {
  i64 low, high;
};
Range range_of(const Model& m, const Program& p, TensorId tensor);

}  // namespace pedigree::harness
