#include "harness/cells.h"

#include <algorithm>

namespace pedigree::harness {

namespace {

class Marker {
 public:
  explicit Marker(const Compiled& c) : c_(c), p_(c.program) {
    for (u32 root = 0; root < kNumRoots; ++root) {
      first_[root] = cells_.size();
      for (u64 word = 0; word < message_words(c.layout, root); ++word) {
        // Roots of the dataset and of the end weights outlive the proof: their answers bind every
        // word before the random rows.
        const bool answered = root != kSegmentRoot && word < c.layout.answer_pad[root] + kDegree;
        cells_.push_back({root, word, answered ? CellUse::answered : CellUse::unread});
      }
    }
  }

  std::vector<Cell> marked() {
    for (TensorId t = 0; t < p_.tensors.size(); ++t) {
      if (p_.tensors[t].kind != TensorKind::committed) continue;
      p_.tensors[t].root == Root::segment ? block(c_.layout.tensors[t], CellUse::forced, t)
                                          : records(t);
    }
    for (const Block& b : c_.layout.multiplicities) block(b, CellUse::multiplicity, 0);
    for (const Block& b : c_.layout.end_weights) block(b, CellUse::forced, 0);
    for (u64 i = 0; i < u64{kDegree} * c_.plan.num_pads; ++i)
      cells_[first_[kSegmentRoot] + c_.layout.pads + i].use = CellUse::pad;
    return cells_;
  }

 private:
  void set(const Block& b, u64 index, CellUse use, TensorId t) {
    Cell& cell = cells_[first_[b.root] + b.offset + index];
    cell.use = use;
    cell.tensor = t;
  }

  void block(const Block& b, CellUse use, TensorId t) {
    for (u64 i = 0; i < u64{1} << (b.log_features + b.log_positions); ++i) set(b, i, use, t);
  }

  // A record is read where a step selects it, and there in its live columns only.
  void records(TensorId t) {
    const Block& b = c_.layout.tensors[t];
    const bool one_hot = t == p_.records_y && !p_.zeros.empty();
    for (u32 f = 0; f < 1u << b.log_features; ++f)
      for (u32 n = 0; n < 1u << b.log_positions; ++n) {
        const bool live = f < p_.tensors[t].features;
        const bool selected =
            std::find(c_.selection.begin(), c_.selection.end(), n) != c_.selection.end();
        const CellUse use = live && selected  ? CellUse::forced
                            : live && one_hot ? CellUse::one_hot
                                              : CellUse::ranged;
        set(b, (u64{f} << b.log_positions) + n, use, t);
      }
  }

  const Compiled& c_;
  const Program& p_;
  std::vector<Cell> cells_;
  std::size_t first_[kNumRoots] = {};
};

}  // namespace

const char* use_name(CellUse use) {
  constexpr const char* names[kNumCellUses] = {"forced", "multiplicity", "one_hot", "ranged",
                                               "pad",    "answered",     "unread"};
  return names[static_cast<u8>(use)];
}

std::vector<Cell> cells_of(const Compiled& c) { return Marker(c).marked(); }

Range range_of(const Model& m, const Program& p, TensorId t) {
  const i64 input = i64{1} << m.input_bits, quotient = i64{1} << m.range_bits;
  if (t == p.records_x) return {-input, input - 1};
  return m.loss == Loss::mean_squared ? Range{-quotient, quotient - 1} : Range{0, 1};
}

}  // namespace pedigree::harness
