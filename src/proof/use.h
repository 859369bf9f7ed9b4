// What of its steps and records a run makes use of, by its schedule and its order alone.
//
//   factor of step s   C[T, s] of segment.h: what the gradients of its batch count for in the weights after the last step. It is
//                      c_s times the first term of the response without momentum. Zero: the step is skipped
//   used               a record that lies in the batch of a step that is not skipped
#pragma once

#include "proof/verify.h"

namespace pedigree {

// The factor of each step of a segment. Below 2^42: factors of the schedule have 20 bits, the terms of a response 16, and there
// are 64.
void step_factors(const CompiledSegment& segment, std::span<u64> out, Arena& arena) noexcept;

RunUse use_of(const Statement& s, const Compiled& c, Arena& arena) noexcept;

}  // namespace pedigree
