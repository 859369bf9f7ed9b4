// A30: the exact zero-knowledge test of steps 1 to 6. ZKX of the threat model; the opening's is
// commit/opening_hiding_test.cc.
//
// Challenges are replayed. Uniform messages are drawn first; for two witnesses of one statement
// (other records, labels and end weights) the pads are solved for which the prover sends exactly
// these messages. They always exist, and with any one pad missing the messages of the two witnesses
// differ.
#include <gtest/gtest.h>

#include <map>

#include "forger/forger.h"
#include "forger/message_liar.h"
#include "harness/reference_jobs.h"
#include "harness/reviewed_messages.h"
#include "harness/statement_fields.h"
#include "harness/upper_part.h"
#include "harness/verdict.h"

namespace pedigree::harness {
namespace {

constexpr u64 kSeed = 3030;

std::vector<K> uniform(std::size_t n, u64 seed) {
  Digest d;
  std::memcpy(d.bytes, &seed, 8);
  std::vector<K> out(n);
  Randomness(d, Digest()).fill("test", out);
  return out;
}

// The same statement on other records.
Job other_records(Job job, i64 sign = -1) {
  const std::size_t n = job.statement.sampling.records;
  std::rotate(job.x.begin(), job.x.begin() + static_cast<long>(job.x.size() / n), job.x.end());
  for (i64& x : job.x) x *= sign;
  std::rotate(job.y.begin(), job.y.begin() + static_cast<long>(2 * (job.y.size() / n)),
              job.y.end());
  return job;
}

// The witness of a job with its values of steps 2 to 5.
struct Side {
  ClearCase c;
  Witness w;
  std::vector<K> values;
  forger::MessageLiar said;
  explicit Side(const Job& job) : c(job), w(c.honest()) {
    ClearOptions frozen;
    frozen.frozen_seed = kSeed;
    frozen.liar = &said;
    const std::vector<u8> sent = c.prove(w, frozen);
    EXPECT_EQ(c.judge(sent, w, kSeed), "accepted");
    values.resize(sent.size() / sizeof(K));
    std::memcpy(values.data(), sent.data(), sent.size());
  }
};

struct TwoWitnesses {
  Side a, b;
  SegmentPublic segment;
  UpperPart upper;
  std::vector<K> messages, pads_a, pads_b;

  explicit TwoWitnesses(const Job& job)
      : a(job),
        b(other_records(job)),
        segment(public_with_answers()),
        upper(a.c.compiled(), segment, job.statement, kSeed) {
    messages = uniform(upper.num_messages(), 1);
    pads_a = upper.pads_for(messages, a.values);
    pads_b = upper.pads_for(messages, b.values);
  }

