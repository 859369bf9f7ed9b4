// A30: the exact zero-knowledge test of steps 1 to 7. ZKX of the threat model; the opening's is
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
#include "harness/switches.h"
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

// The witness of a job with its values of steps 2 to 6.
struct Side {
  ClearCase c;
  Witness w;
  std::vector<K> values;
  forger::MessageLiar said;
  explicit Side(const Job& job, u32 segment = 0, u64 drawn = 0) : c(job, segment), w(c.honest()) {
    ClearOptions frozen;
    frozen.drawn = drawn;
    frozen.frozen_seed = kSeed;
    frozen.liar = &said;
    const std::vector<u8> sent = c.prove(w, frozen);
    EXPECT_EQ(c.judge(sent, w, kSeed, drawn), "accepted");
    for (const auto& message : said.sent) values.push_back(message.value);
  }
};

struct TwoWitnesses {
  Side a, b;
  SegmentPublic segment;
  UpperPart upper;
  std::vector<K> messages, pads_a, pads_b;

  explicit TwoWitnesses(const Job& job, u32 index = 0, u64 drawn = 0)
      : a(job, index, drawn),
        b(other_records(job), index, drawn),
        segment(public_with_answers(index)),
        upper(a.c.compiled(), segment, job.statement, kSeed, index, drawn) {
    messages = uniform(upper.num_messages(), 1 + 100 * index);
    pads_a = upper.pads_for(messages, a.values);
    pads_b = upper.pads_for(messages, b.values);
  }

 private:
  // The answers of a statement are messages too: uniform, whatever the records are.
  SegmentPublic public_with_answers(u32 index) const {
    SegmentPublic s = a.c.segment();
    const std::vector<K> answers = uniform(64, 2);  // by the file's number of the root
    for (u32 root = kEndRoot; root < s.layout->num_roots; ++root)
      s.answers[root] = answers[file_root(a.c.run(), index, root)];
    return s;
  }
};

std::vector<Job> hiding_jobs() {
  return {forger::padded_job(), forger::padded_job(Loss::logistic),
          forger::padded_job(Loss::mean_squared)};
}

// Two segments over two datasets; with a large opening budget the datasets are taller than the first segment.
Job chained_job(u32 opening_budget) {
  JobOptions o;
  o.steps = 4;
  o.segments = {2, 2};
  o.datasets = {12, 8};
  o.range_bits = 8;
  Job job = chain_job(o);
  for (Manifest& m : job.statement.datasets) m.opening_budget = opening_budget;
  return job;
}

// Both segments at once: the same answers of the long-lived roots, challenges that go on counting.
TEST(ZeroKnowledge, AnyMessagesOfAChainAreThoseOfAnyWitness) {
  for (const u32 budget : {1u, 20u}) {
    const Job job = chained_job(budget);
    u64 drawn = 0;
    std::vector<F> end_a, end_b;
    for (u32 k = 0; k < 2; ++k) {
      TwoWitnesses t(job, k, drawn);
      const UpperPart::Claim claim = t.upper.claim(t.messages);
      for (Side* side : {&t.a, &t.b}) {
        place_pads(side->c.compiled(), side == &t.a ? t.pads_a : t.pads_b, t.segment, side->w);
        EXPECT_EQ(t.upper.value_of(claim, side->w), claim.value) << k;
      }
      // One message of the weights between the segments serves both.
      if (k == 1) {
        EXPECT_EQ(t.a.w.messages[kStartRoot], end_a);
        EXPECT_EQ(t.b.w.messages[kStartRoot], end_b);
        EXPECT_NE(end_a, end_b);
      }
      end_a = t.a.w.messages[kEndRoot];
      end_b = t.b.w.messages[kEndRoot];
      drawn = t.upper.end(t.messages, {}).drawn;
    }
  }
}

// Whether a job has a segment with two roots.
bool expect_any_messages_of_any_witness() {
  bool two = false;
  for (const Job& job : hiding_jobs()) {
    TwoWitnesses t(job);
    two |= t.a.c.compiled().layout.has(kSecondRoot);
    const UpperPart::Claim claim = t.upper.claim(t.messages);
    for (Side* side : {&t.a, &t.b}) {
      place_pads(side->c.compiled(), side == &t.a ? t.pads_a : t.pads_b, t.segment, side->w);
      EXPECT_EQ(t.upper.value_of(claim, side->w), claim.value);  // accepted
    }
    const std::span<const F> one = t.a.w.data[0].held(), other = t.b.w.data[0].held();
    EXPECT_FALSE(std::equal(one.begin(), one.end(), other.begin()));
    EXPECT_NE(t.a.w.messages[kEndRoot], t.b.w.messages[kEndRoot]);
    // The twin: a witness with one cell bent is not.
    for (const u32 root : {kSegmentRoot, kSecondRoot}) {
      if (t.a.w.messages[root].empty()) continue;
      Witness bent = t.a.w;
      bent.messages[root][0] += F(1);
      EXPECT_NE(t.upper.value_of(claim, bent), claim.value) << root;
    }
  }
  return two;
}

