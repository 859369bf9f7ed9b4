// A training before its first step: specification, records, number formats, the statement of the proof to come, its program.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/beacon_file.h"
#include "cli/session.h"
#include "cli/training_data.h"
#include "proof/prove.h"
#include "train/plan.h"

namespace pedigree::cli {

struct TrainOptions {
  std::string spec, label, labels, out;
  std::vector<std::string> data;
  u32 dry_run = 0, margin = 3, checkpoint_every = 0;
};

// In this order: read_spec, read_data, plan, compile. Both references must outlive it.
class PlannedRun {
 public:
  PlannedRun(const TrainOptions& options, Session& session) : o_(options), session_(session) {}

  void read_spec();
  void read_data(const std::vector<std::string>& paths);
  // Chooses formats in a dry run of floats, and says what they are.
  void plan();
  // Whatever a proof would refuse is refused here, before the training.
  void compile();

  const std::string& canonical_spec() const { return canonical_spec_; }
  const std::string& canonical_schema() const { return data_.datasets[0].schema_text; }
  const TrainingData& data() const { return data_; }
  const train::RunPlan& formats() const { return plan_; }
  const Statement& statement() const { return statement_; }
  const Program& program() const { return compiled_.segments[0].program; }
  u64 prove_memory() const { return prove_memory_; }
  // Of a named start, on the run's grid; else empty.
  const WeightEntries& start() const { return start_; }
  const std::vector<u8>& start_file() const { return start_file_; }

 private:
  std::string beside_spec(const std::string& file) const;
  void print_schema() const;
  void begin_statement();
  std::vector<std::pair<u32, u32>> shapes() const;
  void round_start();
  [[noreturn]] void refuse_statement(const Refusal& why) const;

  const TrainOptions& o_;
  Session& session_;
  train::RunSpec spec_;
  std::string canonical_spec_;
  TrainingData data_;
  BeaconFile beacon_;
  train::RunPlan plan_;
  std::unique_ptr<OwnedArena> arena_, compiled_memory_;
  Statement statement_;
  Compiled compiled_;
  std::vector<std::vector<double>> start_values_;
  WeightEntries start_;
  std::vector<u8> start_file_;
  u64 prove_memory_ = 0;
};

}  // namespace pedigree::cli
