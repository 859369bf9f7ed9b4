#include "claim/claims_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/claim_text.h"

namespace pedigree::cli {

using nlohmann::json;

const ClaimText* claim_text_of(u32 kind) {
  // The list: a new kind of claim is a folder and a line here.
  static const ClaimText* const kTexts[] = {&kInferenceText, &kScoreText};
  for (const ClaimText* text : kTexts)
    if (text->kind == kind) return text;
  return nullptr;
}

json model_claim_json(const pedigree_claim& c) {
  const ClaimText* own = claim_text_of(c.kind);
  json out = {{"kind", own != nullptr ? own->name : "unknown"},
              {"format_version", format_text(c)},
              {"arithmetic", c.arithmetic},
              {"profile", profile_text(c)},
              {"model", model_json(c)},
              {"weights", identity_text(c.trained)},
              {"weights_openings", c.openings},
              {"weight_bits", c.weight_bits},
              {"shows_weight_range", c.shows_weight_range != 0},
              {"context", context_json(c)}};
  if (own != nullptr) out.update(own->fields(c));
  return out;
}

std::string model_claim_text(const pedigree_claim& c) {
  const ClaimText* own = claim_text_of(c.kind);
  std::string text = own != nullptr ? own->lines(c) : "";
  text += fmt::format("  {:<12} {}\n", "model", model_text(c));
  const json weights = identity_text(c.trained);
  if (weights.is_string())
    text += fmt::format("  {:<12} {}\n", "weights", weights.get<std::string>());
  text += fmt::format(
      "  {:<12} within 2^{}, {}\n", "entries", c.weight_bits,
      c.shows_weight_range != 0 ? "as the claim shows" : "as the proof of their run shows");
  return text + context_lines(c);
}

std::string model_claim_summary(const pedigree_claim& c) {
  const ClaimText* own = claim_text_of(c.kind);
  return own == nullptr || own->summary == nullptr ? "" : own->summary(c);
}

std::string model_claim_meaning(const pedigree_claim& c) {
  const ClaimText* own = claim_text_of(c.kind);
  if (own == nullptr) return "";
  return own->meaning(c) +
         "It does not prove: where the weights come from, unless the proof of their run is checked "
         "beside it (--run); that the\n"
         "  model is fit for any purpose. Soundness holds in the random-oracle model. There has "
         "been "
         "no outside audit.\n";
}

}  // namespace pedigree::cli
