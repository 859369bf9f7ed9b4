#include <algorithm>

#include "kernel/fold_twins.h"
#include "kernel/lanes_avx512.h"

#ifdef PEDIGREE_VECTOR_FIELD

#define PEDIGREE_TARGET PEDIGREE_AVX512

namespace pedigree::folding {

namespace {

using Lanes = LanesAvx512;

// clang-format off: the loops need the arithmetic before them
#include "kernel/triples.inc"
#include "kernel/fold_lanes.inc"
#include "kernel/fold_twin.inc"
// clang-format on

}  // namespace

const Twin& avx512() { return kTwin; }

}  // namespace pedigree::folding
#endif
