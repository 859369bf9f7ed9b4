// Which twin of a kernel runs, of those that this machine has. All twins give the same bits.
#pragma once

#include "base/types.h"

namespace pedigree {

// avx512 is that of Ice Lake and Zen 4: with the 52-bit multiply-add.
enum class InstructionSet : u8 { plain, avx2, avx512, neon };

// What the machine has and this build has kernels for. The toy field has plain kernels only.
struct Features {
  bool avx2 = false, avx512 = false, neon = false;
};

inline Features features() noexcept {
  Features f;
#if defined(__x86_64__) && !defined(PEDIGREE_TOY_FIELD)
  f.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
  f.avx512 = f.avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512ifma");
#elif defined(__aarch64__) && !defined(PEDIGREE_TOY_FIELD)
  f.neon = true;
#endif
  return f;
}

constexpr bool supported(InstructionSet set, Features f) noexcept {
  switch (set) {
    case InstructionSet::plain:
      return true;
    case InstructionSet::avx2:
      return f.avx2;
    case InstructionSet::avx512:
      return f.avx512;
    case InstructionSet::neon:
      return f.neon;
  }
  return false;
}
inline bool supported(InstructionSet set) noexcept { return supported(set, features()); }

constexpr InstructionSet widest(Features f) noexcept {
  return f.neon     ? InstructionSet::neon
         : f.avx512 ? InstructionSet::avx512
         : f.avx2   ? InstructionSet::avx2
                    : InstructionSet::plain;
}
inline InstructionSet widest_supported() noexcept { return widest(features()); }

}  // namespace pedigree
