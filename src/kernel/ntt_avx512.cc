#include <utility>

#include "kernel/lanes_avx512.h"
#include "kernel/ntt_tile.h"

#ifdef PEDIGREE_VECTOR_FIELD

#define PEDIGREE_TARGET PEDIGREE_AVX512

namespace pedigree::ntt {

namespace {

using Lanes = LanesAvx512;
constexpr u32 kMaxLogRadix = 4;

#include "kernel/ntt_tile.inc"

}  // namespace

const Kernel& kernel_avx512() { return kKernel; }

}  // namespace pedigree::ntt
#endif
