#include "kernel/lanes_neon.h"
#include "kernel/rounds_twins.h"

#ifdef PEDIGREE_NEON_FIELD

#define PEDIGREE_TARGET

namespace pedigree::rounds {

namespace {

using Lanes = LanesNeon;

// clang-format off: the loops need the arithmetic before them
#include "kernel/triples.inc"
#include "kernel/rounds_lanes.inc"
// clang-format on

}  // namespace

const Twin& neon() {
  static constexpr Twin twin{first_fraction, next_fraction, layer,         denominators, leaf_layer,
                             leaf_round,     leaf_bind,     first_product, next_product, unit_layer,
                             column_bind,    pair_terms,    line_terms,    quad_terms,   pair_bind,
                             quad_layer,     cubic,         add_scaled,    multiply};
  return twin;
}

}  // namespace pedigree::rounds
#endif
