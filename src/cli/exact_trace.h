// The trainer's trace of one segment, written where the prover wants it.
#pragma once

#include <functional>

#include "proof/prove.h"
#include "train/exact_run.h"

namespace pedigree::cli {

// Runs the steps of a segment from the weights before it; gives those after it. `sampling` is that of the whole run.
WeightEntries fill_exact_trace(const Statement& statement, const Sampling& sampling,
                               const train::Cells& cells,
                               const std::vector<std::string>& layer_names,
                               const CompiledSegment& segment, WeightEntries before,
                               TraceSinks& sinks, const std::function<void(u32 done)>& progress);

}  // namespace pedigree::cli
