#include "kernel/instruction_set.h"

#include <atomic>

#include "base/require.h"

namespace pedigree {

namespace {

InstructionSet widest() {
  if (supported(InstructionSet::avx512)) return InstructionSet::avx512;
  return supported(InstructionSet::avx2) ? InstructionSet::avx2 : InstructionSet::plain;
}

std::atomic<InstructionSet>& current() {
  static std::atomic<InstructionSet> set{widest()};
  return set;
}

}  // namespace

bool supported(InstructionSet set) {
  if (set == InstructionSet::plain) return true;
#if defined(__x86_64__) && !defined(PEDIGREE_TOY_FIELD)
  if (set == InstructionSet::avx2)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
  return supported(InstructionSet::avx2) && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512ifma");
#else
  return false;
#endif
}

InstructionSet instruction_set() { return current(); }

void force_instruction_set(InstructionSet set) {
  PEDIGREE_REQUIRE(supported(set), "this machine lacks the instruction set");
  current() = set;
}

}  // namespace pedigree
