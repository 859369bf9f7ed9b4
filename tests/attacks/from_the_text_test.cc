// Attacks found by reading docs/protocol.md alone.
#include <gtest/gtest.h>

#include <algorithm>

#include "commit/opening_case.h"
#include "harness/clear.h"
#include "harness/reference_jobs.h"

namespace pedigree::attacks {
namespace {

using harness::ClearCase;
using harness::Job;
using harness::reference_jobs;
using harness::ReferenceJob;

// ---- long-lived roots: an answer tells any two messages apart (protocol.md 9.4) -------------------------------------

// A17 / A33 / 9.4: the first word up, the pad down. If powers of z begin at z^0, both carry weight 1: the two messages have
// one answer for EVERY z, and a word that agrees half with each passes the opening as either with 2^(queries + grinding) tries.
TEST(FromTheText, TheAnswerTellsTheFirstWordFromThePad) {
  ClearCase c(reference_jobs()[0].job);
  for (const u32 root : {kDataRoot, kEndRoot}) {
    const std::span<const F> message = c.honest().message(root).held();
    const std::vector<F> honest(message.begin(), message.end());
    const u64 pad = c.compiled().layout.answer_pad[root];
    for (u64 seed = 0; seed < 4; ++seed) {
      Digest digest;
      digest.bytes[0] = static_cast<u8>(seed);
      std::vector<F> other = honest;
      other[0] += F(1);
      other[pad] -= F(1);
      EXPECT_FALSE(masked_answer(other, pad, digest) == masked_answer(honest, pad, digest))
          << "root " << root << ": two messages, one answer at every point";
    }
  }
}

// The same with two whole runs: both are honest, of two datasets, and both hold against one answer of the data root.
TEST(FromTheText, TwoDatasetsNeverShareAnAnswer) {
  const Job claim = harness::chain_job({});
  Job truth = claim;
  truth.x[0] += 1;
  ClearCase a(claim), b(truth);
  const u64 pad = a.compiled().layout.answer_pad[kDataRoot];
  ASSERT_EQ(a.compiled().layout.tensors[a.compiled().program.records_x].offset, 0u);
  Witness w = b.honest();
  const std::span<const F> before = w.data[0].held();
  std::vector<F> data(before.begin(), before.end());
  data[pad] = a.honest().data[0][pad] - F(1);
  for (u32 l = 1; l < kDegree; ++l) data[pad + l] = a.honest().data[0][pad + l];
  w.data[0] = data;
  ASSERT_EQ(a.judge(a.prove(w), w), "accepted");  // an honest run, whatever its pad
  EXPECT_FALSE(masked_answer(w.data[0], pad, Digest()) ==
               masked_answer(a.honest().data[0], pad, Digest()))
      << "one (root, answer, offset), record 0 with two values";
}

// Every pair (word in front of the pad, word of the pad), not only the first: the weights of an answer are independent over F.
TEST(FromTheText, NoWordHasTheWeightOfAPadWord) {
  ClearCase c(reference_jobs()[0].job);
  for (const u32 root : {kDataRoot, kEndRoot}) {
    const u64 pad = c.compiled().layout.answer_pad[root];
    const std::vector<F> none(c.honest().message(root).size());
    std::vector<K> weight;
    for (u64 x = 0; x < pad + kDegree; ++x) {
      std::vector<F> unit = none;
      unit[x] = F(1);
      weight.push_back(masked_answer(unit, pad, Digest()));
    }
    for (u64 x = 0; x < pad; ++x)
      for (u32 l = 0; l < kDegree; ++l)
        EXPECT_FALSE(weight[x] == weight[pad + l])
            << "root " << root << " word " << x << " pad " << l;
  }
}

// What the equal answers are worth: one root, half of its leaves of one message and half of the other, opens as both against
// the one answer. Toy parameters: 3 queries without proof of work, so 2^3 tries each; a shipped query costs one bit as well.
TEST(FromTheText, OneRootAndAnswerOpenAsOneMessageOnly) {
  constexpr u32 kLogRows = 6;
  constexpr u32 kData = 2;
  constexpr u64 kPad = 300;
  const OpeningParameters p = testing::small_parameters(kLogRows, 3, {{6, 2, 3, 0, 100}});
  const u32 heights[] = {kLogRows, kLogRows, kLogRows};
  testing::Case one(p, heights, 1);
  std::vector<F> other = one.messages[kData];
  other[0] += F(1);
  other[300] -= F(1);

  CommittedRoot hybrid = commit_root(one.messages[kData], {}, p);
  const CommittedRoot second = commit_root(other, {}, p);
  for (std::size_t row = 0; row < hybrid.codeword.size() / hybrid.width; row += 2)
    std::copy_n(&second.codeword[row * hybrid.width], hybrid.width,
                &hybrid.codeword[row * hybrid.width]);
  hybrid.tree = MerkleTree(hybrid.codeword, hybrid.width);
  const K answer = masked_answer(one.messages[kData], kPad, hybrid.root());
  if (masked_answer(other, kPad, hybrid.root()) != answer) return;  // told apart

  FormKey power, pad;
  power.kind = KeyKind::power;
  power.block.root = pad.block.root = kData;
  power.z = out_of_domain_point(hybrid.root());
  power.length = pad.block.offset = 300;
  pad.kind = KeyKind::element;
  const FormKey keys[] = {power, pad};
  const FormTerm form[] = {{0, K(kOne)}, {1, K(kOne)}};
  const auto tries = [&](const std::vector<F>& message) {
    for (u64 seed = 2; seed < 300; ++seed) {
      testing::Case c(p, heights, seed);  // fresh masks, fresh positions
      c.messages[kData] = message;
      for (auto& weights : c.weights) std::fill(weights.begin(), weights.end(), K());
      for (const WeightGroup& group : form_groups(keys, form, 3, {}))
        for (const WeightGroup::Piece& piece : group.pieces)
          for (std::size_t x = 0; x < group.s.size(); ++x)
            c.weights[group.root][piece.offset + x] += piece.weight * group.s[x];
      c.value = answer;
      c.commit();
      c.roots[kData] = hybrid;
      ProverTranscript t;
      c.send(t);
      if (testing::judge(c, t.proof()).ok()) return seed - 1;
    }
    return u64{0};
  };
  const u64 as_one = tries(one.messages[kData]), as_other = tries(other);
  EXPECT_TRUE(as_one == 0 || as_other == 0) << "opened as the first message after " << as_one
                                            << " tries, as the second after " << as_other;
}

// ---- A18: a rescale is an equation modulo p; its quotient needs a range of its own ------------------------------------

class Readers {
 public:
  explicit Readers(const Program& p) : p_(p) {}

