#include "claim/infer/infer_prove.h"

#include <stdexcept>

namespace pedigree {

namespace {

void encode(Encoder& encoder, const InferStatement& s) { visit_infer(encoder, s); }

Result<Compiled> compile(const InferStatement& s, Arena& arena) {
  PEDIGREE_LET(compiled, compile_inference(s, arena));
  return compiled.file;
}

void place(TensorId tensor, const Salt& salt, const InferStatement::Matrix& m, TraceSinks& sinks) {
  if (m.visibility != Visibility::hashed) return;
  for (u32 l = 0; l < kDegree; ++l) sinks.cells[tensor][l] = salt.pad.c[l];
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
    s_.inputs.cells = s_.outputs.cells = Vec<i32>(arena);
    s_.inputs.visibility = input_.show_inputs;
    if (input_.show_inputs == Visibility::shown) s_.inputs.cells = Vec<i32>(arena, input_.inputs);
    out.outputs = run_model();
    s_.outputs.visibility = input_.show_outputs;
    if (input_.show_outputs == Visibility::shown)
      s_.outputs.cells = Vec<i32>(arena, std::span<const i32>(out.outputs));
    out.salts.inputs = hash(s_.inputs, s_.weights.model.features, input_.inputs);
    out.salts.outputs = hash(s_.outputs, s_.weights.model.outputs, out.outputs);
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
    std::vector<F> scores(std::size_t{1} << p.log_size(p.scores));
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

  static Salt hash(InferStatement::Matrix& m, u32 columns, std::span<const i32> cells) {
    if (m.visibility != Visibility::hashed) return {};
    Salt salt;
    const Randomness fresh{Digest()};
    fresh.fill("pad", std::span<K>(&salt.pad, 1));
    F words[6];
    fresh.fill("nonce", std::span<F>(words));
    salt.nonce = keccak256({reinterpret_cast<const u8*>(words), sizeof words});
    m.digest = cells_digest(salt, static_cast<u32>(cells.size() / columns), columns, cells);
    return salt;
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
      [&](u32, const CompiledSegment& segment, TraceSinks& sinks) {
        fill_trace(segment, sinks);
        place(c.input_salt, salts.inputs, s.inputs, sinks);
        place(c.output_salt, salts.outputs, s.outputs, sinks);
      },
      options);
}

Inference prove_inference(const CommittedWeights& weights, const InferInput& input,
                          const ProveOptions& options) {
  return Inferring(weights, input).run(options);
}

}  // namespace pedigree
