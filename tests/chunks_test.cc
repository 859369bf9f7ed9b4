// Features that are not there: of the chunks that features are cut into, those without a live one.
#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "harness/clear.h"
#include "harness/reference_jobs.h"
#include "harness/score_case.h"
#include "harness/switches.h"
#include "harness/verdict.h"

namespace pedigree::harness {
namespace {

void expect_same_chunks(const Program& p, TensorId t, TensorId part) {
  EXPECT_EQ(features_there(p.tensors[t]), features_there(p.tensors[part])) << t << ' ' << part;
}

// What is 0 where it is not there stays so: whatever is added, multiplied or looked up together is there in the same features.
void expect_zeros_stay(const Program& p) {
  for (TensorId id = 0; id < p.tensors.size(); ++id) {
    const Tensor& t = p.tensors[id];
    for (u32 i = 0; i < t.num_terms; ++i)
      EXPECT_LE(features_there(p.tensors[p.terms[t.first_term + i].tensor]), features_there(t));
    if (t.kind == TensorKind::product || t.kind == TensorKind::pullback)
      expect_same_chunks(p, id, t.a);
    if (t.kind == TensorKind::product) expect_same_chunks(p, id, t.b);
    if (t.kind == TensorKind::broadcast || t.kind == TensorKind::live ||
        t.kind == TensorKind::gather)
      EXPECT_LE(t.features, features_there(t));
    if (t.kind == TensorKind::contraction)
      EXPECT_EQ(t.features,
                t.transposed ? p.parameters[t.parameter].in : p.parameters[t.parameter].out);
  }
  for (const Lookup& l : p.lookups)
    for (u32 c = 1; c < l.num_columns; ++c) expect_same_chunks(p, l.columns[0], l.columns[c]);
}

TEST(Chunks, AreTheSameForAllThatIsTakenTogether) {
  std::vector<Job> jobs{chunked_job(), deep_job()};
  for (const ReferenceJob& r : reference_jobs()) jobs.push_back(r.job);
  for (u64 seed = 0; seed < 20; ++seed) jobs.push_back(random_graph_job(seed));
  for (const Job& job : jobs) {
    OwnedArena arena(statement_memory(job.statement));
    const auto compiled = compile_statement(job.statement, arena.get());
    ASSERT_TRUE(compiled.ok());
    expect_zeros_stay(compiled.value().segments[0].program);
  }
  for (const char* name : {"small", "logistic", "regression"}) {
    const ClaimCase& model = claim_case(name);
    ScoreCase c(model);
    ScoreStatement s = c.statement(c.input(), model.weights);
    OwnedArena arena(1 << 26);
    const auto compiled = compile_score(s, arena.get());
    ASSERT_TRUE(compiled.ok()) << name;
    expect_zeros_stay(compiled.value().file.segments[0].program);
  }
}

// Weights beyond their shape, before and after the steps: nothing else is computed from those of an input that is not live, and what
// is computed from those of an output that is not there would be read by no lookup.
TEST(Chunks, WeightsBeyondTheirShapeAreRefusedInLaterSegments) {
  JobOptions o;
  o.features = 17;  // of 18 that are there
  o.hidden = {3};   // of 4
  o.steps = 4;
  o.segments = {2, 2};
  ClearCase c(chain_job(o), 1);
  const auto verdict = [&](u64 input, u64 output) {
    return c.verdict([&](const SegmentPublic& s, Witness& w) {
      const u64 at = s.layout->end_weights[0].offset + (input << 2) + output;
      for (const u32 root : {kStartRoot, kEndRoot}) w.messages[root][at] += F(1);
    });
  };
  EXPECT_EQ(verdict(17, 0), "start_padding 0");
  EXPECT_NE(verdict(0, 3), "accepted");
}

TEST(Chunks, TakeNoWordsWhereTheyAreNotThere) {
  OwnedArena arena(statement_memory(chunked_job().statement));
  const auto compiled = compile_statement(chunked_job().statement, arena.get());
  ASSERT_TRUE(compiled.ok());
  const CompiledSegment& c = compiled.value().segments[0];
  std::map<u64, u64> next;  // by offset: where what lies there ends
  const auto add = [&](const Block& b) {
    EXPECT_TRUE(next.emplace(b.offset, b.offset + b.words()).second);
  };
  u32 cut = 0;
  for (TensorId t = 0; t < c.program.tensors.size(); ++t) {
    const Tensor& x = c.program.tensors[t];
    if (x.kind != TensorKind::committed || x.root != Root::segment) continue;
    const Block& b = c.layout.tensors[t];
    EXPECT_EQ(b.words(), c.program.cells_there(t));
    EXPECT_EQ(b.offset % (u64{1} << (b.log_chunk_features() + b.log_positions)), 0u);
    cut += b.words() < u64{1} << c.program.log_size(t);
    add(b);
  }
  EXPECT_GT(cut, 5u);
  for (const Block& b : c.layout.multiplicities) add(b);
  add(c.layout.pads);
  u64 end = 0;
  for (const auto& [offset, behind] : next) {
    EXPECT_EQ(offset, end);
    end = behind;
  }
  EXPECT_EQ(end, c.layout.used_words[kSegmentRoot]);
}

TEST(Chunks, AreProven) {
  for (const bool pulls : {false, true}) {
    std::optional<PullAnyMap> pull;
    if (pulls) pull.emplace();
    EXPECT_EQ(judge_clear(chunked_job()), "accepted");
    EXPECT_EQ(file_verdict(prove(chunked_job().input()).bytes), "accepted");
  }
}

// The last feature of a chunk that is there without being live is forced as live ones are.
TEST(Chunks, EveryCellThatIsThereIsForced) {
  for (const bool pulls : {false, true}) {
    std::optional<PullAnyMap> pull;
    if (pulls) pull.emplace();
    ClearCase c(chunked_job());
    const Program& p = c.compiled().program;
    u32 dead = 0;
    for (TensorId t = 0; t < p.tensors.size(); ++t) {
      const Tensor& x = p.tensors[t];
      if (x.kind != TensorKind::committed || x.root != Root::segment || x.log_features == 0)
        continue;
      const Block& b = c.compiled().layout.tensors[t];
      dead += b.features_there() > x.features;
      for (const u64 f : {u64{x.features} - 1, b.features_there() - 1}) {
        const std::string verdict = c.verdict(
            [&](const SegmentPublic&, Witness& w) { w.cells(b)[f << b.log_positions] += F(1); });
        EXPECT_NE(verdict, "accepted") << t << ' ' << f;
      }
    }
    EXPECT_GT(dead, 5u);
  }
}

}  // namespace
}  // namespace pedigree::harness