  // Some lookup has x as its index, or x is the dividend of limbs that are looked up.
  bool ranged(TensorId x, u32 depth = 0) const {
    for (const Lookup& l : p_.lookups)
      if (l.columns[0] == x) return true;
    if (depth > 8) return false;
    for (TensorId t = 0; t < p_.tensors.size(); ++t)
      if (is(t, Advice::limb) && p_.tensors[t].a == x && ranged(t, depth + 1)) return true;
    return false;
  }

  // q itself, or +-q + constant, or maximum - q, is ranged.
  bool quotient_ranged(TensorId q) const {
    if (ranged(q)) return true;
    for (TensorId t = 0; t < p_.tensors.size(); ++t)
      if (p_.tensors[t].kind == TensorKind::affine && p_.tensors[t].shift == 0 &&
          reads_alone(t, q) && ranged(t))
        return true;
    return false;
  }

  bool is(TensorId t, Advice advice) const {
    return p_.tensors[t].kind == TensorKind::committed && p_.tensors[t].root == Root::segment &&
           p_.tensors[t].advice == advice;
  }

 private:
  bool reads_alone(TensorId t, TensorId q) const {
    bool reads = false;
    for (u32 i = 0; i < p_.tensors[t].num_terms; ++i) {
      const Term& term = p_.terms[p_.tensors[t].first_term + i];
      const Tensor& inner = p_.tensors[term.tensor];
      const bool sign = term.coef == 1 || term.coef == -1;
      if (sign && (term.tensor == q || (inner.kind == TensorKind::affine && inner.shift == 0 &&
                                        reads_alone(term.tensor, q))))
        reads = true;
      else if (!maximum(term.tensor))
        return false;
    }
    return reads;
  }
  bool maximum(TensorId t) const {
    return p_.tensors[t].kind == TensorKind::broadcast && is(p_.tensors[t].a, Advice::maximum) &&
           quotient_ranged(p_.tensors[t].a);
  }
  const Program& p_;
};

void expect_ranged(const Job& job, const std::string& name) {
  OwnedArena arena(4 * statement_memory(job.statement));
  const auto compiled = compile_statement(job.statement, arena.get());
  ASSERT_TRUE(compiled.ok()) << name;
  const Program& p = compiled.value().segments[0].program;
  const Readers readers(p);
  for (TensorId t = 0; t < p.tensors.size(); ++t) {
    // Whatever is read by an equation only, and not looked up as a value, must be an index somewhere.
    for (const Advice advice : {Advice::rescale, Advice::quotient, Advice::maximum, Advice::limb})
      if (readers.is(t, advice))
        EXPECT_TRUE(readers.quotient_ranged(t))
            << name << ": tensor " << t << " of layer " << p.tensors[t].layer << " has no range";
  }
  EXPECT_TRUE(readers.quotient_ranged(p.records_x)) << name;
  EXPECT_TRUE(readers.quotient_ranged(p.records_y)) << name;
}

TEST(FromTheText, EveryQuotientHasARangeOfItsOwn) {
  for (const ReferenceJob& r : reference_jobs()) expect_ranged(r.job, r.name);
  for (u64 seed = 1; seed <= 40; ++seed)
    expect_ranged(harness::random_graph_job(seed), "graph " + std::to_string(seed));
}

}  // namespace
}  // namespace pedigree::attacks
