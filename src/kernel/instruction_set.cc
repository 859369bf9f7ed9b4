#include "kernel/instruction_set.h"

#include <atomic>

#include "base/require.h"

namespace pedigree {

namespace {

std::atomic<InstructionSet>& current() {
  static std::atomic<InstructionSet> set{widest_supported()};
  return set;
}

}  // namespace

InstructionSet instruction_set() { return current(); }

void force_instruction_set(InstructionSet set) {
  PEDIGREE_REQUIRE(supported(set), "this machine lacks the instruction set");
  current() = set;
}

}  // namespace pedigree
