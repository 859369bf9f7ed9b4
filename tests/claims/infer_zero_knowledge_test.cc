// A30 for claims: the exact zero-knowledge test of an inference that hides inputs and outputs. Challenges are replayed and uniform
// messages drawn first; for other weights, inputs and outputs under the same statement there are pads for which the prover
// sends exactly these messages, and the form that the opening proves has the claimed value. Digests of hashed matrices are the
// same for both: they are outputs of a random oracle at nonces that nobody sees.
#include <gtest/gtest.h>

#include "harness/claim_case.h"
#include "harness/salts.h"
#include "harness/upper_part.h"

namespace pedigree::harness {
namespace {

constexpr u64 kSeed = 4040;

std::vector<K> uniform(std::size_t n, u64 seed) {
  Digest d;
  std::memcpy(d.bytes, &seed, 8);
  std::vector<K> out(n);
  Randomness(d, Digest()).fill("test", out);
  return out;
}

// What a prover with these weights and inputs has, and what it would send without masks.
struct Side {
  Witness w;
  std::function<std::vector<K>()> send;
  std::vector<K> values;

  Side(const Side&) = delete;
  Side(const ClaimCase& c, const CompiledSegment& segment, const SegmentPublic& known,
       std::span<const u8> settings) {
    w.messages[kSegmentRoot].resize(message_words(segment.layout, kSegmentRoot));
    w.messages[kStartRoot] = c.weights.message;
    for (const std::vector<i64>& entries : c.weights.entries) {
      std::vector<F>& out = w.start.emplace_back();
      for (const i64 x : entries) out.push_back(F::from_int(x));
    }
    TraceSinks sinks = sinks_of(segment, w);
    c.fill(segment, sinks);
    send = [this, &segment, &known, settings] {
      TensorValues tensors(known, w);
      fill_static(known, w, tensors);
      EXPECT_FALSE(fill_multiplicities(known, w, tensors).found);
      ProverTranscript t;
      t.chain().frozen_seed = kSeed;
      bind_segment(t, settings, 0);
      t.send_digest("segment", Digest());
      const std::vector<K> none(segment.plan.num_pads);
      MaskedSender sender(t, none);
      prove_segment(known, w, tensors, sender);
      std::vector<K> sent((t.proof().size() - sizeof(Digest)) / sizeof(K));
      std::memcpy(sent.data(), t.proof().data() + sizeof(Digest), sent.size() * sizeof(K));
      return sent;
    };
    values = send();
  }
};

TEST(InferenceZeroKnowledge, AnyMessagesAreThoseOfAnyWeightsAndInputs) {
  const ClaimCase& one = claim_case("small");
  ClaimCase other = claim_case("other");
  for (i32& x : other.inputs) x = 1 - x;
  struct Case {
    bool shows_range;
    Visibility inputs, outputs;
  };
  for (const auto& [shows_range, inputs, outputs] :
       {Case{false, Visibility::hidden, Visibility::hidden},
        Case{true, Visibility::hidden, Visibility::hidden},
        Case{false, Visibility::hashed, Visibility::hashed},
        Case{true, Visibility::hidden, Visibility::hashed}}) {
    InferStatement s;
    s.weights = one.weights.statement;
    s.weights.shows_range = shows_range;
    if (shows_range) s.weights.weight_bits = 20;
    s.samples = one.samples;
    OwnedArena arena(4 * inference_memory(s));
    s.inputs.cells = s.outputs.cells = Vec<i32>(arena.get());
    s.inputs.visibility = inputs;
    s.outputs.visibility = outputs;
    const auto compiled = compile_inference(s, arena.get());
    ASSERT_TRUE(compiled.ok());
    const Compiled& c = compiled.value().file;
    const CompiledSegment& segment = c.segments[0];
    SegmentPublic known = public_of(c, 0);
    known.answers[kStartRoot] = uniform(1, 2)[0];
    const std::vector<u8> settings = encode_statement(one.job.statement);
    Side a(one, segment, known, settings), b(other, segment, known, settings);
    EXPECT_NE(a.w.messages[kStartRoot], b.w.messages[kStartRoot]);
    EXPECT_NE(a.values, b.values);
    Salts salts_a(segment, a.w, a.send), salts_b(segment, b.w, b.send);
    ASSERT_EQ(salts_a.places(), salts_b.places());
    const UpperPart upper(segment, known, one.job.statement, kSeed, 0, 0, salts_a.places());
    ASSERT_EQ(upper.num_early(), a.values.size());
    const std::vector<K> messages = uniform(upper.num_messages(), 1);
    salts_a.place(messages);
    salts_b.place(messages);
    a.values = a.send();
    b.values = b.send();
    const UpperPart::Claim claim = upper.claim(messages);
    for (Side* side : {&a, &b}) {
      place_pads(segment, upper.pads_for(messages, side->values), known, side->w);
      EXPECT_EQ(upper.value_of(claim, side->w), claim.value) << shows_range;
    }
    a.w.messages[kSegmentRoot][0] +=
        F(1);  // the twin: a witness with one cell bent is not accepted
    EXPECT_NE(upper.value_of(claim, a.w), claim.value);
  }
}

}  // namespace
}  // namespace pedigree::harness
