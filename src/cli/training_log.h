// What a training tells of itself while it runs: losses and accuracies by epoch, how far values have come in their declared ranges.
// Kept beside the states of the training, so that one that goes on tells the same.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "train/exact_run.h"

namespace pedigree::cli {

class TrainingLog {
 public:
  explicit TrainingLog(std::string run) : folder_(std::move(run) + "/checkpoints") {}

  // After the steps that `run` has just made: takes their losses; a sentence for each tensor that went beyond half of its range
  // for the first time.
  std::vector<std::string> follow(train::ExactRun& run);
  // Ends an epoch: its entry gets the mean loss of its batches, each before its update.
  void end_epoch(nlohmann::json entry);

  void keep(u32 step, double plain_cpu_seconds);
  // What was kept up to `step`, and the CPU seconds so far; false where it is lost.
  bool recall(u32 step, double& plain_cpu_seconds);

  const nlohmann::json& epochs() const { return epochs_; }
  const nlohmann::json& ranges() const { return ranges_; }

 private:
  std::string path() const { return folder_ + "/epochs.json"; }

  std::string folder_;
  nlohmann::json epochs_ = nlohmann::json::array(), ranges_ = nlohmann::json::array();
  // Sums over the records of the epoch so far; and as they were at the states that were kept last.
  double loss_ = 0;
  u64 records_ = 0;
  bool is_whole_ = true;  // nothing of the epoch was lost
  nlohmann::json marks_ = nlohmann::json::array();
};

}  // namespace pedigree::cli
