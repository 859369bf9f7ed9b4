#include <algorithm>

#include "kernel/fold_twins.h"
#include "kernel/lanes_neon.h"

#ifdef PEDIGREE_NEON_FIELD

#define PEDIGREE_TARGET

namespace pedigree::folding {

namespace {

using Lanes = LanesNeon;

// clang-format off: the loops need the arithmetic before them
#include "kernel/triples.inc"
#include "kernel/fold_lanes.inc"
#include "kernel/fold_twin.inc"
// clang-format on

}  // namespace

const Twin& neon() { return kTwin; }

}  // namespace pedigree::folding
#endif
