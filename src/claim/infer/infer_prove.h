// Proves an inference (claim/infer/infer.h).
#pragma once

#include "claim/cells_prove.h"
#include "claim/claim_prove.h"
#include "claim/infer/infer.h"

namespace pedigree {

struct InferInput {
  u32 samples = 0;
  std::span<const i32> inputs;  // sample by sample
  Visibility show_inputs = Visibility::shown, show_outputs = Visibility::shown;
  Context context;
  // Runs the model: writes the wanted columns of the trace.
  std::function<void(const CompiledSegment&, TraceSinks&)> fill_trace;
};
struct InferSalts {
  Salt inputs, outputs;
};
struct Inference {
  Proof proof;
  std::vector<i32> outputs;  // sample by sample
  InferSalts salts;          // where hashed: for who is to check the cells
};
// The proof of a whole statement; fill_trace as above. Throws as `prove` does.
Proof prove_infer_statement(
    const CommittedWeights& weights, const InferStatement& statement, const InferSalts& salts,
    const std::function<void(const CompiledSegment&, TraceSinks&)>& fill_trace,
    const ProveOptions& options);
// Throws std::runtime_error as `prove` does, and what fill_trace throws.
Inference prove_inference(const CommittedWeights& weights, const InferInput& input,
                          const ProveOptions& options);

}  // namespace pedigree
