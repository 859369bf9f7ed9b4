// Inference: what committed weights answer to inputs.
//
//   inputs   samples by features, integers as records have them (|x| < 2^input_bits)
//   outputs  samples by outputs, the scores of the last layer with its frac_q fractional bits
// Each of the two is hidden, hashed, or shown (claim/weights.h). The claim is bound to the caller's context.
//
// The program: inputs in the segment's root, their range unless they are shown, the model's forward pass
// (docs/arithmetic.md), the range of the scores; a salt for each hashed matrix; the range of the weights if it is shown.
#pragma once

#include "claim/cells.h"
#include "claim/claim.h"

namespace pedigree {

struct InferStatement {
  ClaimKind kind = ClaimKind::inference;
  WeightsStatement weights;
  u32 samples = 0;
  using Matrix = CellsStatement;
  Matrix inputs, outputs;
  Context context;
};

template <class Io, class S>
void visit_infer(Io& io, S& s) noexcept {
  io("kind", s.kind);
  visit_weights(io, s.weights);
  io("samples", s.samples);
  visit_cells(io, s.inputs);
  visit_cells(io, s.outputs);
  visit_context(io, s.context);
}

// The tensors of an inference, for who fills them.
struct CompiledInference {
  Compiled file;
  TensorId inputs = 0;
  TensorId input_salt = 0, output_salt = 0;  // where hashed
};
Result<CompiledInference> compile_inference(const InferStatement& s, Arena& arena) noexcept;

std::size_t inference_memory(const InferStatement& s) noexcept;

extern const ClaimRules kInference;

}  // namespace pedigree
