#include "cli/exact_trace.h"

namespace pedigree::cli {

WeightEntries fill_exact_trace(const Statement& statement, const Sampling& sampling,
                               const train::Cells& cells,
                               const std::vector<std::string>& layer_names,
                               const CompiledSegment& segment, WeightEntries before,
                               TraceSinks& sinks, const std::function<void(u32 done)>& progress) {
  train::Trace trace{sinks.tensors};
  train::ExactRun run(segment.program, statement.model, statement.optimiser, sampling, cells,
                      layer_names, segment.first_step, train::WeightState{std::move(before), {}});
  run.run(segment.first_step + segment.steps, &trace, progress);
  return run.weights().all_entries();
}

}  // namespace pedigree::cli
