// A small committed test set, and evaluations of a small run's weights on it.
#pragma once

#include "claim/score/score_prove.h"
#include "harness/claim_case.h"

namespace pedigree::harness {

struct ScoreOptions {
  u32 records = 11;
  std::optional<Seed> signed_by;  // none: declared
  u8 content = 99;
};

class ScoreCase {
 public:
  explicit ScoreCase(const ClaimCase& model, const ScoreOptions& options = {});
  ScoreCase(const ScoreCase&) = delete;

  const ClaimCase& model() const { return model_; }
  Manifest& test() { return root_.manifest; }
  const std::vector<i32>& labels() const { return y_; }
  void set_label(u32 record, u32 column, i32 value);
  void set_input(u32 record, u32 feature, i32 value);
  // The records in the opposite order.
  void reverse();
  const std::vector<F>& message() const { return root_.held; }

  // All records, the exact number. With a ticket where the test set is signed.
  ScoreInput input(const CommittedWeights& weights);
  ScoreInput input() { return input(model_.weights); }
  void give_ticket(ScoreInput& input, const CommittedWeights& weights, u32 number) const;
  // The first `drawn` records of a beacon's order.
  void draw(ScoreInput& input, u32 drawn);
  // The whole statement of an input, its value to be filled in.
  ScoreStatement statement(const ScoreInput& input, const CommittedWeights& weights);
  // Commits anew after a change of the manifest.
  void settle();

 private:
  struct Root : OpenableRoot {
    std::vector<F> held;
    Manifest manifest;
    CommittedRoot root;
    OpenedRoot opened() const override { return root.opened(); }
    Words message() override { return held; }
    void use_masks() override {}
    void open(std::span<const u64> positions, ProverTranscript& t) override {
      root.open(positions, t);
    }
  };
  const ClaimCase& model_;
  ScoreOptions options_;
  OwnedArena arena_;
  std::vector<i32> x_, y_;
  Root root_;
};

// The identity of weights, as a claim on them has it.
Digest identity_of(const CommittedWeights& weights);

// All entries zero: every score is the same. Of no run.
CommittedWeights zero_weights(const ClaimCase& like);

// A secret key of a seed signs the ticket.
void sign_ticket(const Seed& seed, const Digest& content, const Digest& weights, u32 number,
                 u8* signature);

}  // namespace pedigree::harness
