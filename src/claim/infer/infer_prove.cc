#include "claim/infer/infer_prove.h"

#include <stdexcept>

namespace pedigree {

namespace {

void encode(Encoder& encoder, const InferStatement& s) { visit_infer(encoder, s); }

Result<Compiled> compile(const InferStatement& s, Arena& arena) {
  PEDIGREE_LET(compiled, compile_inference(s, arena));
  return compiled.file;
}

// One inference: first the model runs, for its outputs are part of what is stated; then its trace is proven.
class Inferring {
 public:
  Inferring(const CommittedWeights& weights, const InferInput& input)
      : weights_(weights),
        input_(input),
        memory_(std::size_t{2} * forward_memory(weights.statement.model, input.samples) +
                64 * (input.inputs.size() +
                      std::size_t{input.samples} * weights.statement.model.outputs + 4096)) {}

  Inference run(const ProveOptions& options) {
    s_.weights = weights_.statement;
    s_.samples = input_.samples;
    s_.context = input_.context;
    Inference out;
    Arena& arena = memory_.get();
    s_.inputs = state_cells(input_.show_inputs, input_.inputs, arena);
    s_.outputs.cells = Vec<i32>(arena);
    out.outputs = run_model();
    s_.outputs = state_cells(input_.show_outputs, out.outputs, arena);
    out.salts.inputs = hash_cells(s_.inputs, s_.weights.model.features, input_.inputs);
    out.salts.outputs = hash_cells(s_.outputs, s_.weights.model.outputs, out.outputs);
    out.proof = prove_infer_statement(weights_, s_, out.salts, input_.fill_trace, options);
    return out;
  }

 private:
  // The scores for the inputs, by a program that states nothing.
  std::vector<i32> run_model() {
    InferStatement hidden = s_;
    hidden.inputs = {Visibility::hidden, {}, Vec<i32>(memory_.get())};
    const auto compiled = compile_inference(hidden, memory_.get());
    if (!compiled.ok()) throw std::runtime_error(check_text(compiled.why().check));
    const CompiledSegment& segment = compiled.value().file.segments[0];
    const Program& p = segment.program;
    std::vector<F> scores(p.cells_there(p.scores));
    TraceSinks sinks;
    sinks.tensors.resize(p.tensors.size());
    sinks.tensors[p.scores] = scores.data();
    input_.fill_trace(segment, sinks);
    std::vector<i32> out;
    for (u32 n = 0; n < input_.samples; ++n)
      for (u32 j = 0; j < s_.weights.model.outputs; ++j)
        out.push_back(static_cast<i32>(scores[(std::size_t{j} << p.sizes.log_batch) + n].to_int()));
    return out;
  }

  const CommittedWeights& weights_;
  const InferInput& input_;
  OwnedArena memory_;
  InferStatement s_;
};

}  // namespace

Proof prove_infer_statement(
    const CommittedWeights& weights, const InferStatement& s, const InferSalts& salts,
    const std::function<void(const CompiledSegment&, TraceSinks&)>& fill_trace,
    const ProveOptions& options) {
  OwnedArena memory(2 * inference_memory(s) +
                    64 * (s.inputs.cells.size() + s.outputs.cells.size() + 4096));
  const auto compiled = compile_inference(s, memory.get());
  if (!compiled.ok()) throw std::runtime_error(check_text(compiled.why().check));
  const CompiledInference& c = compiled.value();
  const StatedClaim<InferStatement> claim(s, encode, compile, kInference);
  return prove_claim(
      claim, weights, {},
      [&](const CompiledSegment& segment, TraceSinks& sinks) {
        fill_trace(segment, sinks);
        place_salt(s.inputs, c.input_salt, salts.inputs, sinks);
        place_salt(s.outputs, c.output_salt, salts.outputs, sinks);
      },
      options);
}

Inference prove_inference(const CommittedWeights& weights, const InferInput& input,
                          const ProveOptions& options) {
  return Inferring(weights, input).run(options);
}

}  // namespace pedigree
