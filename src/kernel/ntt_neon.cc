#include <utility>

#include "kernel/lanes_neon.h"
#include "kernel/ntt_tile.h"

#ifdef PEDIGREE_NEON_FIELD

#define PEDIGREE_TARGET

namespace pedigree::ntt {

namespace {

using Lanes = LanesNeon;
constexpr u32 kMaxLogRadix = 3;

#include "kernel/ntt_tile.inc"

}  // namespace

const Kernel& kernel_neon() { return kKernel; }

}  // namespace pedigree::ntt
#endif
