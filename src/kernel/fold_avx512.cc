#include "kernel/fold_twins.h"
#include "kernel/lanes_avx512.h"

#ifdef PEDIGREE_VECTOR_FIELD

#define PEDIGREE_TARGET PEDIGREE_AVX512

namespace pedigree::folding {

namespace {

using Lanes = LanesAvx512;

#include "kernel/fold_lanes.inc"

}  // namespace

const Twin& avx512() {
  static constexpr Twin twin{halves, adjacent, adjacent_base, spread};
  return twin;
}

}  // namespace pedigree::folding
#endif
