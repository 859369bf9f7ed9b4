// From a specification and a dataset to everything a run needs: model with formats, schedule,
// sampling.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "record/dataset.h"
#include "train/exact_run.h"
#include "train/spec.h"

namespace pedigree::train {

struct PlanOptions {
  u32 dry_run_steps =
      0;           // 0: the whole schedule; then the dry run is also the float twin of the metrics
  u32 margin = 3;  // bits above the largest value of the dry run
  std::function<void(u32 done, u32 all)> progress;
  // The seed of start and order, from what it is bound to; the specification's own where absent. Formats are not known yet.
  std::function<u64(const Model&, const Optimiser&, const Sampling&)> seed_of;
  // Weights to start from, by parameter, [in][out]; none: the seeded start.
  std::vector<std::vector<double>> start;
};

// Owns the schedule that `optimiser` points into: moved, never copied.
struct RunPlan {
  RunPlan() = default;
  RunPlan(RunPlan&&) = default;
  RunPlan& operator=(RunPlan&&) = default;

  Model model;
  Optimiser optimiser;
  std::vector<Optimiser::Run> runs;
  Sampling sampling;
  std::vector<std::string> layer_names;  // [layer - 1]
  std::vector<std::string> notes;        // sentences for the user: warnings, rates in effect, limbs
  u32 frac_y = 0;
  bool has_twin = false;   // the float twin ran over the whole schedule
  double score_float = 0;  // accuracy or R^2 of the twin
  double loss_float = 0;   // mean loss of its last steps
};

// Throws Error: usage (exit 2) where specification and data do not fit; diverged (exit 7) where the
// dry run does.
RunPlan make_run_plan(const RunSpec& spec, const record::Dataset& data,
                      const PlanOptions& options = {});

}  // namespace pedigree::train
