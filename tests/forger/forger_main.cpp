// Makes three forged proofs of a run, for ./demo.sh: every hash, challenge and proof of work is right, only the claim is
// false.
//
//   pedigree_forger RUN/ OUT/
//     OUT/step.pedigree      one value of one step is one unit off, and everything after it is computed honestly
//     OUT/record.pedigree    one record was exchanged for another while training
//     OUT/weights.pedigree   publishes OUT/weights.safetensors, of which one weight is one unit off
#include <fmt/format.h>

#include <algorithm>

#include "cli/exit.h"
#include "cli/files.h"
#include "cli/run_directory.h"
#include "forger/roles.h"
#include "proof/weights_file_write.h"

namespace pedigree::forger {

namespace {

// The run as one segment over declared records. Arena memory of the run stays with it: it must outlive the job.
Job job_of(const cli::Run& run) {
  Job job;
  job.arena = std::make_shared<OwnedArena>(std::size_t{1} << 20);
  job.statement = run.statement;
  SegmentStatement segment;
  segment.steps = run.statement.sampling.steps;
  job.statement.segments = Vec<SegmentStatement>(job.arena->get());
  job.statement.segments.push_back(segment);
  for (const custody::DatasetFolder& d : run.data.datasets) {
    job.x.insert(job.x.end(), d.data.x.begin(), d.data.x.end());
    job.y.insert(job.y.end(), d.labels.begin(), d.labels.end());
  }
  return job;
}

std::vector<u8> altered_step(const Job& job) {
  const Roles roles(job);
  const u32 step = job.statement.sampling.steps / 2;
  Forgery f{"one altered step", "A42", "tree_layer", job, job};
  f.lies.cell = [target = roles.quotient(1), step](const harness::CellAt& at, i64 honest) {
    return at.tensor == target && at.feature == 0 && at.step == step && at.row == 0 ? honest + 1
                                                                                    : honest;
  };
  return Forger(f).file();
}

std::vector<u8> exchanged_record(const Job& job) {
  const Roles roles(job);
  const u32 features = job.statement.model.features, used = roles.compiled().selection[0];
  const u32 other = used == 0 ? 1 : 0;
  Forgery f{"one exchanged record", "A38", "contraction_operand", job, job};
  std::copy_n(job.x.begin() + other * features, features, f.truth.x.begin() + used * features);
  return Forger(f).file();
}

struct Published {
  std::vector<u8> proof, weights;
};

Published altered_weights(Job job) {
  Published published;
  job.statement.publish_weights = true;
  const harness::JobData data(job);
  WeightEntries altered = data.weights(1);
  altered[0][0] += 1;
  published.weights =
      write_weights_file(data.compiled().segments[0].program.parameters.span(), altered);
  job.statement.weights = keccak256(published.weights);
  ProveInput input = job.input();
  input.weights = [altered](u32) { return altered; };
  ProveOptions options;
  options.verify_own = false;
  published.proof = prove(std::move(input), options).bytes;
  return published;
}

int forge(const std::string& run_path, const std::string& out) {
  const cli::Run run = cli::read_run(run_path);
  const Job job = job_of(run);
  Published published = altered_weights(job);
  cli::write_folder(out, {{"step.pedigree", altered_step(job)},
                          {"record.pedigree", exchanged_record(job)},
                          {"weights.pedigree", std::move(published.proof)},
                          {"weights.safetensors", std::move(published.weights)}});
  return 0;
}

}  // namespace

}  // namespace pedigree::forger

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: pedigree_forger RUN/ OUT/\n");
    return 2;
  }
  try {
    return pedigree::forger::forge(argv[1], argv[2]);
  } catch (const std::exception& error) {
    fmt::print(stderr, "pedigree_forger: {}\n", error.what());
    return 1;
  }
}
