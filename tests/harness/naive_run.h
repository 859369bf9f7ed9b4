// The program, run the plain way: one loop per definition, in 64-bit integers. Independent of the trainer.
#pragma once

#include "proof/prove.h"

namespace pedigree::harness {

// Fills the trace of a whole run: every committed tensor of the segment, every contraction, the end weights.
void naive_run(const Statement& s, const std::vector<i64>& x, const std::vector<i64>& y, const Compiled& c, TraceSinks& sinks);

}  // namespace pedigree::harness
