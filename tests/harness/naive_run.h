// The program, run the plain way: one loop per definition, in 64-bit integers. Independent of the
// trainer.
#pragma once

#include "proof/prove.h"

namespace pedigree::harness {

// Where a cell lies: tensor, feature, step (0 for tensors over records), and row of the batch or of
// the dataset.
struct CellAt {
  TensorId tensor;
  std::size_t feature, step, row;
};

// A run that deviates somewhere and is honest from there on.
struct RunLies {
  std::function<i64(const CellAt&, i64)> cell;                // what a tensor's cell becomes
  std::function<void(ParameterId, std::vector<i64>&)> start;  // live entries, in * out
};

// The seeded start of a run.
WeightEntries start_weights(const Compiled& c);

// Runs a segment from `start` over the records of all datasets; fills its trace (every committed tensor over samples, every
// contraction), if one is wanted. Returns the weights after its last step.
WeightEntries naive_segment(const CompiledSegment& c, const std::vector<i64>& x,
                            const std::vector<i64>& y, const WeightEntries& start,
                            TraceSinks* sinks, const RunLies& lies = {});

}  // namespace pedigree::harness
