// A statement with its integer dataset as JSON, in the words of docs/arithmetic.md: what an
// independent program needs to repeat the run (tests/reference/exact_twin.py).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "train/plan.h"

namespace pedigree::train {

// Model, formats, schedule and sampling.
nlohmann::json describe(const RunPlan& plan);

// The same with "x" (rows of integers) and "labels".
nlohmann::json describe_with_data(const RunPlan& plan, const record::Dataset& data);

}  // namespace pedigree::train
