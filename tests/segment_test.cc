#include <gtest/gtest.h>

#include <map>

#include "harness/clear.h"
#include "harness/switches.h"

namespace pedigree::harness {
namespace {

std::string verdict_of(const std::vector<u8>& file) {
  OwnedArena arena(verify_memory(file));
  const auto v = verify_file(file, arena.get());
  return v.ok() ? "accepted" : check_name(v.why().check);
}

std::string proven(const Job& job) {
  return verdict_of(prove(job.input(), {.verify_own = false}).bytes);
}

TEST(Segment, ProvesAnHonestRun) { EXPECT_EQ(proven(chain_job({})), "accepted"); }

TEST(Segment, ProvesEveryLossAndActivation) {
  for (const Loss loss : {Loss::cross_entropy, Loss::logistic, Loss::mean_squared})
    for (const Activation f :
         {Activation::identity, Activation::relu, Activation::tanh, Activation::gelu}) {
      JobOptions o;
      o.loss = loss;
      o.activation = f;
      o.outputs = loss == Loss::logistic ? 1 : 3;
      o.impulse = {2, 1, 1};
      o.runs = {{2, 1}, {1, 0}};
      EXPECT_EQ(proven(chain_job(o)), "accepted") << int(loss) << " " << int(f);
    }
}

TEST(Segment, ProvesOddShapes) {
  JobOptions o;
  o.hidden = {};
  o.steps = 1;
  o.batch = 1;
  o.records = 1;
  o.holdout = 0;
  o.features = 1;
  EXPECT_EQ(judge_clear(chain_job(o)), "accepted");
  EXPECT_EQ(proven(chain_job(o)), "accepted");
  o = {};
  o.hidden = {1, 7, 2};
  o.steps = 9;
  o.batch = 7;
  o.records = 17;
  o.range_bits = 9;
  o.publish = true;
  EXPECT_EQ(proven(chain_job(o)), "accepted");
}

JobOptions chain_options() {
  JobOptions o;
  o.steps = 9;
  o.segments = {4, 2, 3};
  o.records = 20;
  o.datasets = {13, 7};
  return o;
}

TEST(Chain, ProvesSegmentsOnTwoDatasets) {
  JobOptions o = chain_options();
  const Job job = chain_job(o);
  for (u32 k = 0; k < 3; ++k) EXPECT_EQ(ClearCase(job, k).verdict({}), "accepted") << k;
  EXPECT_EQ(proven(job), "accepted");
  o.publish = true;
  o.shards = 3;
  EXPECT_EQ(proven(chain_job(o)), "accepted");
}

TEST(Chain, ProvesMomentumInPeriods) {
  JobOptions o = chain_options();
  o.segments = {4, 2, 3};
  o.period = 2;
  o.impulse = {3, 2, 1, 1};
  o.runs = {{2, 1}, {4, 0}, {3, 1}};
  EXPECT_EQ(proven(chain_job(o)), "accepted");
}

TEST(Chain, ProvesRangesOfWeights) {
  Job job = chain_job(chain_options());
  job.statement.segments[1].check_bits = 20;
  EXPECT_EQ(ClearCase(job, 1).verdict({}), "accepted");
  EXPECT_EQ(proven(job), "accepted");
}

// No line of prover code knows these graphs.
TEST(Segment, ProvesTwentyRandomGraphs) {
  u32 done = 0;
  for (u64 seed = 1; done < 20 && seed < 200; ++seed) {
    Job job = random_graph_job(seed);
    std::string verdict;
    try {
      verdict = judge_clear(job);
      if (verdict == "accepted") verdict = proven(job);
    } catch (const std::exception& e) {
      verdict = e.what();
    }
    EXPECT_EQ(verdict, "accepted") << seed;
    ++done;
  }
}

// A segment that was run for the weights after it is not run again: its trace is packed meanwhile.
Job four_segments() {
  JobOptions o = chain_options();
  o.steps = 12;
  o.segments = {4, 2, 3, 3};
  return chain_job(o);
}

void expect_kept_traces_to_give_the_same_proof() {
  const Job job = four_segments();
  Digest attempt;
  attempt.bytes[0] = 5;
  std::vector<u8> proofs[2];
  for (const bool keep : {false, true}) {
    ProveOptions options;
    options.attempt = &attempt;
    options.keep_traces = keep;
    proofs[keep] = prove(job.input(), options).bytes;
  }
  EXPECT_EQ(proofs[0], proofs[1]);
}

TEST(Segment, KeptTracesGiveTheSameProof) {
  expect_kept_traces_to_give_the_same_proof();
  const PullAnyMap pull;
  expect_kept_traces_to_give_the_same_proof();
}

class MemoryStore : public AttemptStore {
 public:
  std::map<std::string, std::vector<u8>> parts;
  bool load(const std::string& name, std::vector<u8>& bytes) override {
    const auto at = parts.find(name);
    if (at != parts.end()) bytes = at->second;
    return at != parts.end();
  }
  void save(const std::string& name, std::span<const u8> bytes) override {
    parts[name].assign(bytes.begin(), bytes.end());
  }
};

// Of an attempt that lost any one part it kept, or none.
void expect_stored_segments_to_give_the_same_proof() {
  const Job job = four_segments();
  Digest attempt;
  attempt.bytes[0] = 6;
  MemoryStore store;
  ProveOptions options;
  options.attempt = &attempt;
  options.store = &store;
  const std::vector<u8> whole = prove(job.input(), options).bytes;
  const MemoryStore kept = store;
  EXPECT_EQ(prove(job.input(), options).bytes, whole);
  for (const auto& [name, bytes] : kept.parts) {
    if (!name.starts_with("segment-2")) continue;
    store = kept;
    store.parts.erase(name);
    EXPECT_EQ(prove(job.input(), options).bytes, whole) << name;
  }
}

TEST(Segment, StoredSegmentsGiveTheSameProof) {
  expect_stored_segments_to_give_the_same_proof();
  const PullAnyMap pull;
  expect_stored_segments_to_give_the_same_proof();
}

}  // namespace
}  // namespace pedigree::harness
