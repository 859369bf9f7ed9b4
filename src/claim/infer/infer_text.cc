#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "claim/claims_text.h"
#include "cli/claim_text.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

json fields(const pedigree_claim& c) {
  if (c.inference == nullptr) return json::object();
  return {{"samples", c.inference->inputs.samples},
          {"inputs", cells_json(c.inference->inputs)},
          {"outputs", cells_json(c.inference->outputs)}};
}

std::string lines(const pedigree_claim& c) {
  if (c.inference == nullptr) return "";
  return fmt::format("  {:<12} {}\n  {:<12} {}\n", "inputs", cells_text(c.inference->inputs),
                     "outputs", cells_text(c.inference->outputs));
}

std::string meaning(const pedigree_claim&) {
  return "This proves: whoever made the file knows weights under the stated identity and inputs "
         "such "
         "that the model, in exact\n"
         "  integers, answers the stated outputs to the stated inputs; hashed ones are those of "
         "their digest.\n";
}

}  // namespace

const ClaimText kInferenceText{3, "inference", fields, lines, meaning, nullptr};

}  // namespace pedigree::cli
