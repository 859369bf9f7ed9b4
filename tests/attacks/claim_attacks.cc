// Claims on weights: what they state, hash, and rest on.
#include <pedigree/verify.h>

#include "attacks/check_attacks.h"
#include "harness/claim_case.h"
#include "harness/verdict.h"
#include "poly/eq.h"
#include "proof/segment_protocol.h"

namespace pedigree::attacks {

namespace {

using harness::claim_case;
using harness::ClaimCase;
using Bytes = std::vector<u8>;

// The C interface's answer to a claim, its run and its cells.
struct Api {
  Bytes memory, run_memory;
  pedigree_result result{}, run{}, cells_result{};
  static Refusal verdict(const pedigree_result& r) {
    Refusal why;
    why.code = static_cast<Code>(r.status);
    if (why.code == Code::relation_unsatisfied) why.check = Check::opening_claim;
    for (u16 i = 0; i < static_cast<u16>(Check::count); ++i)
      if (std::string(check_name(static_cast<Check>(i))) == r.check && *r.check != 0)
        why.check = static_cast<Check>(i);
    return why;
  }
  Refusal verify(const Bytes& file, u32 claims = 1) {
    pedigree_policy policy{};
    policy.claims = claims;
    memory.resize(pedigree_verify_memory(file.data(), file.size()));
    pedigree_verify(file.data(), file.size(), &policy, memory.data(), memory.size(), &result);
    return verdict(result);
  }
  Refusal link(const Bytes& file) {
    run_memory.resize(pedigree_verify_memory(file.data(), file.size()));
    pedigree_verify(file.data(), file.size(), nullptr, run_memory.data(), run_memory.size(), &run);
    pedigree_verify_link(&run, &result);
    return verdict(result);
  }
  Refusal cells(const Salt& salt, const std::vector<i32>& cells) {
    pedigree_salt given{};
    std::memcpy(given.nonce.bytes, salt.nonce.bytes, sizeof given.nonce.bytes);
    for (u32 l = 0; l < kDegree; ++l) given.pad[l] = salt.pad.c[l].v;
    pedigree_verify_cells(&result, 0, &given, cells.data(), cells.size(), &cells_result);
    return verdict(cells_result);
  }
};

const ClaimCase& small() { return claim_case("small"); }

ProveOptions unchecked() {
  ProveOptions options;
  options.verify_own = false;
  return options;
}

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

// The equations between hidden values that alone refuse it: those without which it is accepted.
std::string refused_by(const std::function<Refusal()>& shipped) {
  std::string names;
  for (u16 i = 1; i < static_cast<u16>(Check::count); ++i) {
    const Check check = static_cast<Check>(i);
    if (check_code(check) != Code::relation_unsatisfied || check == Check::opening_claim) continue;
    const harness::Killed killed(check);
    if (shipped().check == Check::none) names += check_name(check);
  }
  return names;
}

CheckAttack on_equation(Check check, const char* what, const std::function<Refusal()>& shipped) {
  return {check, what, shipped, [=] { return refused_by(shipped); }};
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
