// The rows of each step, one epoch's order at a time.
#pragma once

#include <span>
#include <vector>

#include "model/model.h"

namespace pedigree::train {

class Batches {
 public:
  explicit Batches(const Sampling& sampling) : sampling_(sampling) {}

  // The live rows of step t, in slot order.
  std::span<const u32> rows(u32 step);

  // Rows for accuracies: the holdout, or all rows where nothing is held out; ascending.
  std::vector<u32> scored_rows() const;

 private:
  Sampling sampling_;
  u32 first_step_ = 0, steps_ = 0;
  std::vector<u32> kept_;       // the order from which shards are cut
  std::vector<u32> selection_;  // of one epoch, batch slots a step
};

}  // namespace pedigree::train
