// Claims on weights: what they state, hash, and rest on.
#include <pedigree/verify.h>

#include "attacks/claim_api.h"
#include "harness/claim_case.h"
#include "harness/verdict.h"
#include "poly/eq.h"
#include "proof/segment_protocol.h"

namespace pedigree::attacks {

namespace {

using harness::claim_case;
using harness::ClaimCase;

const ClaimCase& small() { return claim_case("small"); }

// A statement on the small case, its lists in `arena`.
InferStatement statement(Visibility inputs, Visibility outputs, Arena& arena) {
  const ClaimCase& c = small();
  InferStatement s;
  s.weights = harness::showing_range(c).statement;
  s.samples = c.samples;
  s.context = c.job.statement.context;
  s.inputs.visibility = inputs;
  s.outputs.visibility = outputs;
  s.inputs.cells = s.outputs.cells = Vec<i32>(arena);
  if (inputs == Visibility::shown) s.inputs.cells = Vec<i32>(arena, std::span<const i32>(c.inputs));
  if (outputs == Visibility::shown)
    s.outputs.cells = Vec<i32>(arena, std::span<const i32>(c.outputs));
  return s;
}

Bytes proof_of(const InferStatement& s, const InferSalts& salts,
               const ProveOptions& options = unchecked()) {
  return prove_infer_statement(
             harness::showing_range(small()), s, salts,
             [](const CompiledSegment& segment, TraceSinks& sinks) {
               small().fill(segment, sinks);
             },
             options)
      .bytes;
}

CheckAttack false_cells(const char* what, bool inputs) {
  return on_equation(Check::stated_cells, what, [=] {
    OwnedArena arena(1 << 20);
    InferStatement s = statement(Visibility::shown, Visibility::shown, arena.get());
    ++(inputs ? s.inputs : s.outputs).cells[1];
    return Api().verify(proof_of(s, {}));
  });
}

// Sends as the hashed value that of other cells.
struct HashLiar final : MaskedSender::Liar {
  std::vector<K> point;
  K challenge(std::string_view label, const K& drawn) override {
    if (label == "show") point.push_back(drawn);
    return drawn;
  }
  K send(std::string_view label, const K& value) override {
    if (label != "hashed") return value;
    // Cell 0 of sample 0 is one more: by the weight of that place.
    K weight(kOne);
    for (const K& x : point) weight *= K(kOne) - x;
    return value + weight;
  }
};

Refusal false_hash() {
  OwnedArena arena(1 << 20);
  InferStatement s = statement(Visibility::hashed, Visibility::hidden, arena.get());
  std::vector<i32> cells = small().inputs;
  ++cells[0];
  InferSalts salts;
  salts.inputs.pad = K(F(1), F(2), F(3));
  s.inputs.digest = cells_digest(salts.inputs, s.samples, s.weights.model.features, cells);
  HashLiar liar;
  ProveOptions options = unchecked();
  options.liar = &liar;
  Api api;
  const Refusal first = api.verify(proof_of(s, salts, options));
  return first.check != Check::none ? first : api.cells(salts.inputs, cells);
}

Refusal other_cells() {
  const ClaimCase& c = small();
  InferInput input = c.inference();
  input.show_inputs = Visibility::hashed;
  const Inference inference = prove_inference(c.weights, input, {});
  std::vector<i32> cells = c.inputs;
  ++cells[0];
  Api api;
  api.verify(inference.proof.bytes);
  return api.cells(inference.salts.inputs, cells);
}

Refusal linked(const CommittedWeights& weights, const Bytes& run) {
  Api api;
  api.verify(prove_inference(weights, small().inference(), {}).proof.bytes);
  return api.link(run);
}

}  // namespace

std::vector<CheckAttack> claim_attacks() {
  return {
      false_cells("an output that is stated one higher", false),
      false_cells("an input that is stated one higher", true),
      on_equation(Check::hashed_cells, "the digest of other inputs, and their value in the clear",
                  false_hash),
      {Check::claim_cells, "other cells than the hashed ones", other_cells, {}},
      {Check::claim_weights,
       "a claim on other weights than those of the run",
       [] { return linked(small().weights, claim_case("other").run); },
       {}},
      {Check::claim_model,
       "tanh where the run has relu, over the same weights",
       [] {
         ClaimCase other = small();
         for (Layer& layer : other.job.statement.model.layers)
           if (layer.activation == Activation::relu) layer.activation = Activation::tanh;
         other.weights.statement.model = other.job.statement.model;
         Api api;
         api.verify(prove_inference(other.weights, other.inference(), {}).proof.bytes);
         return api.link(small().run);
       },
       {}},
      {Check::claim_bounds,
       "a claim that relies on a narrower range than the run shows",
       [] {
         CommittedWeights narrow = small().weights;
         narrow.statement.weight_bits = harness::showing_range(small()).statement.weight_bits;
         return linked(narrow, small().run);
       },
       {}},
      {Check::claim_weights,
       "a claim that states another number of openings than the run",
       [] {
         CommittedWeights more = small().weights;
         ++more.statement.openings;
         return linked(more, small().run);
       },
       {}},
      {Check::policy_claims,
       "a claim where a run was asked for",
       [] {
         return Api().verify(
             prove_inference(harness::showing_range(small()), small().inference(), {}).proof.bytes,
             0);
       },
       {}},
      {Check::claim_run,
       "a claim whose range nothing shows",
       [] {
         return Api().verify(prove_inference(small().weights, small().inference(), {}).proof.bytes);
       },
       {}},
  };
}

}  // namespace pedigree::attacks