TEST(ZeroKnowledge, AnyMessagesAreThoseOfAnyWitness) {
  EXPECT_FALSE(expect_any_messages_of_any_witness());
}

TEST(ZeroKnowledge, EveryPadIsNeeded) {
  for (const Job& job : hiding_jobs()) {
    TwoWitnesses t(job);
    const std::size_t early = t.upper.num_early(), rounds = t.upper.num_messages() - early - 2;
    // Steps 2 to 6: without its pad a message is its value. Few values are the same for all
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
    // Step 7: a round without its pad, and l and r without theirs.
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
        return masked_answer(s.c.honest().message(root), s.c.compiled().layout.answer_pad[root],
                             Digest());
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
  const ProveInput input = job.input();
  const Randomness fixed(seed, keccak256(encode_statement(input.statement)));
  std::vector<K> pads(side.c.compiled().plan.num_pads);
  fixed.fill("segment 0 pads", pads);
  for (const bool masked : {true, false}) {
    ProveOptions options;
    options.attempt = &seed;
    options.frozen_seed = kSeed;
    options.verify_own = false;
    options.without_masks = !masked;
    const std::vector<u8> file = prove(input, options).bytes;
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
  OwnedArena arena(8 * statement_memory(job.statement));
  Statement s = job.statement;
  s.datasets = Vec<Manifest>(arena.get(), s.datasets.span());
  s.segments = Vec<SegmentStatement>(arena.get(), s.segments.span());
  auto compiled = compile_statement(s, arena.get());
  Compiled& c = compiled.value();
  const u32 n = static_cast<u32>(c.segments.size()), num_roots = c.opening.num_roots;
  const RootOrder order = root_order(c);
  Digest d;
  std::memcpy(d.bytes, &seed, 8);
  const Randomness random(d, Digest());
  // Roots of noise: segments, their second ones, ends, datasets.
  std::vector<std::vector<F>> messages(num_roots);
  std::vector<CommittedRoot> roots(num_roots);
  std::vector<K> mask(std::size_t{1} << c.opening.log_rows);
  random.fill("mask", mask);
  const std::vector<K> answers = uniform(num_roots, seed);
  for (u32 root = 0; root < num_roots; ++root) {
    messages[root].resize(std::size_t{1} << (log_rows_of(c, root) + kLogRootColumns));
    random.fill(std::string(1, static_cast<char>('a' + root)), messages[root]);
    if (root < order.end) continue;  // its pads are to come
    roots[root] = commit_root(messages[root], {}, c.opening);
    if (root < order.data) {
      s.segments[root - order.end].end = {roots[root].root(), answers[root]};
    } else {
      s.datasets[root - order.data].root = roots[root].root();
      s.datasets[root - order.data].answer = answers[root];
    }
  }
  take_roots(s, c, arena.get());
  const std::vector<u8> statement = encode_statement(s);
  ProverTranscript t;
  t.chain().frozen_seed = seed;
  u64 drawn = 0;
  std::vector<Digest> states;
  std::vector<K> values;
  std::vector<std::vector<WeightGroup>> forms;
  for (u32 k = 0; k < n; ++k) {
    const CompiledSegment& own = c.segments[k];
    const UpperPart upper(own, public_of(c, k), s, seed, k, drawn);
    const std::vector<K> sent = uniform(upper.num_messages(), seed + 1 + k);
    const UpperPart::Claim claim = upper.claim(sent);
    forms.push_back(upper.groups(claim));
    // Three words at a pad take up the difference to the claimed value.
    const u32 padded = file_root(c, k, own.layout.pads.root);
    std::vector<F>& message = messages[padded];
    const u64 at = own.layout.pads.offset;
    for (u32 l = 0; l < kDegree; ++l) message[at + l] = F();
    K sum, weight;
    for (WeightGroup& group : forms.back()) {
      for (const WeightGroup::Piece& piece : group.pieces)
        if (group.root == own.layout.pads.root && piece.offset <= at &&
            at - piece.offset < group.s.size())
          weight += piece.weight * group.s[at - piece.offset];
      group.root = file_root(c, k, group.root);
      contract_message(group, messages[group.root], kLogRootColumns);
      sum += group_value(group);
    }
    const K rest = (claim.value - sum) * inverse(weight);
    for (u32 l = 0; l < kDegree; ++l) message[at + l] = rest.c[l];
    for (WeightGroup& group : forms.back())
      if (group.root == padded) contract_message(group, message, kLogRootColumns);
    const bool carries = k == 0 && !mask_is_apart(c.opening);
    roots[k] = commit_root(messages[k], carries ? std::span<const K>(mask) : std::span<const K>(),
                           c.opening);
    OwnRoots sent_roots;
    sent_roots.root[kSegmentRoot] = roots[k].root();
    for (const u32 local : {kSecondRoot, kPushforwardRoot}) {
      if (!own.layout.has(local)) continue;
      const u32 root = file_root(c, k, local);
      roots[root] = commit_root(messages[root], {}, c.opening);
      sent_roots.root[local] = roots[root].root();
    }
    values.push_back(claim.value);
    // The challenges of steps 1 to 7 were drawn by the verifier's own run.
    const UpperPart::End end = upper.end(sent, sent_roots);
    drawn = end.drawn;
    states.push_back(end.state);
    t.append(upper.bytes_of(sent, sent_roots));
  }
  t.chain().challenges_drawn = drawn;
  bind_chain(t, statement, states);
  const K zeta = t.challenge("zeta");
  std::vector<WeightGroup> all;
  K value, power(kOne);
  for (u32 k = 0; k < n; ++k, power *= zeta) {
    value += power * values[k];
    for (WeightGroup& group : forms[k]) {
      scale_group(group, power);
      all.push_back(std::move(group));
    }
  }
  std::vector<HeldRoot> held;
  for (u32 root = 0; root < num_roots; ++root) held.emplace_back(messages[root], roots[root]);
  std::vector<OpenableRoot*> opened;
  for (HeldRoot& root : held) opened.push_back(&root);
  prove_opening(opened, mask, std::move(all), value, c.opening, t);
  return encode_file(s, t.proof());
}

void expect_a_simulator_is_accepted() {
  for (const Job& job : {reference_job("mean_squared_linear"), forger::padded_job(), chained_job(1),
                         chained_job(20)}) {
    const std::vector<u8> file = simulated(job, kSeed);
    {
      const Frozen frozen(kSeed);
      EXPECT_EQ(file_verdict(file), "accepted");
    }
    EXPECT_NE(file_verdict(file), "accepted");  // and only by who chose the challenges
  }
}

TEST(ZeroKnowledge, ASimulatorWithoutAWitnessIsAccepted) { expect_a_simulator_is_accepted(); }

TEST(ZeroKnowledge, SegmentsWithTwoRootsHideAsMuch) {
  const SplitSegments split;
  EXPECT_TRUE(expect_any_messages_of_any_witness());
  expect_a_simulator_is_accepted();
}

TEST(ZeroKnowledge, SegmentsWithPullbacksHideAsMuch) {
  const PullAnyMap pull;
  expect_any_messages_of_any_witness();
  expect_a_simulator_is_accepted();
}

TEST(ZeroKnowledge, SegmentsWithShortMapsHideAsMuch) {
  const ShortenAnyMap shorten;
  expect_any_messages_of_any_witness();
  expect_a_simulator_is_accepted();
}

// Every kind of field element that leaves the prover, from the log of a proof and the codec of the
// statement, and what hides it. An unlisted one fails.
TEST(ZeroKnowledge, EveryElementThatLeavesIsListed) {
  std::map<std::string, std::string> hidden_by;
  for (const ReviewedMessage& m : kReviewedMessages) hidden_by[m.label] = m.hidden_by;
  std::map<std::string, u32> seen;
  const auto add_messages = [&](const std::vector<u8>& file) {
    u64 absorbed = 0;
    for (const LoggedEvent& e : events_of(file)) {
      if (!e.is_message()) continue;
      ++seen[e.type + (" " + e.label)];
      absorbed += e.bytes;
    }
    EXPECT_GT(file.size() - proof_offset(file), absorbed);
    ++seen["hints"];
  };
  {
    const PullAnyMap pull;
    add_messages(prove(reference_job("logistic_relu").input(), {.verify_own = false}).bytes);
  }
  for (Job job : {reference_job("graph"), reference_job("logistic_relu"), deep_job(),
                  chained_job(20), named_start(chain_job({}), 20), ring_job()}) {
    job.statement.publish_weights = true;
    const std::vector<u8> file = prove(job.input(), {.verify_own = false}).bytes;
    add_messages(file);
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
