#include "kernel/lanes_avx512.h"
#include "kernel/rounds_twins.h"

#ifdef PEDIGREE_VECTOR_FIELD

#define PEDIGREE_TARGET PEDIGREE_AVX512

namespace pedigree::rounds {

namespace {

using Lanes = LanesAvx512;

// clang-format off: the loops need the arithmetic before them
#include "kernel/triples.inc"
#include "kernel/rounds_lanes.inc"
#include "kernel/rounds_twin.inc"
// clang-format on

}  // namespace

const Twin& avx512() { return kTwin; }

}  // namespace pedigree::rounds
#endif
