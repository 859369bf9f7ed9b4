// Inference: what is accepted, and that nothing else is.
#include <gtest/gtest.h>
#include <pedigree/verify.h>

#include <cmath>
#include <set>

#include "harness/claim_case.h"
#include "harness/statement_fields.h"
#include "harness/verdict.h"
#include "proof/segment_protocol.h"
#include "train/exact_score.h"

namespace pedigree::harness {
namespace {

constexpr Visibility kAll[] = {Visibility::hidden, Visibility::hashed, Visibility::shown};

struct Judged {
  std::vector<u8> memory;
  pedigree_result result{};
  explicit Judged(const std::vector<u8>& file, pedigree_policy policy = {})
      : memory(pedigree_verify_memory(file.data(), file.size())) {
    policy.claims = 1;
    pedigree_verify(file.data(), file.size(), &policy, memory.data(), memory.size(), &result);
  }
};

pedigree_salt salt_of(const Salt& salt) {
  pedigree_salt out{};
  std::memcpy(out.nonce.bytes, salt.nonce.bytes, sizeof out.nonce.bytes);
  for (u32 l = 0; l < kDegree; ++l) out.pad[l] = salt.pad.c[l].v;
  return out;
}

TEST(Inference, EveryVisibilityIsAcceptedWithItsRun) {
  for (const char* name : {"small", "graph", "chain"}) {
    const ClaimCase& c = claim_case(name);
    const Judged run(c.run);
    ASSERT_EQ(run.result.status, PEDIGREE_OK) << run.result.reason;
    for (const Visibility inputs : kAll)
      for (const Visibility outputs : kAll) {
        InferInput input = c.inference();
        input.show_inputs = inputs;
        input.show_outputs = outputs;
        const Inference inference = prove_inference(c.weights, input, {});
        Judged claim(inference.proof.bytes);
        EXPECT_EQ(claim.result.status, PEDIGREE_RUN_UNSEEN) << claim.result.reason;
        EXPECT_EQ(pedigree_verify_link(&run.result, &claim.result), PEDIGREE_OK)
            << claim.result.reason;
        const pedigree_inference& said = *claim.result.claim.inference;
        EXPECT_EQ(said.inputs.cells != nullptr, inputs == Visibility::shown);
        EXPECT_EQ(said.outputs.cells != nullptr, outputs == Visibility::shown);
        if (said.outputs.cells != nullptr)
          EXPECT_TRUE(std::equal(c.outputs.begin(), c.outputs.end(), said.outputs.cells));
        u32 index = 0;
        const auto check = [&](Visibility v, const Salt& salt, std::vector<i32> cells) {
          if (v != Visibility::hashed) return;
          const pedigree_salt given = salt_of(salt);
          pedigree_result verdict{};
          EXPECT_EQ(pedigree_verify_cells(&claim.result, index, &given, cells.data(), cells.size(),
                                          &verdict),
                    PEDIGREE_OK);
          ++cells[0];
          EXPECT_EQ(pedigree_verify_cells(&claim.result, index, &given, cells.data(), cells.size(),
                                          &verdict),
                    PEDIGREE_CELLS_DIFFER);
          ++index;
        };
        check(inputs, inference.salts.inputs, c.inputs);
        check(outputs, inference.salts.outputs, c.outputs);
      }
  }
}

// The outputs are those that training itself reports accuracies by.
TEST(Inference, AnswersAsTheTrainerScores) {
  const ClaimCase& c = claim_case("graph");
  OwnedArena arena(4 * statement_memory(c.job.statement));
  const auto compiled = compile_sizes(c.job.statement, arena.get());
  ASSERT_TRUE(compiled.ok());
  const Program& program = compiled.value().segments[0].program;
  train::ExactWeights weights(program, c.job.statement.optimiser,
                              train::WeightState{c.weights.entries, {}});
  record::Dataset data;
  data.records = c.samples;
  data.features = c.job.statement.model.features;
  data.x = c.inputs;
  const std::vector<u32> rows = {0, 1, 2};
  const std::vector<double> scores =
      train::exact_scores(c.job.statement.model, program, weights, data, rows);
  const Model& m = c.job.statement.model;
  for (std::size_t i = 0; i < scores.size(); ++i)
    EXPECT_EQ(scores[i], std::ldexp(c.outputs[i], -m.layers[m.num_layers - 1].frac_q));
}

TEST(Inference, ARangeThatTheClaimShowsNeedsNoRun) {
  const ClaimCase& c = claim_case("small");
  const Inference inference = prove_inference(showing_range(c), c.inference(), {});
  EXPECT_EQ(Judged(inference.proof.bytes).result.status, PEDIGREE_OK);
  // What only the run can answer is asked of it all the same.
  pedigree_policy policy{};
  policy.min_records = 1;
  Judged claim(inference.proof.bytes, policy);
  EXPECT_EQ(claim.result.status, PEDIGREE_RUN_UNSEEN);
  const Judged run(c.run, policy);
  ASSERT_EQ(run.result.status, PEDIGREE_OK);
  EXPECT_EQ(pedigree_verify_link(&run.result, &claim.result), PEDIGREE_OK);
  policy = {};
  policy.required_bits = 200;
  EXPECT_STREQ(Judged(inference.proof.bytes, policy).result.check, "policy_bits");
}

TEST(Inference, ARefusedRunLinksNothing) {
  const ClaimCase& c = claim_case("small");
  const Inference inference = prove_inference(c.weights, c.inference(), {});
  std::vector<u8> broken = c.run;
  broken[broken.size() / 2] ^= 1;
  const Judged run(broken);
  ASSERT_NE(run.result.status, PEDIGREE_OK);
  Judged claim(inference.proof.bytes);
  EXPECT_EQ(pedigree_verify_link(&run.result, &claim.result), PEDIGREE_RUN_UNSEEN);
  // Nor does a claim stand for a run.
  const Judged other(prove_inference(showing_range(c), c.inference(), {}).proof.bytes);
  EXPECT_EQ(pedigree_verify_link(&other.result, &claim.result), PEDIGREE_RUN_UNSEEN);
  // Nor the other way round, nor a claim that was only read.
  Judged swapped(c.run);
  EXPECT_EQ(pedigree_verify_link(&claim.result, &swapped.result), PEDIGREE_RUN_UNSEEN);
  pedigree_result read{};
  std::vector<u8> memory(1 << 16);
  const std::vector<u8>& file = inference.proof.bytes;
  ASSERT_EQ(pedigree_read_claim(file.data(), file.size(), memory.data(), memory.size(), &read),
            PEDIGREE_OK);
  const Judged whole(c.run);
  EXPECT_EQ(pedigree_verify_link(&whole.result, &read), PEDIGREE_RUN_UNSEEN);
}

// A33: from all that a claim shows, a guess of the cells gives the pad that would fit it, and nothing to hold that against.
TEST(Inference, AGuessOfHashedCellsCannotBeTested) {
  const ClaimCase& c = claim_case("small");
  InferInput input = c.inference();
  input.show_inputs = Visibility::hashed;
  const Inference inference = prove_inference(c.weights, input, {});
  const auto parts = split_file(inference.proof.bytes);
  OwnedArena arena(claim_memory(inference.proof.bytes));
  const auto verified = kInference.verify(parts.value(), arena.get());
  ASSERT_TRUE(verified.ok());
  const HashedCells& hashed = verified.value().hashed[0];
  const ShownPoint& at = hashed.at;
  const K value = matrix_at(std::span<const i32>(c.inputs), at.features, at.sample_point,
                            at.feature_point, arena.get());
  Salt guessed;
  guessed.pad = (at.value - value) * inverse(at.rho);
  EXPECT_EQ(guessed.pad, inference.salts.inputs.pad);  // the right guess, the right pad,
  EXPECT_FALSE(verify_cells(hashed, guessed, c.inputs, arena.get()).ok());  // and no nonce
  guessed.nonce = inference.salts.inputs.nonce;
  EXPECT_TRUE(verify_cells(hashed, guessed, c.inputs, arena.get()).ok());
}

TEST(Inference, CellsOfAListOfAnotherLengthAreNotHandedOut) {
  const ClaimCase& c = claim_case("small");
  OwnedArena arena(1 << 16);
  InferStatement s;
  s.weights = c.weights.statement;
  s.samples = 65535;
  s.inputs.visibility = Visibility::shown;
  s.inputs.cells = Vec<i32>(arena.get(), std::span<const i32>(c.inputs));
  s.outputs.cells = Vec<i32>(arena.get());
  Encoder encoder;
  visit_infer(encoder, s);
  const std::vector<u8> file = encode_file(encoder.bytes, {});
  pedigree_result read{};
  std::vector<u8> memory(1 << 16);
  ASSERT_EQ(pedigree_read_claim(file.data(), file.size(), memory.data(), memory.size(), &read),
            PEDIGREE_OK);
  EXPECT_EQ(read.claim.inference->inputs.cells, nullptr);
}

// A25: sums of sums would double with each addition.
TEST(Inference, AChainOfAdditionsCostsNoTime) {
  const ClaimCase& c = claim_case("small");
  OwnedArena arena(std::size_t{1} << 24);
  InferStatement s;
  s.weights = c.weights.statement;
  s.samples = 1;
  s.inputs.cells = s.outputs.cells = Vec<i32>(arena.get());
  Model& m = s.weights.model;
  const Layer last = m.layers[m.num_layers - 1];
  const u32 first = m.num_layers - 1;  // the last activation
  m.num_layers = kMaxLayers;
  for (u32 i = first; i < kMaxLayers - 1; ++i) set_add(m.layers[i], i, i);
  m.layers[kMaxLayers - 1] = last;
  m.layers[kMaxLayers - 1].input = kMaxLayers - 1;
  const auto compiled = compile_inference(s, arena.get());
  ASSERT_FALSE(compiled.ok());
  EXPECT_EQ(std::string(check_name(compiled.why().check)), "statement_layer");
}

// Every field of the statement is bound: A1, and A29, for the context is one of them.
TEST(Inference, EachFieldIsBound) {
  const ClaimCase& c = claim_case("small");
  InferInput input = c.inference();
  Arena& arena = c.job.arena->get();
  for (Vec<u8>* text : {&input.context.purpose, &input.context.text}) {
    *text = Vec<u8>(arena);
    text->push_back('a');
  }
  input.show_inputs = Visibility::hashed;
  const std::vector<u8> file = prove_inference(c.weights, input, {}).proof.bytes;
  ASSERT_EQ(file_verdict(file), "accepted");
  OwnedArena memory(1 << 22);
  const auto statement_of_claim = [&] {
    InferStatement s;
    Decoder decoder(split_file(file).value().statement, memory.get());
    visit_infer(decoder, s);
    return s;
  };
  FieldVisitor counter(~std::size_t{0}, {});
  InferStatement whole = statement_of_claim();
  visit_infer(counter, whole);
  std::set<std::string> accepted;
  for (std::size_t field = 0; field < counter.count(); ++field)
    for (u32 way = 0; way < 3; ++way) {
      InferStatement s = statement_of_claim();
      std::string changed;
      FieldVisitor bend(field, [&](const std::string& name, std::span<u8> bytes) {
        changed = name;
        if (way == 0) ++bytes[0];
        if (way == 1) bytes[bytes.size() - 1] ^= 0x40;
        if (way == 2) std::fill(bytes.begin(), bytes.end(), u8{0});
      });
      visit_infer(bend, s);
      Encoder encoder;
      visit_infer(encoder, s);
      const std::vector<u8> bent = with_statement(file, encoder.bytes);
      if (bent != file && file_verdict(bent) == "accepted") accepted.insert(changed);
    }
  EXPECT_TRUE(accepted.empty()) << *accepted.begin();
}

TEST(Inference, EachBrokenRuleIsNamed) {
  const ClaimCase& c = claim_case("small");
  OwnedArena arena(1 << 20);
  using Change = void (*)(InferStatement&);
  struct Rule {
    Check check;
    Change broken;
  };
  const Rule rules[] = {
      {Check::statement_range, [](InferStatement& s) { ++s.weights.arithmetic; }},
      {Check::statement_range,
       [](InferStatement& s) { s.weights.profile = static_cast<Profile>(std::size(kProfiles)); }},
      {Check::statement_range, [](InferStatement& s) { s.weights.openings = 0; }},
      {Check::statement_range, [](InferStatement& s) { s.weights.openings = kMaxOpenings + 1; }},
      {Check::statement_range, [](InferStatement& s) { s.weights.weight_bits = 0; }},
      {Check::statement_range, [](InferStatement& s) { s.weights.weight_bits = 61; }},
      {Check::bound, [](InferStatement& s) { s.weights.weight_bits = 60; }},
      {Check::statement_format, [](InferStatement& s) { s.weights.model.range_bits = 1; }},
      {Check::statement_range, [](InferStatement& s) { s.samples = 0; }},
      {Check::statement_range, [](InferStatement& s) { s.samples = kMaxClaimSamples + 1; }},
      {Check::statement_range, [](InferStatement& s) { s.samples = 2; }},
      {Check::statement_range,
       [](InferStatement& s) { s.inputs.visibility = static_cast<Visibility>(3); }},
      {Check::statement_range, [](InferStatement& s) { s.inputs.visibility = Visibility::hidden; }},
      {Check::statement_canonical, [](InferStatement& s) { s.outputs.digest.bytes[3] = 1; }},
      {Check::statement_range,
       [](InferStatement& s) { s.inputs.cells[0] = 1 << s.weights.model.input_bits; }},
      {Check::statement_range,
       [](InferStatement& s) { s.outputs.cells[0] = -(4 << s.weights.model.range_bits); }},
  };
  for (const Rule& rule : rules) {
    InferStatement s;
    s.weights = c.weights.statement;
    s.samples = c.samples;
    s.inputs = {Visibility::shown, {}, Vec<i32>(arena.get(), std::span<const i32>(c.inputs))};
    s.outputs = {Visibility::shown, {}, Vec<i32>(arena.get(), std::span<const i32>(c.outputs))};
    OwnedArena memory(2 * inference_memory(s));
    ASSERT_TRUE(compile_inference(s, memory.get()).ok());
    rule.broken(s);
    const auto compiled = compile_inference(s, memory.get());
    ASSERT_FALSE(compiled.ok()) << &rule - rules;
    EXPECT_EQ(std::string(check_name(compiled.why().check)), check_name(rule.check))
        << &rule - rules;
  }
}

TEST(Inference, EachWordOfTheProofIsForced) {
  const ClaimCase& c = claim_case("small");
  InferInput input = c.inference();
  input.show_inputs = Visibility::hashed;
  const std::vector<u8> file = prove_inference(c.weights, input, {}).proof.bytes;
  const std::size_t from = proof_offset(file);
  // Messages come first, then the opening's; leaves and paths are held against hashes.
  for (std::size_t at = from; at + 8 <= file.size(); at += at < from + 20000 ? 8 : 1024) {
    std::vector<u8> bent = file;
    bent[at] ^= 1;
    ASSERT_NE(file_verdict(bent), "accepted") << at - from;
  }
  EXPECT_EQ(file_verdict(std::vector<u8>(file.begin(), file.end() - 8)), "read_past_end");
  std::vector<u8> longer = file;
  longer.push_back(0);
  EXPECT_EQ(file_verdict(longer), "trailing_bytes");
}

// What is hidden leaves no trace in the statement or in a length.
TEST(Inference, HiddenInputsChangeNeitherStatementNorLength) {
  const ClaimCase& c = claim_case("small");
  ClaimCase other = c;
  for (i32& x : other.inputs) x = -x;
  const auto statement = [](const ClaimCase& of) {
    InferInput input = of.inference();
    input.show_inputs = input.show_outputs = Visibility::hidden;
    const std::vector<u8> file = prove_inference(of.weights, input, {}).proof.bytes;
    const auto bytes = split_file(file).value().statement;
    return std::vector<u8>(bytes.begin(), bytes.end());
  };
  EXPECT_EQ(statement(c), statement(other));
}

TEST(Inference, EqualInputsHashDifferently) {
  const ClaimCase& c = claim_case("small");
  InferInput input = c.inference();
  input.show_inputs = Visibility::hashed;
  const Inference a = prove_inference(c.weights, input, {}),
                  b = prove_inference(c.weights, input, {});
  EXPECT_NE(a.salts.inputs.pad, b.salts.inputs.pad);
  EXPECT_FALSE(a.salts.inputs.nonce == b.salts.inputs.nonce);
  const auto digest = [](const Inference& i) {
    Judged claim(i.proof.bytes);
    return std::string(
        reinterpret_cast<const char*>(claim.result.claim.inference->inputs.digest.bytes), 32);
  };
  EXPECT_NE(digest(a), digest(b));
}

}  // namespace
}  // namespace pedigree::harness
