#include "proof/show.h"

namespace pedigree {

namespace {

constexpr u32 kMaxPointVariables = 34;  // coordinates of the point at which cells are compared

}  // namespace

u32 tally_rounds(const Program& p, const Show& show) noexcept {
  const u32 positions = p.log_positions(p.tensors[show.tensor]);
  return show.is_matrix ? positions : positions + p.tensors[show.tensor].log_features;
}

ShowCost cost_of(const Program& p, const Show& show) noexcept {
  switch (show.kind) {
    case Show::Kind::stated:
    case Show::Kind::hashed:
      return {0, 0, 2, kMaxPointVariables + 1};
    case Show::Kind::tally: {
      const u32 rounds = tally_rounds(p, show);
      return {3 * rounds + 2, 1, 3, kMaxPointVariables + 3.0 * rounds};
    }
    case Show::Kind::apart:
    case Show::Kind::hits:
      break;
  }
  return {};
}

}  // namespace pedigree
