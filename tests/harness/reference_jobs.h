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

// A job large enough for an opening of several levels.
const Job& deep_job();

}  // namespace pedigree::harness
