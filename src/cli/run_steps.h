// The batches of a proven run, step by step, from its statement alone: which rows each held, and whether its gradients count.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "proof/prove.h"

namespace pedigree::cli {

class RunSteps {
 public:
  // Of a proof that was verified. Throws Failure: refused where its statement cannot be read.
  RunSteps(const std::vector<u8>& proof, const std::string& path);

  const Statement& statement() const { return statement_; }
  u32 steps() const { return statement_.sampling.steps; }
  // Rows of all datasets, one after the other; shorter than the batch, or empty, at the end of an epoch.
  std::span<const u32> batch(u32 step) const;
  // A step that counts nothing: its learning rate is zero.
  bool is_skipped(u32 step) const { return factors_[step] == 0; }

  struct Place {
    u32 dataset = 0, row = 0;  // of that dataset
  };
  Place place_of(u32 row) const;
  // For each of these rows the steps whose batches held it, ascending.
  std::vector<std::vector<u32>> steps_of(const std::vector<u32>& rows) const;

 private:
  std::unique_ptr<OwnedArena> arena_;
  Statement statement_;
  std::vector<u32> selection_;  // batch by batch
  std::vector<u64> factors_;
};

// "0..99", "7" or "all": first and last step. Throws Failure: usage.
struct StepRange {
  u32 first = 0, last = 0;
};
StepRange parse_steps(const std::string& text, u32 steps);

}  // namespace pedigree::cli
