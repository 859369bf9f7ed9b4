// A10, A15, A32, A33, A34: bits of whole proofs, openings of another form, budgets of masks,
// guessable records, lengths.
#include <gtest/gtest.h>

#include <algorithm>

#include "forger/forger.h"
#include "harness/reference_jobs.h"
#include "harness/verdict.h"

namespace pedigree::harness {
namespace {

using Bytes = std::vector<u8>;

struct Terms {
  SecurityTerm terms[kMaxProofTerms];
  u32 size;
  explicit Terms(const Compiled& c) : size(proof_security(c, terms)) {}
  std::span<const SecurityTerm> span() const { return {terms, size}; }
};

// Sizes from the smallest to the largest that is practical to lay out here.
std::vector<Job> sizes() {
  std::vector<Job> jobs;
  for (const u32 log_samples : {0u, 6u, 10u, 14u, 18u}) {
    JobOptions o;
    o.records = o.batch = 1u << (log_samples / 2);
    o.holdout = 0;
    o.steps = 1u << (log_samples - log_samples / 2);
    o.hidden = {64};
    o.range_bits = 15;
    o.runs = {{o.steps, 1}};
    jobs.push_back(chain_job(o));
  }
  return jobs;
}

TEST(Parameters, EveryProfileAndSizeProves128Bits) {
  for (const Profile profile : kProfiles)
    for (Job job : sizes()) {
      job.statement.profile = profile;
      for (Manifest& m : job.statement.datasets) m.profile = profile;
      OwnedArena arena(statement_memory(job.statement));
      auto c = compile_statement(job.statement, arena.get());
      ASSERT_TRUE(c.ok()) << verdict_name(c.why());
      const Terms terms(c.value());
      ASSERT_LE(terms.size, kMaxProofTerms);
      EXPECT_GE(worst_bits(terms.span(), true), 128.0);
      EXPECT_GE(total_bits(terms.span(), true), 128.0);
      // Random rows count as rows of the code: the rate of the table is that of the masked message.
      const OpeningParameters& p = c.value().opening;
      for (const CompiledSegment& segment : c.value().segments)
        for (const u32 root : {kSegmentRoot, kEndRoot}) {
          const Layout& l = segment.layout;
          EXPECT_LE(l.used_words[root] + (u64{hiding_rows(p)} << p.levels[0].log_columns),
                    message_words(l, root));
          EXPECT_LE(l.used_words[root], l.live_words[root]);
        }
      // Datasets have a row for each query of each opening that their budget allows, and one more.
      for (std::size_t d = 0; d < c.value().data.size(); ++d) {
        const DatasetLayout& l = c.value().data[d];
        const u64 words = u64{1} << (l.log_rows + kLogRootColumns);
        EXPECT_LE(l.answer_pad + kDegree, l.live_words);
        EXPECT_GE(words - l.live_words,
                  (u64{job.statement.datasets[d].opening_budget} * p.levels[0].queries + 1)
                      << kLogRootColumns);
      }
    }
}

// Lowering one parameter by one step moves its own terms and no others.
TEST(Parameters, EachMovesItsOwnTerms) {
  OwnedArena arena(statement_memory(deep_job().statement));
  auto c = compile_statement(deep_job().statement, arena.get());
  ASSERT_TRUE(c.ok());
  const Terms before(c.value());
  const OpeningParameters honest = c.value().opening;
  ASSERT_GE(honest.num_levels, 2u);
  for (u32 l = 0; l < honest.num_levels; ++l)
    for (const bool queries : {true, false}) {
      OpeningParameters& p = c.value().opening = honest;
      queries ? --p.levels[l].queries : --p.levels[l].grinding;
      const Terms after(c.value());
      ASSERT_EQ(after.size, before.size);
      for (u32 i = 0; i < after.size; ++i) {
        const SecurityTerm &a = after.terms[i], &b = before.terms[i];
        const bool own = std::string(a.name) == "queries" && a.index == l;
        EXPECT_EQ(a.bits != b.bits || a.grinding != b.grinding, own) << a.name << " " << a.index;
        if (own) EXPECT_LT(a.bits + a.grinding, b.bits + b.grinding);
      }
    }
}

// Below 128 bits the verifier refuses, and a prover does not hand out what it would refuse.
TEST(Parameters, WeakOnesAreRefusedByBothSides) {
  const Job& job = reference_job("mean_squared_linear");
  const Bytes file = prove(job.input(), {}).bytes;
  for (void (*weaken)(Compiled&) : {+[](Compiled& c) { c.opening.levels[0].queries -= 3; },
                                    +[](Compiled& c) { c.opening.levels[0].grinding -= 6; },
                                    +[](Compiled& c) { c.opening.levels[0].log_inv_rate -= 1; }}) {
    verify_hooks.adjust = weaken;
    EXPECT_EQ(file_verdict(file), "security");
    EXPECT_THROW(prove(job.input(), {}), std::runtime_error);
    verify_hooks.adjust = nullptr;
  }
  EXPECT_EQ(file_verdict(file), "accepted");
}

// A15: words of the opening taken away, doubled or put in, wherever: leaves, siblings, answers, the
// last vector.
TEST(Openings, AnotherNumberOfWordsIsRefused) {
  constexpr u64 seed = 15;
  ProveOptions options;
  options.verify_own = false;
  options.frozen_seed = seed;
  const Bytes honest = prove(reference_job("mean_squared_linear").input(), options).bytes;
  const Frozen frozen(seed);
  const Killed work(Check::grinding);
  ASSERT_EQ(file_verdict(honest), "accepted");
  for (std::size_t at = proof_offset(honest); at + 536 <= honest.size(); at += 8 * 37)
    for (const long words : {1, 3, 4, 64, 67}) {
      Bytes less = honest, more = honest;
      const auto begin = honest.begin() + static_cast<long>(at);
      less.erase(less.begin() + static_cast<long>(at),
                 less.begin() + static_cast<long>(at) + 8 * words);
      more.insert(more.begin() + static_cast<long>(at), begin, begin + 8 * words);
      EXPECT_NE(file_verdict(less), "accepted") << at;
      EXPECT_NE(file_verdict(more), "accepted") << at;
    }
}

// A33: a dataset of one bit a record, committed twice: no leaf repeats, in no word, so that no hash
// can be guessed.
TEST(Commitments, EqualRecordsDifferEverywhere) {
  const OpeningParameters p = opening_parameters(Profile::fast, 8, 3);
  const std::size_t words = std::size_t{1} << (8 + p.levels[0].log_columns);
  std::vector<F> records(words), again(words);
  for (std::size_t i = 0; i < words / 2; ++i) records[i] = again[i] = F(i / 7 % 2);
  fill_hiding_rows(records, p);
  fill_hiding_rows(again, p);
  const CommittedRoot a = commit_root(records, {}, p), b = commit_root(again, {}, p);
  EXPECT_FALSE(a.root() == b.root());
  for (std::size_t i = 0; i < a.codeword.size(); ++i)
    ASSERT_FALSE(a.codeword[i] == b.codeword[i]) << i;
  // nor do two leaves of one tree, or two columns of equal records
  std::vector<u64> all;
  for (const F x : a.codeword) all.push_back(x.v);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
}

// A34: the length of everything but Merkle paths follows from the statement; no small integer
// leaves.
TEST(Lengths, FollowFromTheStatement) {
  const Job job = forger::padded_job();
  Job other = job;
  for (i64& x : other.x) x = -x;
  constexpr u64 seed = 34;
  ProveOptions frozen;
  frozen.frozen_seed = seed;
  frozen.verify_own = false;
  EXPECT_EQ(prove(job.input(), frozen).bytes.size(), prove(other.input(), frozen).bytes.size());
  // Fixed masks: how far two files differ is a matter of drawn positions, and one pair in ten exceeds the line below.
  Digest randomness;
  randomness.bytes[0] = 34;
  ProveOptions live;
  live.attempt = &randomness;
  const Bytes a = prove(job.input(), live).bytes, b = prove(other.input(), live).bytes;
  const auto lengths = [](const Bytes& file) {
    std::vector<std::string> out;
    for (const LoggedEvent& e : events_of(file))
      out.push_back(e.type + e.label + std::to_string(e.bytes));
    return out;
  };
  EXPECT_EQ(lengths(a), lengths(b));
  EXPECT_LT(std::max(a.size(), b.size()) - std::min(a.size(), b.size()), 8192u);
  std::vector<u64> nonces;
  for (const LoggedEvent& e : events_of(a))
    if (e.type == 'N') nonces.push_back(proof_offset(a) + e.end - 8);
  for (std::size_t at = proof_offset(a); at + 8 <= a.size(); at += 8) {
    if (std::find(nonces.begin(), nonces.end(), at) != nonces.end()) continue;
    const u64 word = load_word(a, at);
    EXPECT_TRUE(word > 1u << 24 && word < kModulus - (1u << 24))
        << at;  // by chance: one proof in 10^7
  }
}

}  // namespace
}  // namespace pedigree::harness
