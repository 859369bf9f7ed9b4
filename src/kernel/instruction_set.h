// The instruction set of the prover's kernels, which a test can force.
#pragma once

#include "base/instruction_set.h"

namespace pedigree {

// What the kernels use: the widest supported one unless forced.
InstructionSet instruction_set();

// For tests and benchmarks; `set` must be supported. Not to be called while a kernel runs.
void force_instruction_set(InstructionSet set);

}  // namespace pedigree
