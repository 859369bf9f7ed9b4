#include <algorithm>

#include "kernel/fold_twins.h"
#include "kernel/lanes_avx2.h"

#ifdef PEDIGREE_VECTOR_FIELD

#define PEDIGREE_TARGET PEDIGREE_AVX2

namespace pedigree::folding {

namespace {

using Lanes = LanesAvx2;

// clang-format off: the loops need the arithmetic before them
#include "kernel/triples.inc"
#include "kernel/fold_lanes.inc"
// clang-format on

}  // namespace

const Twin& avx2() {
  static constexpr Twin twin{halves,   adjacent, adjacent_base, spread,
                             multiple, weighted, inner,         inner_base};
  return twin;
}

}  // namespace pedigree::folding
#endif
