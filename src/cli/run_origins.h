// Whose records chosen steps of a run were made of: counts for each custodian, licence and purpose.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/run_steps.h"

namespace pedigree::cli {

// "steps": first, last, number, skipped; then "by_custodian", "by_licence", "by_purpose": for each group its records in the
// batches of these steps, each once, the batches that held some, equal ones once, and their steps.
nlohmann::json run_origins_json(const RunSteps& run, const StepRange& range);
// The same as a table.
std::string run_origins_text(const nlohmann::json& origins);

}  // namespace pedigree::cli
