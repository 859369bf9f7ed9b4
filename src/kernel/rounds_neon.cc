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
#include "kernel/rounds_twin.inc"
// clang-format on

}  // namespace

const Twin& neon() { return kTwin; }

}  // namespace pedigree::rounds
#endif
