// Makes forged proofs: every hash, challenge and proof of work is right, only the claim is false.
//
//   pedigree_forger RUN/ OUT/                  three of a run, for ./demo.sh
//     OUT/step.pedigree      one value of one step is one unit off, and everything after it is computed honestly
//     OUT/record.pedigree    one record was exchanged for another while training
//     OUT/weights.pedigree   publishes OUT/weights.safetensors, of which one weight is one unit off
//   pedigree_forger --catalogue                the catalogue, a line of JSON each: name, job, attack, place
//   pedigree_forger --catalogue OUT/ [NAME...] makes those of these names, or all: OUT/NAME.pedigree, and a line each that says
//                                              also code and clear, the public code and the check that the clear build names
//   pedigree_forger --honest OUT/              OUT/NAME.pedigree of each job of the catalogue, proven as it is, and
//                                              OUT/ring.pedigree, whose records one of three keys signed
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/exit.h"
#include "cli/files.h"
#include "cli/run_directory.h"
#include "forger/catalogue.h"
#include "forger/roles.h"
#include "harness/verdict.h"
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

// Letters and digits; anything else becomes one dash.
std::string file_name(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (plain || (!out.empty() && out.back() != '-')) out += plain ? c : '-';
  }
  return out;
}

std::string name_of(const Forgery& f) { return file_name(f.job + " " + f.name); }

nlohmann::ordered_json line_of(const Forgery& f) {
  return {{"name", name_of(f)}, {"job", f.job}, {"attack", f.attack}, {"place", f.name}};
}

int list_catalogue() {
  for (const Forgery& f : catalogue()) fmt::print("{}\n", line_of(f).dump());
  return 0;
}

void make_one(const Forgery& f, const std::string& name, const std::string& out) try {
  const Forger forger(f);
  const std::vector<u8> file = forger.file();
  cli::write_file(out + "/" + name + ".pedigree", file);
  auto line = line_of(f);
  line["code"] = code_name(harness::judge_file(file).code);
  line["clear"] = forger.clear_verdict();
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
} catch (const std::exception& error) {
  throw std::runtime_error(name + ": " + error.what());
}

int make_catalogue(const std::string& out, const std::set<std::string>& wanted) {
  cli::write_folder(out, {});
  for (const Forgery& f : catalogue()) {
    const std::string name = name_of(f);
    if (!wanted.empty() && !wanted.contains(name)) continue;
    make_one(f, name, out);
  }
  return 0;
}

int make_honest(const std::string& out) {
  cli::write_folder(out, {});
  for (const CatalogueJob& j : catalogue_jobs()) {
    const Forger honest({"nothing", "", "accepted", j.job, j.job});
    cli::write_file(out + "/" + file_name(j.name) + ".pedigree", honest.file());
  }
  cli::write_file(out + "/ring.pedigree", prove(harness::ring_job().input(), {}).bytes);
  return 0;
}

int run(std::span<char* const> words) {
  const std::vector<std::string> w(words.begin(), words.end());
  if (w.size() == 1 && w[0] == "--catalogue") return list_catalogue();
  if (w.size() >= 2 && w[0] == "--catalogue") return make_catalogue(w[1], {w.begin() + 2, w.end()});
  if (w.size() == 2 && w[0] == "--honest") return make_honest(w[1]);
  if (w.size() == 2) return forge(w[0], w[1]);
  fmt::print(stderr,
             "usage: pedigree_forger RUN/ OUT/ | --catalogue [OUT/ [NAME...]] | --honest OUT/\n");
  return 2;
}

}  // namespace

}  // namespace pedigree::forger

int main(int argc, char** argv) {
  try {
    return pedigree::forger::run({argv + 1, static_cast<std::size_t>(argc - 1)});
  } catch (const std::exception& error) {
    fmt::print(stderr, "pedigree_forger: {}\n", error.what());
    return 1;
  }
}
