// The trainer's trace, written where the prover wants it.
#pragma once

#include <functional>

#include "proof/prove.h"
#include "train/exact_run.h"

namespace pedigree::cli {

// Runs all steps of the statement. Returns the weights after the last one: live entries [in][out]
// by ParameterId.
std::vector<std::vector<i64>> fill_exact_trace(const Statement& statement,
                                               const train::Cells& cells,
                                               const std::vector<std::string>& layer_names,
                                               const Compiled& compiled, TraceSinks& sinks,
                                               const std::function<void(u32 done)>& progress);

}  // namespace pedigree::cli
