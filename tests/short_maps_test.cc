// ReLU and rounding without tables: where, that the numbers are those of the tables, and what is refused.
#include <gtest/gtest.h>

#include <algorithm>

#include "harness/clear.h"
#include "harness/reference_jobs.h"
#include "harness/switches.h"
#include "harness/verdict.h"

namespace pedigree::harness {
namespace {

// One hidden layer of six neurons in two samples a step.
Job job_of(u32 steps, u32 range_bits, Activation f) {
  JobOptions o;
  o.activation = f;
  o.batch = 2;
  o.steps = steps;
  o.range_bits = range_bits;
  return chain_job(o);
}

u32 maps_of(const Job& job) {
  OwnedArena arena(statement_memory(job.statement));
  const auto compiled = compile_statement(job.statement, arena.get());
  EXPECT_TRUE(compiled.ok());
  u32 maps = 0;
  for (const Table& t : compiled.value().segments[0].program.tables)
    maps += t.kind == TableKind::activation || t.kind == TableKind::round;
  return maps;
}

TEST(ShortMaps, AreThoseWithAnEighthOfTheCellsOfALongTable) {
  // 16 cells a step.
  EXPECT_EQ(maps_of(job_of(128, 13, Activation::relu)), 0u);
  EXPECT_EQ(maps_of(job_of(256, 13, Activation::relu)), 2u);
  EXPECT_EQ(maps_of(job_of(256, 14, Activation::relu)), 0u);
  EXPECT_EQ(maps_of(job_of(2, 12, Activation::relu)), 2u);
  EXPECT_EQ(maps_of(job_of(2, 13, Activation::identity)), 0u);
  EXPECT_EQ(maps_of(job_of(2, 13, Activation::gelu)), 1u);
}

TEST(ShortMaps, AreProven) {
  for (const Activation f : {Activation::relu, Activation::identity}) {
    const Job job = job_of(4, 15, f);
    EXPECT_EQ(judge_clear(job), "accepted");
    EXPECT_EQ(file_verdict(prove(job.input()).bytes), "accepted");
  }
}

TEST(ShortMaps, ServeEveryReferenceJob) {
  const ShortenAnyMap shorten;
  for (const ReferenceJob& r : reference_jobs()) {
    EXPECT_EQ(judge_clear(r.job), "accepted") << r.name;
    EXPECT_EQ(file_verdict(prove(r.job.input()).bytes), "accepted") << r.name;
  }
}

std::vector<u64> end_weights_of(const Job& job) {
  ClearCase c(job);
  std::vector<u64> words;
  for (const Block& b : c.compiled().layout.end_weights)
    for (u64 i = 0; i < b.words(); ++i) words.push_back(c.honest().cells(b)[i].v);
  return words;
}

TEST(ShortMaps, TrainAsTablesDo) {
  for (const ReferenceJob& r : reference_jobs()) {
    const std::vector<u64> with_tables = end_weights_of(r.job);
    const ShortenAnyMap shorten;
    EXPECT_EQ(end_weights_of(r.job), with_tables) << r.name;
  }
}

class ShortCase {
 public:
  explicit ShortCase(const Job& job) : case_(job) {}

  const Program& program() const { return case_.compiled().program; }

  TensorId first(Advice advice) const {
    for (TensorId t = 0; t < program().tensors.size(); ++t)
      if (program().tensors[t].kind == TensorKind::committed &&
          program().tensors[t].advice == advice)
        return t;
    ADD_FAILURE();
    return 0;
  }

  std::span<const F> cells(TensorId t) const {
    const Block& b = case_.compiled().layout.tensors[t];
    return {case_.honest().cells(b), b.words()};
  }

  std::string verdict_after(TensorId t, u64 cell, F by) {
    return case_.verdict([&](const SegmentPublic&, Witness& w) {
      w.cells(case_.compiled().layout.tensors[t])[cell] += by;
    });
  }

 private:
  ShortenAnyMap shorten_;
  ClearCase case_;
};

// Zero is not positive, a positive number is, a negative one is not.
TEST(ShortMaps, RefuseAnotherSign) {
  ShortCase c(reference_job("mean_squared_relu_rounding"));
  const TensorId sign = c.first(Advice::positive);
  const TensorId quotient = c.program().tensors[sign].a;
  u32 seen[3] = {};
  for (u64 i = 0; i < c.cells(sign).size(); ++i) {
    const i64 q = c.cells(quotient)[i].to_int();
    const bool is_positive = c.cells(sign)[i] == F(1);
    EXPECT_EQ(is_positive, q > 0);
    ++seen[q > 0 ? 2 : q == 0 ? 1 : 0];
    EXPECT_EQ(c.verdict_after(sign, i, F::from_int(is_positive ? -1 : 1)), "tree_layer 0") << q;
    EXPECT_EQ(c.verdict_after(sign, i, F(2)).substr(0, 10), "tree_layer");
  }
  for (const u32 times : seen) EXPECT_GT(times, 0u);
}

}  // namespace
}  // namespace pedigree::harness
