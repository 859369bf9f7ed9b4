#include <utility>

#include "kernel/lanes_avx2.h"
#include "kernel/ntt_tile.h"

#ifdef PEDIGREE_VECTOR_FIELD

#define PEDIGREE_TARGET PEDIGREE_AVX2

namespace pedigree::ntt {

namespace {

using Lanes = LanesAvx2;
constexpr u32 kMaxLogRadix = 3;

#include "kernel/ntt_tile.inc"

}  // namespace

const Kernel& kernel_avx2() { return kKernel; }

}  // namespace pedigree::ntt
#endif
