// A small proven run whose weights claims are about, and inputs for them.
#pragma once

#include "claim/infer/infer_prove.h"
#include "harness/jobs.h"

namespace pedigree::harness {

struct ClaimCase {
  Job job;
  std::vector<u8> run;  // its proof
  CommittedWeights weights;
  u32 samples = 3;
  std::vector<i32> inputs;   // sample by sample
  std::vector<i32> outputs;  // as the trainer's own forward pass gives them

  // Fills the trace of any claim on these inputs.
  void fill(const CompiledSegment& segment, TraceSinks& sinks) const;
  InferInput inference() const;  // everything shown
};

// Of a job of one's own.
ClaimCase prove_case(Job job);

// Proven once, for jobs of this kind: "small", "other" of another seed, "logistic", "regression", "chain" of two segments, or
// "graph" with skips and shared weights.
const ClaimCase& claim_case(const std::string& name);
// The same weights, with their range shown by the claim.
CommittedWeights showing_range(const ClaimCase& c);

}  // namespace pedigree::harness
