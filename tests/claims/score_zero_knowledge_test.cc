// A30 for evaluations: the exact zero-knowledge test. Challenges are replayed and uniform messages drawn first; for other weights,
// another test set and another difference to the bound under the same statement there are pads for which the prover sends
// exactly these messages, and the form that the opening proves has the claimed value.
#include <gtest/gtest.h>

#include "harness/score_case.h"
#include "harness/upper_part.h"

namespace pedigree::harness {
namespace {

constexpr u64 kSeed = 5050;

std::vector<K> uniform(std::size_t n, u64 seed) {
  Digest d;
  std::memcpy(d.bytes, &seed, 8);
  std::vector<K> out(n);
  Randomness(d, Digest()).fill("test", out);
  return out;
}

// What a prover with these weights and this test set has, and what it would send without masks.
struct Side {
  Witness w;
  std::vector<F> data;
  std::vector<K> values;

  Side(ScoreCase& c, const CommittedWeights& weights, const CompiledSegment& segment,
       TensorId hidden, u64 difference, const SegmentPublic& known, std::span<const u8> settings)
      : data(c.message()) {
    w.messages[kSegmentRoot].resize(message_words(segment.layout, kSegmentRoot));
    w.messages[kStartRoot] = weights.message;
    w.data.push_back(data);
    for (const std::vector<i64>& entries : weights.entries) {
      std::vector<F>& out = w.start.emplace_back();
      for (const i64 x : entries) out.push_back(F::from_int(x));
    }
    TraceSinks sinks = sinks_of(segment, w);
    c.input(weights).fill_trace(segment, sinks);
    if (hidden != 0)
      w.messages[kSegmentRoot][segment.layout.tensors[hidden].offset] = F(difference);
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
    values.resize((t.proof().size() - sizeof(Digest)) / sizeof(K));
    std::memcpy(values.data(), t.proof().data() + sizeof(Digest), values.size() * sizeof(K));
  }
};

void expect_hiding(ScoreCase& one, ScoreCase& other, const CommittedWeights& a_weights,
                   const CommittedWeights& b_weights, ScoreStatement s) {
  const ScoreInput a_input = one.input(a_weights), b_input = other.input(b_weights);
  const Score a_score = measure_score(s, a_input), b_score = measure_score(s, b_input);
  if (s.exact)
    s.confusion = Vec<u32>(s.confusion.arena(), std::span<const u32>(a_score.confusion));
  else
    s.value = s.metric == Metric::squared_error ? a_score.value + b_score.value : 0;
  const auto difference = [&](const Score& score) {
    return s.exact ? 0 : score.value > s.value ? score.value - s.value : s.value - score.value;
  };
  OwnedArena arena(4 * score_memory(s));
  auto compiled = compile_score(s, arena.get());
  ASSERT_TRUE(compiled.ok());
  const Compiled& c = compiled.value().file;
  const CompiledSegment& segment = c.segments[0];
  SegmentPublic known = public_of(c, 0);
  known.answers[kStartRoot] = uniform(1, 2)[0];
  known.answers[kDataRoot] = uniform(1, 3)[0];
  const Statement& bound = one.model().job.statement;
  const std::vector<u8> settings = encode_statement(bound);
  const TensorId hidden = compiled.value().hidden;
  Side a(one, a_weights, segment, hidden, difference(a_score), known, settings),
      b(other, b_weights, segment, hidden, difference(b_score), known, settings);
  EXPECT_NE(a.data, b.data);
  EXPECT_NE(a.values, b.values);
  const UpperPart upper(segment, known, bound, kSeed);
  ASSERT_EQ(upper.num_early(), a.values.size());
  const std::vector<K> messages = uniform(upper.num_messages(), 1);
  const UpperPart::Claim claim = upper.claim(messages);
  for (Side* side : {&a, &b}) {
    place_pads(segment, upper.pads_for(messages, side->values), known, side->w);
    EXPECT_EQ(upper.value_of(claim, side->w), claim.value);
  }
  a.w.messages[kSegmentRoot][0] += F(1);  // the twin: one cell bent is not accepted
  EXPECT_NE(upper.value_of(claim, a.w), claim.value);
}

TEST(ScoreZeroKnowledge, AnyMessagesAreThoseOfAnyWeightsAndTestSet) {
  for (const char* name : {"small", "logistic", "regression"}) {
    SCOPED_TRACE(name);
    const ClaimCase& model = claim_case(name);
    ScoreCase one(model), other(model);
    other.reverse();
    // A bound, of other weights.
    const CommittedWeights zero = zero_weights(model);
    ScoreStatement s = one.statement(one.input(), model.weights);
    s.exact = false;
    expect_hiding(one, other, model.weights, zero, s);
    if (s.metric == Metric::squared_error) continue;
    // Counts by label and class: the same records in another order.
    ScoreInput matrix = one.input();
    matrix.metric = Metric::confusion;
    expect_hiding(one, other, model.weights, model.weights, one.statement(matrix, model.weights));
  }
}

}  // namespace
}  // namespace pedigree::harness
