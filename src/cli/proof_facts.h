// What a verified proof says, as one object: the matter of certificates and reports. A function of the files alone: no clock, no
// path, no name of a file; the same files give the same bytes.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/checked_proof.h"

namespace pedigree::cli {

// Refuses what would mean something else tomorrow: a policy with the date "today". Throws Failure.
nlohmann::json facts_json(const CheckedProof& proof);

// Roots of these manifests, each the same as one inside the proof in every field that a claim has. Throws Failure where one is not.
nlohmann::json manifests_json(const std::vector<std::string>& paths, const pedigree_claim& claim);

// Scores that the trainer wrote down in the run of this proof. Throws Failure where it is another run or was altered.
nlohmann::json metrics_json(const std::string& run, const pedigree_claim& claim);

}  // namespace pedigree::cli
