#include "harness/claim_case.h"

#include <map>

#include "base/require.h"
#include "train/exact_run.h"

namespace pedigree::harness {

ClaimCase prove_case(Job job) {
  ClaimCase c;
  c.job = std::move(job);
  Statement& s = c.job.statement;
  s.kind = ClaimKind::reusable_run;
  s.openings = 8;
  const Proof proof = prove(c.job.input());
  c.run = proof.bytes;
  OwnedArena arena(16 * c.run.size() + (1 << 20));
  const auto parsed = parse_file(c.run, arena.get());
  PEDIGREE_REQUIRE(parsed.ok(), "a proof that was just made");
  c.weights = committed_weights(parsed.value().statement, proof.end_message, false);
  const u32 features = s.model.features;
  for (u32 i = 0; i < c.samples * features; ++i) c.inputs.push_back(static_cast<i32>(c.job.x[i]));
  InferInput input = c.inference();
  c.outputs = prove_inference(c.weights, input, {}).outputs;
  return c;
}

void ClaimCase::fill(const CompiledSegment& segment, TraceSinks& sinks) const {
  const std::vector<i32> no_labels(samples);
  train::Cells cells;
  cells.append(samples, inputs, no_labels);
  train::Trace trace{sinks.tensors};
  train::run_forward(segment.program, job.statement.model, cells, samples, weights.entries,
                     std::vector<std::string>(kMaxLayers, "layer"), trace);
}

InferInput ClaimCase::inference() const {
  InferInput input;
  input.samples = samples;
  input.inputs = inputs;
  input.context = job.statement.context;
  input.fill_trace = [this](const CompiledSegment& segment, TraceSinks& sinks) {
    fill(segment, sinks);
  };
  return input;
}

const ClaimCase& claim_case(const std::string& name) {
  static std::map<std::string, ClaimCase> cases;
  const auto known = cases.find(name);
  if (known != cases.end()) return known->second;
  JobOptions o;
  if (name == "small") o.loss = Loss::cross_entropy;
  if (name == "other") o.seed = 8;
  if (name == "logistic") o.loss = Loss::logistic, o.outputs = 1;
  if (name == "regression") o.loss = Loss::mean_squared;
  if (name == "chain") o.steps = 4, o.segments = {2, 2};
  return cases.emplace(name, prove_case(name == "graph" ? random_graph_job(3) : chain_job(o)))
      .first->second;
}

CommittedWeights showing_range(const ClaimCase& c) {
  OwnedArena arena(16 * c.run.size() + (1 << 20));
  return committed_weights(parse_file(c.run, arena.get()).value().statement, c.weights.message,
                           true);
}

}  // namespace pedigree::harness
