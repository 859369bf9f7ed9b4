// Small jobs of every kind, for tests: a statement, records, labels.
#pragma once

#include "proof/prove.h"

namespace pedigree::harness {

struct Job {
  std::shared_ptr<OwnedArena> arena;
  Statement statement;
  std::vector<i64> x, y;

  ProveInput input() const;
};

struct JobOptions {
  Loss loss = Loss::cross_entropy;
  u32 features = 5, outputs = 3;
  u32 records = 20, holdout = 3, batch = 4, steps = 3;
  std::vector<u32> hidden = {6};
  Activation activation = Activation::relu;
  u32 range_bits = 7;
  std::vector<u16> impulse = {1};
  std::vector<Optimiser::Run> runs;  // one run of c = 3 by default
  bool publish = false;
  bool without_records = false;  // sizes only
  u64 seed = 7;
};

// A chain of linear layers with activations between.
Job chain_job(const JobOptions& o);

// A random graph of `depth` hidden linear layers with skips, shared weights and mixed activations.
Job random_graph_job(u64 seed);

// Layers with formats that fit coarse small jobs: scores and deltas stay within range_bits for
// small weights.
void set_linear(Layer& l, u32 input, u32 out, bool last);
void set_activation(Layer& l, u32 input, Activation f);
void set_add(Layer& l, u32 input, u32 second);

// The statement's runs, owned by the job's arena.
void set_runs(Job& job, const std::vector<Optimiser::Run>& runs);

}  // namespace pedigree::harness
