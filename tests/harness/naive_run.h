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

// Fills the trace of a whole run: every committed tensor of the segment, every contraction, the end
// weights.
void naive_run(const Statement& s, const std::vector<i64>& x, const std::vector<i64>& y,
               const Compiled& c, TraceSinks& sinks, const RunLies& lies = {});

}  // namespace pedigree::harness
