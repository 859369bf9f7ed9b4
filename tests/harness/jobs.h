// Small jobs of every kind, for tests: a statement, records, labels.
#pragma once

#include <array>
#include <optional>

#include "proof/prove.h"

namespace pedigree::harness {

using Seed = std::array<u8, 32>;  // of a signing key

struct Job {
  std::shared_ptr<OwnedArena> arena;
  Statement statement;
  std::vector<i64> x, y;          // records of all datasets, one after the other
  WeightEntries start;            // of a named start
  std::optional<Seed> signed_by;  // whose key signs the manifests; none: they are declared
  std::vector<Seed> among;        // the other keys of its ring, if any

  ProveInput input() const;
};

// The committed datasets of a job, and its weights before every segment and after the last.
class JobData {
 public:
  explicit JobData(const Job& job);
  const Compiled& compiled() const { return compiled_; }
  const WeightEntries& weights(u32 boundary) const { return weights_[boundary]; }
  std::vector<OpenableRoot*> datasets();
  // Commits messages as they are now, and states their roots.
  void settle(Statement& s);

 private:
  class Dataset : public OpenableRoot {
   public:
    std::vector<F> held;
    Manifest* manifest = nullptr;
    DatasetLayout layout;
    CommittedRoot root;
    OpenedRoot opened() const override { return root.opened(); }
    Words message() override { return held; }
    void use_masks() override {}
    void open(std::span<const u64> positions, ProverTranscript& t) override {
      root.open(positions, t);
    }
  };
  Job job_;
  OwnedArena arena_;
  Compiled compiled_;
  std::vector<Dataset> datasets_;
  std::vector<WeightEntries> weights_;
};

// A word of a root's message, to be altered; datasets too.
inline F& word_of(Witness& w, u32 root, u64 index) {
  return const_cast<F&>(
      w.message(root).held()[index]);  // the harness owns the messages of its datasets
}

struct JobOptions {
  Loss loss = Loss::cross_entropy;
  u32 features = 5, outputs = 3;
  u32 records = 20, holdout = 3, batch = 4, steps = 3;
  std::vector<u32> hidden = {6};
  Activation activation = Activation::relu;
  u32 range_bits = 7;
  std::vector<u16> impulse = {1};
  std::vector<Optimiser::Run> runs;  // one run of c = 3 by default
  std::vector<u32> segments;         // steps of each; one by default
  std::vector<u32> datasets;         // records of each; one by default
  u32 period = 0, shards = 1;
  bool publish = false;
  bool without_records = false;  // sizes only
  std::optional<Seed> signed_by;
  std::vector<Seed> among;
  u64 seed = 7;
};

// A chain of linear layers with activations between.
Job chain_job(const JobOptions& o);

// One of its own whose dataset a custodian signed.
Job signed_job();

// A random graph of `depth` hidden linear layers with skips, shared weights and mixed activations.
Job random_graph_job(u64 seed);

// The same job from a file of weights: those of its seeded start, shown to be below 2^check_bits.
Job named_start(Job job, u8 check_bits);

// A manifest with the key of the seed, and its signature.
void sign(Manifest& m, const Seed& seed);
// As one of these and `others`.
void sign(Manifest& m, const Seed& seed, const std::vector<Seed>& others, Arena& arena);
Digest key_of(const Seed& seed);
Job ring_job();  // whose records {1} signed as one of {1}, {2}, {3}

// The same job under a beacon that the key of `seed` signed; returns that key.
Digest set_beacon(Job& job, std::string_view source, const Seed& seed);

// Layers with formats that fit coarse small jobs: scores and deltas stay within range_bits for
// small weights.
void set_linear(Layer& l, u32 input, u32 out, bool last);
void set_activation(Layer& l, u32 input, Activation f);
void set_add(Layer& l, u32 input, u32 second);

// One segment of this many steps; the schedule is the caller's.
void set_steps(Job& job, u32 steps);

// The statement's runs, owned by the job's arena.
void set_runs(Job& job, const std::vector<Optimiser::Run>& runs);

}  // namespace pedigree::harness
