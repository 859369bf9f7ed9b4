// Which twin of a kernel runs. All twins give the same bits; a test forces each one.
#pragma once

#include "base/types.h"

namespace pedigree {

// avx512 is that of Ice Lake and Zen 4: with the 52-bit multiply-add.
enum class InstructionSet : u8 { plain, avx2, avx512 };

// Whether this machine can run it. The toy field has plain kernels only.
bool supported(InstructionSet set);

// What the kernels use: the widest supported one unless forced.
InstructionSet instruction_set();

// For tests and benchmarks; `set` must be supported. Not to be called while a kernel runs.
void force_instruction_set(InstructionSet set);

}  // namespace pedigree
