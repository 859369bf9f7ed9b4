// A run's program with the memory it lies in.
#pragma once

#include <memory>

#include "model/compile.h"
#include "train/memory.h"
#include "train/plan.h"

namespace pedigree::train {

struct CompiledRun {
  HeapBlock block;
  Program program;
  std::vector<Optimiser::Run> runs;  // schedule of the steps that the program covers
  u32 steps =
      0;  // the first steps of the run that one program covers without a range check of weights
};

// The program of the whole run, or, with `any_length`, of as many of its first steps as fit one
// program: training itself needs no more. Throws Error (exit 2) with layer and remedy where the
// model or its formats are refused.
CompiledRun compile_run(const RunPlan& plan, bool any_length = false);

}  // namespace pedigree::train