 private:
  // The answers of a statement are messages too: uniform, whatever the records are.
  SegmentPublic public_with_answers() const {
    SegmentPublic s = a.c.segment();
    const std::vector<K> answers = uniform(2, 2);
    s.answers[kDataRoot] = answers[0];
    s.answers[kEndRoot] = answers[1];
    return s;
  }
};

std::vector<Job> hiding_jobs() {
  return {forger::padded_job(), forger::padded_job(Loss::logistic),
          forger::padded_job(Loss::mean_squared)};
}

TEST(ZeroKnowledge, AnyMessagesAreThoseOfAnyWitness) {
  for (const Job& job : hiding_jobs()) {
    TwoWitnesses t(job);
    const UpperPart::Claim claim = t.upper.claim(t.messages);
    for (Side* side : {&t.a, &t.b}) {
      place_pads(side->c.compiled(), side == &t.a ? t.pads_a : t.pads_b, t.segment, side->w);
      EXPECT_EQ(t.upper.value_of(claim, side->w), claim.value);  // accepted
    }
    EXPECT_NE(t.a.w.messages[kDataRoot], t.b.w.messages[kDataRoot]);
    EXPECT_NE(t.a.w.messages[kEndRoot], t.b.w.messages[kEndRoot]);
    // The twin: a witness with one cell bent is not.
    t.a.w.messages[kSegmentRoot][0] += F(1);
    EXPECT_NE(t.upper.value_of(claim, t.a.w), claim.value);
  }
}

TEST(ZeroKnowledge, EveryPadIsNeeded) {
  for (const Job& job : hiding_jobs()) {
    TwoWitnesses t(job);
    const std::size_t early = t.upper.num_early(), rounds = t.upper.num_messages() - early - 2;
    // Steps 2 to 5: without its pad a message is its value. Few values are the same for all
    // witnesses and tell nothing: the highest coefficient of rounds in which a factor is constant,
    // and denominators of a part of the tree that holds tables and gaps alone.
    const Side third(other_records(job, 1));
    u32 same = 0;
    for (std::size_t i = 0; i < early; ++i) {
      if (!(t.a.values[i] == t.b.values[i])) continue;
      ++same;
      const std::string& label = t.a.said.sent[i].label;
      EXPECT_TRUE((label == "round" && t.a.values[i].is_zero()) || label == "children")
          << i << " " << label;
      EXPECT_EQ(t.a.values[i], third.values[i]) << i;
    }
    EXPECT_LE(same, 12u);
    // Step 6: a round without its pad, and l and r without theirs.
    const std::vector<K> gate_a = t.upper.gate_values(t.messages, t.pads_a),
                         gate_b = t.upper.gate_values(t.messages, t.pads_b);
    for (std::size_t i = 0; i < rounds; ++i)
      EXPECT_NE(gate_a[i], gate_b[i]) << "round message " << i;
    for (const std::size_t side : {0, 1}) {
      std::vector<K> bare_a = t.pads_a, bare_b = t.pads_b;
      bare_a[early + side] = bare_b[early + side] = K();
      const K without_a = t.upper.gate_values(t.messages, bare_a)[rounds + side],
              without_b = t.upper.gate_values(t.messages, bare_b)[rounds + side];
      EXPECT_NE(without_a, without_b);
    }
    // The answers of the long-lived roots.
    for (const u32 root : {kDataRoot, kEndRoot}) {
      const auto value = [&](const Side& s) {
        return masked_answer(s.c.honest().messages[root], s.c.compiled().layout, root, Digest());
      };
      EXPECT_NE(value(t.a), value(t.b)) << root;
    }
  }
}

// What the shipped prover sends is value + pad, each pad in K and used once; without masks it is
// the value.
TEST(ZeroKnowledge, ThePrimitiveMasksEveryMessage) {
  const Job job = reference_job("mean_squared_relu_rounding");
  Side side(job);
  Digest seed;
  seed.bytes[0] = 9;
  const Randomness fixed(seed, Digest());
  std::vector<K> pads(side.c.compiled().plan.num_pads);
  fixed.fill("pads", pads);
  for (const bool masked : {true, false}) {
    ProveOptions options;
    options.randomness = &fixed;
    options.frozen_seed = kSeed;
    options.verify_own = false;
    options.without_masks = !masked;
    const std::vector<u8> file = prove(job.input(), options).bytes;
    std::vector<K> sent(side.values.size());
    std::memcpy(sent.data(), file.data() + proof_offset(file) + sizeof(Digest),
                sent.size() * sizeof(K));
    for (std::size_t i = 0; i < sent.size(); ++i)
      ASSERT_EQ(sent[i], masked ? side.values[i] + pads[i] : side.values[i]) << i;
  }
  for (std::size_t i = 0; i < pads.size(); ++i)
    for (u32 l = 0; l < kDegree; ++l)
      EXPECT_NE(pads[i].c[l], kZero);  // all limbs: not masks of the base field
}

// A simulator of the whole proof: no witness, uniform messages, accepted under the challenges it
// was made for.
std::vector<u8> simulated(const Job& job, u64 seed) {
  OwnedArena arena(4 * statement_memory(job.statement));
  Statement s = job.statement;
  auto compiled = compile_statement(s, arena.get());
  const Compiled& c = compiled.value();
  Digest d;
  std::memcpy(d.bytes, &seed, 8);
  const Randomness random(d, Digest());
  // Roots of noise.
  std::vector<F> messages[kNumRoots];
  CommittedRoot roots[kNumRoots];
  std::vector<K> mask(std::size_t{1} << c.layout.log_rows[kSegmentRoot]);
  random.fill("mask", mask);
  for (u32 root = 0; root < kNumRoots; ++root) {
    messages[root].resize(message_words(c.layout, root));
    random.fill(std::string(1, static_cast<char>('a' + root)), messages[root]);
    if (root != kSegmentRoot) roots[root] = commit_root(messages[root], {}, c.layout.opening);
  }
  const std::vector<K> answers = uniform(2, seed);
  s.data = {roots[kDataRoot].root(), answers[0]};
  s.end = {roots[kEndRoot].root(), answers[1]};
  SegmentPublic segment = public_of(s, c, Digest());
  const UpperPart upper(c, segment, s, seed);
  const std::vector<K> sent = uniform(upper.num_messages(), seed + 1);
  const UpperPart::Claim claim = upper.claim(sent);
  auto weights = form_weights(claim.keys, claim.form, c.layout, segment.selection);
  // Three words at a pad take up the difference to the claimed value.
  const u64 at = c.layout.pads;
  for (u32 l = 0; l < kDegree; ++l) messages[kSegmentRoot][at + l] = F();
  KSum sum;
  for (u32 root = 0; root < kNumRoots; ++root)
    for (std::size_t x = 0; x < weights[root].size(); ++x)
      sum.add_product(messages[root][x], weights[root][x]);
  const K rest = (claim.value - sum.value()) * inverse(weights[kSegmentRoot][at]);
  for (u32 l = 0; l < kDegree; ++l) messages[kSegmentRoot][at + l] = rest.c[l];
  roots[kSegmentRoot] = commit_root(messages[kSegmentRoot], mask, c.layout.opening);

  const std::vector<u8> statement = encode_statement(s);
  ProverTranscript t;
  t.chain().frozen_seed = seed;
  bind_statement(t, statement);
  t.send_digest("segment", roots[kSegmentRoot].root());
  for (const K& m : sent) t.send("simulated", m);
  HashChain drawn;  // the challenges of steps 1 to 6 were drawn by the verifier's own run
  drawn.frozen_seed = seed;
  {
    VerifierTranscript read(t.proof());
    read.chain().frozen_seed = seed;
    bind_statement(read, statement);
    EXPECT_TRUE(read.receive_digest("segment").ok());
    MaskedChannel channel(read, c.layout, c.plan.num_pads, arena.get());
    EXPECT_TRUE(verify_segment(channel, segment, arena.get()).ok());
    EXPECT_TRUE(verify_gates(channel).ok());
    t.chain() = read.chain();
  }
  CommittedRoot* const opened[kNumRoots] = {&roots[0], &roots[1], &roots[2]};
  const std::span<const F> spans[kNumRoots] = {messages[0], messages[1], messages[2]};
  prove_opening(opened, spans, mask, std::move(weights), claim.value, c.layout.opening, t);
  std::vector<u8> file(kMagic, kMagic + sizeof kMagic);
  file.resize(kHeaderBytes);
  file[8] = kMajorVersion;
  file[10] = kMinorVersion;
  file.insert(file.end(), t.proof().begin(), t.proof().end());
  std::vector<u8> bare(file.begin(), file.begin() + kHeaderBytes);
  bare.insert(bare.end(), t.proof().begin(), t.proof().end());
  return with_statement(bare, statement);
}

TEST(ZeroKnowledge, ASimulatorWithoutAWitnessIsAccepted) {
  for (const Job& job : {reference_job("mean_squared_linear"), forger::padded_job()}) {
    const std::vector<u8> file = simulated(job, kSeed);
    {
      const Frozen frozen(kSeed);
      EXPECT_EQ(file_verdict(file), "accepted");
    }
    EXPECT_NE(file_verdict(file), "accepted");  // and only by who chose the challenges
  }
}

// Every kind of field element that leaves the prover, from the log of a proof and the codec of the
// statement, and what hides it. An unlisted one fails.
TEST(ZeroKnowledge, EveryElementThatLeavesIsListed) {
  std::map<std::string, std::string> hidden_by;
  for (const ReviewedMessage& m : kReviewedMessages) hidden_by[m.label] = m.hidden_by;
  std::map<std::string, u32> seen;
  for (Job job : {reference_job("graph"), reference_job("logistic_relu"), deep_job()}) {
    job.statement.publish_weights = true;
    const std::vector<u8> file = prove(job.input(), {.verify_own = false}).bytes;
    u64 absorbed = 0;
    for (const LoggedEvent& e : events_of(file)) {
      if (!e.is_message()) continue;
      ++seen[e.type + (" " + e.label)];
      absorbed += e.bytes;
    }
    EXPECT_GT(file.size() - proof_offset(file), absorbed);
    ++seen["hints"];
    OwnedArena arena(1 << 22);
    Statement s = statement_of(file, arena.get());
    const std::size_t fields = count_fields(s);
    for (std::size_t i = 0; i < fields; ++i) {
      FieldVisitor visitor(i, [&](const std::string& field, std::span<u8> bytes) {
        if (bytes.size() == sizeof(K) || bytes.size() == sizeof(Digest))
          ++seen["statement " + field];
      });
      visit_statement(visitor, s);
    }
  }
  for (const auto& [label, times] : seen)
    EXPECT_TRUE(hidden_by.contains(label)) << label << " leaves the prover and is not on the list";
  for (const auto& [label, argument] : hidden_by)
    EXPECT_GT(seen[label], 0u) << label << " is listed and never sent";
}

}  // namespace
}  // namespace pedigree::harness
