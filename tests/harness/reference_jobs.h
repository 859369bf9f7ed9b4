// Tiny jobs that together use every loss, activation, kind of layer, kind of tensor and advice: the
// models of the harness.
#pragma once

#include "harness/jobs.h"

namespace pedigree::harness {

struct ReferenceJob {
  std::string name;
  Job job;
};

const std::vector<ReferenceJob>& reference_jobs();
const Job& reference_job(std::string_view name);

// Chunks of two features: of 32 inputs 18 are there, of 32 neurons 22 and of 32 classes 20, one of each not live.
const Job& chunked_job();

// A job large enough for an opening of several levels.
const Job& deep_job();

}  // namespace pedigree::harness
