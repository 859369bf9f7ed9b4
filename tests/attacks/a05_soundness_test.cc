// A5, A12, A13, A14, A19: claims that cancel, trees that check themselves, bounds that hold.
#include <gtest/gtest.h>

#include "forger/message_liar.h"
#include "forger/roles.h"
#include "harness/cells.h"
#include "harness/reference_jobs.h"
#include "harness/verdict.h"

namespace pedigree::harness {
namespace {

// A5. Two false accumulators, at the same cell of two contractions, that cancel in their sum: the
// quotient does not see them. Only the random factor that joins the claims does.

// The claims are means over fans of eight and of one: this factor makes their weights equal.
constexpr F kPredicted = inverse_pow2(3);

// The factor of the contractions is the (depth + 1)-th "lambda" of a proof.
struct PredictableSide : MaskedSender::Liar {
  explicit PredictableSide(u32 which) : wanted(which) {}
  u32 wanted, seen = 0;
  K challenge(std::string_view label, const K& drawn) override {
    return label == "lambda" && seen++ == wanted ? K(kPredicted) : drawn;
  }
};

class PredictableChannel : public ClearChannel {
 public:
  using ClearChannel::ClearChannel;
  u32 wanted = 0, seen = 0;
  K challenge(std::string_view label) noexcept {
    const K drawn = ClearChannel::challenge(label);
    return label == "lambda" && seen++ == wanted ? K(kPredicted) : drawn;
  }
};

TEST(Batching, FalseClaimsThatCancelAreRefusedUnlessTheFactorIsPredictable) {
  const Job job = forger::padded_job();
  const forger::Roles roles(job);
  ClearCase c(job);
  const std::size_t cell = roles.index({0, 1, 1, 1});
  const auto cancel = [&](const SegmentPublic&, Witness& w) {
    w.contractions[roles.contraction(1, false, false)][cell] += F(1);
    w.contractions[roles.contraction(1, true, false)][cell] -= F(1);
  };
  EXPECT_EQ(c.verdict(cancel), "contraction 0");

  // The twin: a factor known to both sides beforehand lets them pass.
  const u32 depth = c.compiled().plan.log_lookups;
  PredictableSide prover(depth);
  ClearOptions options;
  options.liar = &prover;
  Witness w = c.honest();
  cancel(c.segment(), w);
  const std::vector<u8> messages = c.prove(w, options);
  OwnedArena arena(4 * statement_memory(c.statement()));
  VerifierTranscript read(messages);
  bind_segment(read, encode_statement(c.statement()), 0);
  PredictableChannel channel(read, c.segment(), w);
  channel.wanted = depth;
  EXPECT_TRUE(SegmentVerifier<PredictableChannel>(channel, c.segment(), arena.get()).run().ok());
}

TEST(Batching, FalseClaimsThatCancelAcrossLayersAndRootsAreRefused) {
  const Job job = forger::padded_job();
  const forger::Roles roles(job);
  ClearCase c(job);
  // between two layers, between forward and backward
  EXPECT_NE(c.verdict([&](const SegmentPublic&, Witness& w) {
    w.contractions[roles.contraction(1, false, false)][0] += F(1);
    w.contractions[roles.contraction(3, false, false)][0] -= F(1);
  }),
            "accepted");
  EXPECT_NE(c.verdict([&](const SegmentPublic&, Witness& w) {
    w.contractions[roles.contraction(3, false, false)][5] += F(3);
    w.contractions[roles.contraction(3, false, true)][5] -= F(3);
  }),
            "accepted");
  // between end weights of one parameter, and of two
  EXPECT_EQ(c.verdict([&](const SegmentPublic& s, Witness& w) {
    F* end = w.messages[kEndRoot].data();
    end[s.layout->end_weights[0].offset] += F(1);
    end[s.layout->end_weights[0].offset + 1] -= F(1);
  }),
            "weights 0");
  // between a multiplicity too high and one too low
  ClearOptions options;
  options.tamper_counts = [](const SegmentPublic& s, Witness& w) {
    F* counts = w.messages[kSegmentRoot].data() + s.layout->multiplicities[0].offset;
    counts[0] += F(1);
    counts[1] -= F(1);
  };
  EXPECT_EQ(c.verdict({}, options).substr(0, 10), "tree_layer");
}

// Two equations of their own, each false by the negative of the other: a row with two ones in one dataset, the same row without
// one in the other. All else about the run is true, so the joining factor alone stands between it and acceptance.
TEST(Batching, FalseZerosThatCancelAreRefusedUnlessTheFactorIsPredictable) {
  JobOptions o;
  o.datasets = {10, 10};
  Job job = chain_job(o);
  const u32 row = 4, columns = o.outputs;
  for (u32 k = 0; k < columns; ++k) {
    job.y[row * columns + k] = k < 2;
    job.y[(10 + row) * columns + k] = 0;
  }
  EXPECT_EQ(judge_clear(job), "zero_tensor 0");
  const std::vector<u8> file = prove(job.input(), {.verify_own = false}).bytes;
  EXPECT_EQ(file_verdict(file), "opening_claim");
  {
    const Killed killed(Check::zero_tensor);
    EXPECT_EQ(file_verdict(prove(job.input(), {.verify_own = false}).bytes), "accepted");
  }
  // How they are joined: at a factor of one the two errors are none, at another one they stay.
  OwnedArena arena(1 << 20);
  const std::vector<u8> nothing;
  VerifierTranscript transcript(nothing);
  const auto joined = [&](const K& eta) {
    MaskedChannel channel(transcript, Layout(), 2, arena.get());
    const K error(F(3), F(1), F(4));
    EXPECT_TRUE(channel.require(Check::zero_tensor, 0, Affine(error), {}).ok());
    EXPECT_TRUE(channel.require(Check::zero_tensor, 1, Affine(-error), {}).ok());
    return join_equations(channel, eta).linear.constant;
  };
  EXPECT_EQ(joined(K(kOne)), K());
  u64 state = 5;
  for (u32 i = 0; i < 100; ++i) {
    const auto word = [&] { return F((state = state * 6364136223846793005u + 1) >> 8); };
    EXPECT_FALSE(joined(K(word(), word(), word())) == K());
  }
}

TEST(Batching, EndWeightsOfTwoLayersThatCancelAreRefused) {
  ClearCase c(forger::padded_job());
  for (const auto& [a, b] : {std::pair{1, 3}, {0, 2}, {0, 1}})
    EXPECT_EQ(c.verdict([&](const SegmentPublic& s, Witness& w) {
      F* end = w.messages[kEndRoot].data();
      end[s.layout->end_weights[static_cast<std::size_t>(a)].offset] += F(1);
      end[s.layout->end_weights[static_cast<std::size_t>(b)].offset] -= F(1);
    }),
              "weights 0");
}

// A12: every claim is settled by a key of the one form, at its own point. Random graphs of claims,
// a sample of their cells.
void random_graphs(u32 graphs, u32 stride) {
  u32 done = 0;
  for (u64 seed = 1000; done < graphs; ++seed) {
    std::unique_ptr<ClearCase> c;
    try {
      c = std::make_unique<ClearCase>(random_graph_job(seed));
      if (c->verdict({}) != "accepted") continue;
    } catch (const std::exception&) {
      continue;  // a value left its format: another graph
    }
    ++done;
    u32 at = 0;
    for (const Cell& cell : cells_of(c->compiled())) {
      if (cell.use != CellUse::forced || cell.root >= kDataRoot || at++ % stride != seed % stride)
        continue;
      EXPECT_NE(c->verdict([&](const SegmentPublic&, Witness& w) {
        word_of(w, cell.root, cell.word) += F(1);
      }),
                "accepted")
          << seed << " root " << cell.root << " word " << cell.word;
    }
  }
}

TEST(Claims, RandomGraphsLeaveNoneOpenSample) { random_graphs(4, 211); }
TEST(Claims, RandomGraphsLeaveNoneOpenSlow) { random_graphs(30, 61); }

// A14: a tree of zeros satisfies every layer; the leaves do not.
struct ZeroTree : MaskedSender::Liar {
  K send(std::string_view label, const K& value) override {
    in_tree = in_tree && label != "leaf";
    return in_tree ? K() : value;
  }
  bool in_tree = true;
};

TEST(Lookups, ATreeOfZerosIsRefusedAtTheLeaves) {
  ClearCase c(reference_job("mean_squared_relu_rounding"));
  ZeroTree liar;
  ClearOptions options;
  options.liar = &liar;
  EXPECT_EQ(c.verdict({}, options), "leaf_numerator 0");
  const Killed killed(Check::leaf_numerator);
  ZeroTree again;
  options.liar = &again;
  EXPECT_EQ(c.verdict({}, options), "leaf_denominator 0");
}

// A13: a value that is in no table would need as many lookups as the field has elements to go
// unseen.
TEST(Lookups, CountsStayFarBelowTheModulus) {
  for (const ReferenceJob& j : reference_jobs()) {
    const ClearCase c(j.job);
    EXPECT_LT(c.compiled().plan.log_lookups, 48u);
  }
  // The largest segment that has parameters: all its words looked up a hundred times.
  EXPECT_LT(static_cast<double>(u64{1} << (kMaxLogRows + 6)) * 100,
            static_cast<double>(kModulus) / (1 << 20));
}

// A19: the static bound, exactly. The largest factor that passes is proven; one more is refused on
// both sides.
Job job_with_factor(u32 c) {
  JobOptions o;
  o.hidden = {};
  o.features = 8;
  o.batch = 16;
  o.steps = 1;
  o.runs = {{1, c}};
  Job job = chain_job(o);
  job.statement.optimiser.num_impulse = kMaxImpulse;
  for (u16& x : job.statement.optimiser.impulse) x = 65535;
  return job;
}

Check check_of(const Job& job) {
  OwnedArena arena(2 * statement_memory(job.statement));
  const auto c = compile_statement(job.statement, arena.get());
  return c.ok() ? Check::none : c.why().check;
}

TEST(Bounds, OneAboveIsRefusedByBothSides) {
  u32 good = 1, bad = (1u << 20) - 1;
  ASSERT_EQ(check_of(job_with_factor(good)), Check::none);
  ASSERT_EQ(check_of(job_with_factor(bad)), Check::bound);
  while (bad - good > 1)
    (check_of(job_with_factor((good + bad) / 2)) == Check::none ? good : bad) = (good + bad) / 2;
  EXPECT_EQ(file_verdict(prove(job_with_factor(good).input(), {}).bytes), "accepted");
  std::vector<u8> file;
  ProveInput input;
  {
    const Killed scruples(Check::bound);
    input = job_with_factor(bad).input();
    file = prove(input, {}).bytes;
  }
  EXPECT_THROW(prove(input, {}), std::runtime_error);
  EXPECT_EQ(file_verdict(file), "bound");
  // What the accepted program can reach is below the largest integer that is its own residue.
  OwnedArena arena(2 * statement_memory(job_with_factor(good).statement));
  const Job job = job_with_factor(good);
  const auto c = compile_statement(job.statement, arena.get());
  for (const Tensor& t : c.value().segments[0].program.tensors)
    EXPECT_LT(t.bound, u128{kModulus} / 2);
}

}  // namespace
}  // namespace pedigree::harness
