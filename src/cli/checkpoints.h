// States of a run on disk, from which any of its steps is computed again.
//
//   checkpoint-STEP.bin    "PEDCKPT\n" | version | run digest 32 bytes | step | parameters: entries i64, history | Keccak256
//
// The run digest binds specification, records and formats: a state of another run, or one that was altered or cut, is not read.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "train/exact_run.h"

namespace pedigree::cli {

class Checkpoints {
 public:
  // The folder is made when the first state is written.
  Checkpoints(std::string folder, const Digest& run) : folder_(std::move(folder)), run_(run) {}

  // Written whole or not at all; throws Failure (unfinished) where the disk is full.
  void write(u32 step, const train::WeightState& state) const;

  // The newest sound state at or before `step`; 0 and an empty state where there is none. What is passed over goes to `skipped`
  // as a sentence each.
  struct Found {
    u32 step = 0;
    train::WeightState state;
  };
  Found newest(u32 step, std::vector<std::string>* skipped = nullptr) const;

 private:
  std::string folder_;
  Digest run_;
};

}  // namespace pedigree::cli
