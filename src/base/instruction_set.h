// Which twin of a kernel runs, of those that this machine has. All twins give the same bits.
#pragma once

#include "base/types.h"

namespace pedigree {

// avx512 is that of Ice Lake and Zen 4: with the 52-bit multiply-add.
enum class InstructionSet : u8 { plain, avx2, avx512, neon };

// Whether this machine can run it. The toy field has plain kernels only.
inline bool supported([[maybe_unused]] InstructionSet set) noexcept {
  if (set == InstructionSet::plain) return true;
#if defined(__x86_64__) && !defined(PEDIGREE_TOY_FIELD)
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
  if (set == InstructionSet::avx2) return has_avx2;
  return has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512ifma");
#elif defined(__aarch64__) && !defined(PEDIGREE_TOY_FIELD)
  return set == InstructionSet::neon;
#else
  return false;
#endif
}

inline InstructionSet widest_supported() noexcept {
  if (supported(InstructionSet::neon)) return InstructionSet::neon;
  if (supported(InstructionSet::avx512)) return InstructionSet::avx512;
  return supported(InstructionSet::avx2) ? InstructionSet::avx2 : InstructionSet::plain;
}

}  // namespace pedigree
