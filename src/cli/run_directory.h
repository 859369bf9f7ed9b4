// RUN/: what training leaves and proving reads.
//
//   run.json             format and digest of every other file; the datasets by folder
//   spec.json            the specification, canonical JSON
//   schema.json          how each column became integers, canonical JSON; its digest is in the manifests
//   statement.bin        everything that the proof will state, in its encoding; segments and commitments of weights still missing
//   start.safetensors    the weights that a named start begins from, on the run's grid
//   weights.safetensors  the weights after the last step, exact
//   metrics.json         what `pedigree train --json` printed
//   data/                the trainer's own records as a declared dataset, where no custodian's is used; private
//   checkpoints/         states of the run; private
//   attempt/             of a proof that is not finished; private
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/checkpoints.h"
#include "cli/training_data.h"
#include "proof/prove.h"

namespace pedigree::cli {

struct NewRun {
  std::string spec, schema;   // canonical JSON
  std::vector<u8> statement;  // a file with an empty proof
  std::vector<u8> start;      // empty unless the start is named
  std::vector<u8> weights;
  std::string metrics;
  std::vector<std::string> datasets;  // folders; "data" is the run's own
};
// Adds the files of a finished training to its folder; run.json is the last.
void write_run(const std::string& path, const NewRun& run);

struct Run {
  std::unique_ptr<OwnedArena> arena;  // of the statement's lists
  Statement statement;
  TrainingData data;  // none without records
  record::Schema schema;
  std::vector<std::string> layer_names;
  std::vector<u8> weights, start;
  double plain_cpu_seconds = 0;  // of the exact training alone
  Digest digest;                 // of what the checkpoints belong to
};
enum class RunParts { all, without_records };
// Throws Failure: unsupported where this is no run, refused where a file of it was altered.
Run read_run(const std::string& path, RunParts parts = RunParts::all);

// One file of a run, held against its digest in run.json. Throws as read_run.
std::vector<u8> read_run_file(const std::string& path, const std::string& name);

// What the checkpoints of a run belong to: its statement without segments and commitments.
Digest run_digest(const Statement& statement);

// Weights of a safetensors file of ours on the grid of the run's parameters, [in][out]; values between its points are rounded.
// Throws Failure where names or shapes are others.
std::vector<std::vector<double>> read_start(const std::vector<u8>& file, const std::string& path,
                                            const std::vector<std::pair<u32, u32>>& shapes);

}  // namespace pedigree::cli
