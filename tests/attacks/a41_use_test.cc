// A41, A38: what a run makes of its steps and records, as the verifier counts it: skipped and empty steps, records that no step
// used. The counts are made here again in another way: one step and one record at a time.
#include <gtest/gtest.h>

#include <map>

#include "harness/jobs.h"
#include "harness/verdict.h"
#include "proof/policy.h"
#include "proof/use.h"
#include "tensor/order.h"

namespace pedigree::harness {
namespace {

RunUse counted(const Job& job, Arena& arena) {
  const auto c = compile_statement(job.statement, arena);
  EXPECT_TRUE(c.ok()) << check_name(c.why().check) << " " << c.why().index;
  return use_of(job.statement, c.value(), arena);
}

// What a gradient of step s weighs in the end: time runs, and each step adds its share of what is still in the response.
std::vector<u64> weights_of_steps(const JobOptions& o) {
  std::vector<u64> c, weight(o.steps);
  for (const Optimiser::Run& run : o.runs) c.insert(c.end(), run.count, run.c);
  std::map<u32, u32> open;  // step: terms of its response that have come
  for (u32 t = 0; t < o.steps; ++t) {
    open[t] = 0;
    for (auto& [s, term] : open)
      if (term < o.impulse.size()) weight[s] += c[t] * o.impulse[term++];
    if (o.period == 0 || (t + 1) % o.period != 0) continue;
    for (auto& [s, term] : open)
      while (term < o.impulse.size()) weight[s] += c[t] * o.impulse[term++];
    open.clear();
  }
  return weight;
}

void expect_counts(const JobOptions& o) {
  const Job job = chain_job(o);
  OwnedArena arena(std::size_t{1} << 28);
  const RunUse use = counted(job, arena.get());
  const std::vector<u64> weights = weights_of_steps(o);
  u64 least = 0, most = 0;
  u32 skipped = 0, empty = 0;
  std::vector<bool> seen(job.statement.sampling.records);
  Sampling sampling = job.statement.sampling;
  sampling.seed = run_seed(job.statement);
  for (u32 t = 0; t < o.steps; ++t) {
    std::vector<u32> rows(o.batch);
    select_rows(arena.get(), sampling, t, 1, o.batch, rows);
    bool any = false;
    for (const u32 row : rows) {
      any = any || row != kDeadSlot;
      if (row != kDeadSlot && weights[t] > 0) seen[row] = true;
    }
    empty += !any;
    skipped += weights[t] == 0;
    if (weights[t] == 0) continue;
    least = least == 0 ? weights[t] : std::min(least, weights[t]);
    most = std::max(most, weights[t]);
  }
  EXPECT_EQ(use.skipped_steps, skipped);
  EXPECT_EQ(use.empty_steps, empty);
  EXPECT_EQ(use.least_factor, least);
  EXPECT_EQ(use.most_factor, most);
  std::size_t row = 0;
  for (std::size_t d = 0; d < job.statement.datasets.size(); ++d) {
    u32 used = 0;
    for (u32 n = 0; n < job.statement.datasets[d].records; ++n) used += seen[row++];
    EXPECT_EQ(use.records[d], used) << d;
  }
}

TEST(Use, IsThatOfEachStepAndRecord) {
  JobOptions o;
  o.datasets = {12, 8};
  o.steps = 6;
  o.without_records = true;
  const auto with = [&](std::vector<Optimiser::Run> runs, std::vector<u16> impulse, u32 period,
                        std::vector<u32> segments) {
    JobOptions next = o;
    next.runs = std::move(runs);
    next.impulse = std::move(impulse);
    next.period = period;
    next.segments = std::move(segments);
    expect_counts(next);
  };
  with({{6, 3}}, {1}, 0, {});
  with({{1, 3}, {2, 0}, {3, 1}}, {1}, 0, {2, 4});
  with({{5, 3}, {1, 0}}, {4, 2, 1}, 0, {});
  with({{5, 3}, {1, 0}}, {0, 0, 1}, 0,
       {});  // a response that comes late: the last steps never count
  with({{5, 3}, {1, 0}}, {0, 0, 1}, 3, {3, 3});
  with({{2, 3}, {1, 0}, {3, 2}}, {4, 2, 1}, 3, {3, 3});
  with({{2, 0}, {4, 2}}, {4, 2, 1}, 4, {4, 2});
  o.holdout = 5;
  o.batch = 4;
  o.shards = 4;  // three or four records each
  o.steps = 12;
  o.batch = 3;
  with({{12, 1}}, {1}, 0, {});
  o.shards = 15;  // one record each: later batches of an epoch would be empty
  o.batch = 1;
  o.steps = 15;
  with({{15, 1}}, {1}, 0, {});
  o.shards =
      2;  // seven and eight records in batches of seven: every second batch of the first is empty
  o.batch = 7;
  o.steps = 8;
  with({{8, 1}}, {1}, 0, {4, 4});
}

TEST(Use, SaysWhatWasNotUsed) {
  JobOptions o;
  o.records = 20;
  o.holdout = 3;
  o.batch = 4;
  o.steps = 3;
  o.without_records = true;
  OwnedArena arena(std::size_t{1} << 27);
  EXPECT_EQ(counted(chain_job(o), arena.get()).records[0], 12u);  // less than an epoch
  o.steps = 50;
  EXPECT_EQ(counted(chain_job(o), arena.get()).records[0], 17u);  // all but those held out
  o.runs = {{2, 3}, {48, 0}};
  const RunUse use = counted(chain_job(o), arena.get());
  EXPECT_EQ(use.records[0], 8u);  // what skipped steps read counts nothing
  EXPECT_EQ(use.skipped_steps, 48u);
  EXPECT_EQ(use.empty_steps, 0u);
}

// A policy counts the least number of distinct records that the used ones can be.
TEST(Use, DistinctOnesAreCountedAtTheirLeast) {
  const Job job = signed_job();
  OwnedArena arena(1 << 20);
  Verified v;
  v.statement = job.statement;
  v.statement.datasets = Vec<Manifest>(arena.get(), job.statement.datasets.span());
  v.use.records = Vec<u32>(arena.get(), 1);
  Manifest& m = v.statement.datasets[0];
  const auto most = [&](u32 used, u32 distinct) {
    v.use.records[0] = used;
    m.distinct = distinct;
    pedigree_policy policy{};
    policy.any_custodian = 1;
    while (check_policy(policy, v, 200).ok()) ++policy.min_distinct;
    return policy.min_distinct - 1;
  };
  ASSERT_EQ(m.records, 20u);
  EXPECT_EQ(most(20, 20), 20u);
  EXPECT_EQ(most(12, 20), 12u);
  EXPECT_EQ(most(12, 15), 7u);  // all five copies may be among the twelve
  EXPECT_EQ(most(5, 15), 1u);
  EXPECT_EQ(most(3, 2), 1u);
  EXPECT_EQ(most(0, 20), 0u);
  m.custodian = Digest();
  EXPECT_EQ(most(20, 20), 0u);  // nobody counted
}

}  // namespace
}  // namespace pedigree::harness
