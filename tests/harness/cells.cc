#include "harness/cells.h"

#include <algorithm>

namespace pedigree::harness {

namespace {

class Marker {
 public:
  explicit Marker(const CompiledSegment& c) : c_(c), p_(c.program) {
    for (u32 root = 0; root < c.layout.num_roots; ++root) {
      first_[root] = cells_.size();
      if (root == kStartRoot && !has_start()) continue;
      // Pushforwards are no part of a witness: they follow from it and the challenges.
      if (root == kPushforwardRoot || (root < kOwnRoots && !c.layout.has(root))) continue;
      for (u64 word = 0; word < message_words(c.layout, root); ++word) {
        // Roots of the dataset and of the end weights outlive the proof: their answers bind every
        // word before the random rows.
        const bool answered = root >= kEndRoot && word < c.layout.answer_pad[root] + kDegree;
        cells_.push_back({root, word, answered ? CellUse::answered : CellUse::unread});
      }
    }
  }

  std::vector<Cell> marked() {
    for (TensorId t = 0; t < p_.tensors.size(); ++t) {
      if (p_.tensors[t].kind != TensorKind::committed) continue;
      if (p_.tensors[t].root == Root::segment) block(c_.layout.tensors[t], CellUse::forced, t);
      if (p_.tensors[t].root == Root::data) records(t);
    }
    for (const Block& b : c_.layout.multiplicities) block(b, CellUse::multiplicity, 0);
    for (Block b : c_.layout.end_weights) {
      block(b, CellUse::forced, 0);
      b.root = kStartRoot;
      if (has_start()) block(b, CellUse::forced, 0);
    }
    for (u64 i = 0; i < u64{kDegree} * c_.plan.num_pads; ++i)
      set(c_.layout.pads, i, CellUse::pad, 0);
    return cells_;
  }

 private:
  void set(const Block& b, u64 index, CellUse use, TensorId t) {
    Cell& cell = cells_[first_[b.root] + b.offset + index];
    cell.use = use;
    cell.tensor = t;
  }

  void block(const Block& b, CellUse use, TensorId t) {
    for (u64 i = 0; i < b.words(); ++i) set(b, i, use, t);
  }

  // A record is read where a step selects it, and there in its live columns only.
  void records(TensorId t) {
    const Block& b = c_.layout.tensors[t];
    const Tensor& x = p_.tensors[t];
    const bool one_hot = x.is_label && !p_.zeros.empty();
    u32 first_row = 0;
    for (u32 d = 0; d < x.dataset; ++d) first_row += p_.sizes.records[d];
    for (u32 f = 0; f < x.features; ++f)
      for (u32 n = 0; n < 1u << b.log_positions; ++n) {
        const bool selected = n < p_.sizes.records[x.dataset] &&
                              std::find(c_.selection.begin(), c_.selection.end(), first_row + n) !=
                                  c_.selection.end();
        const CellUse use = selected  ? CellUse::forced
                            : one_hot ? CellUse::one_hot
                                      : CellUse::ranged;
        set(b, (u64{first_column(p_, x) + f} << b.log_positions) + n, use, t);
      }
  }

  // The parameters before the steps are committed.
  bool has_start() const { return !c_.first; }

  const CompiledSegment& c_;
  const Program& p_;
  std::vector<Cell> cells_;
  std::size_t first_[kMaxSegmentRoots] = {};
};

}  // namespace

const char* use_name(CellUse use) {
  constexpr const char* names[kNumCellUses] = {"forced", "multiplicity", "one_hot", "ranged",
                                               "pad",    "answered",     "unread"};
  return names[static_cast<u8>(use)];
}

std::vector<Cell> cells_of(const CompiledSegment& c) { return Marker(c).marked(); }

Range range_of(const Model& m, const Program& p, TensorId t) {
  const i64 input = i64{1} << m.input_bits, quotient = i64{1} << m.range_bits;
  if (!p.tensors[t].is_label) return {-input, input - 1};
  return m.loss == Loss::mean_squared ? Range{-quotient, quotient - 1} : Range{0, 1};
}

}  // namespace pedigree::harness
