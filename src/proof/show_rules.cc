#include "proof/apart.h"

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
    case Show::Kind::apart: {
      const ApartPlaces places = place_apart(p, show);
      // A root of z (U A + V B - 1), whose degree is one more where a side has no rows; tau; then layers.
      ShowCost cost = {2, places.depth + 1, places.depth + 1,
                       static_cast<double>(places.sides[0].rows + places.sides[1].rows) + 2};
      for (u32 j = 1; j < places.depth; ++j) {
        cost.pads += 2 * j + 2;
        cost.numerator += 2.0 * j + 1;
      }
      return cost;
    }
    case Show::Kind::hits:
      return {0, 0, 1, kMaxPointVariables + static_cast<double>(show.hits.size())};
  }
  return {};
}

}  // namespace pedigree
