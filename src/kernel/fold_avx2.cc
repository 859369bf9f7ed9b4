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
#include "kernel/fold_twin.inc"
// clang-format on

}  // namespace

const Twin& avx2() { return kTwin; }

}  // namespace pedigree::folding
#endif
