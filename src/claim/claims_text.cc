#include "claim/claims_text.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/claim_text.h"

namespace pedigree::cli {

using nlohmann::json;

namespace {

const char* visibility_name(u32 visibility) {
  return visibility == 0 ? "hidden" : visibility == 1 ? "hashed" : "shown";
}

}  // namespace

const ClaimText* claim_text_of(u32 kind) {
  // The list: a new kind of claim is a folder and a line here.
  static const ClaimText* const kTexts[] = {&kInferenceText, &kScoreText, &kOriginsText};
  for (const ClaimText* text : kTexts)
    if (text->kind == kind) return text;
  return nullptr;
}

json cells_json(const pedigree_cells& m) {
  json out = {{"visibility", visibility_name(m.visibility)},
              {"columns", m.columns},
              {"frac", m.frac},
              {"digest", m.visibility == 1 ? identity_text(m.digest) : json(nullptr)},
              {"rows", nullptr}};
  if (m.cells == nullptr) return out;
  json rows = json::array();
  for (u32 n = 0; n < m.samples; ++n) {
    json row = json::array();
    for (u32 j = 0; j < m.columns; ++j)
      row.push_back(
          std::ldexp(static_cast<double>(m.cells[n * m.columns + j]), -static_cast<int>(m.frac)));
    rows.push_back(row);
  }
  out["rows"] = rows;
  return out;
}

std::string cells_text(const pedigree_cells& m) {
  std::string text =
      fmt::format("{} of {} columns, {}", m.samples, m.columns, visibility_name(m.visibility));
  if (m.visibility == 1) text += " as " + identity_text(m.digest).get<std::string>();
  constexpr u32 kMost = 12;
  if (m.cells == nullptr || m.samples != 1 || m.columns > kMost) return text;
  text += ":";
  for (u32 j = 0; j < m.columns; ++j)
    text += fmt::format(" {:.4g}",
                        std::ldexp(static_cast<double>(m.cells[j]), -static_cast<int>(m.frac)));
  return text;
}

json model_claim_json(const pedigree_claim& c) {
  const ClaimText* own = claim_text_of(c.kind);
  json out = {{"kind", own != nullptr ? own->name : "unknown"},
              {"format_version", format_text(c)},
              {"arithmetic", c.arithmetic},
              {"profile", profile_text(c)},
              {"model", nullptr},
              {"weights", nullptr},
              {"context", context_json(c)}};
  if (own == nullptr || own->has_weights)
    out.update({{"model", model_json(c)},
                {"weights", identity_text(c.trained)},
                {"weights_openings", c.openings},
                {"weight_bits", c.weight_bits},
                {"shows_weight_range", c.shows_weight_range != 0}});
  if (own != nullptr) out.update(own->fields(c));
  return out;
}

std::string model_claim_text(const pedigree_claim& c) {
  const ClaimText* own = claim_text_of(c.kind);
  std::string text = own != nullptr ? own->lines(c) : "";
  if (own != nullptr && !own->has_weights) return text + context_lines(c);
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
  if (!own->has_weights)
    return own->meaning(c) +
           "It does not prove: that these are the datasets of a run, unless its proof is checked "
           "beside it (--run). Soundness holds\n"
           "  in the random-oracle model. There has been no outside audit.\n";
  return own->meaning(c) +
         "It does not prove: where the weights come from, unless the proof of their run is checked "
         "beside it (--run); that the\n"
         "  model is fit for any purpose; that what it states keeps secrets: answers and counts "
         "may "
         "tell about records by\n  themselves. Soundness holds in the random-oracle model. There "
         "has "
         "been no outside audit.\n";
}

}  // namespace pedigree::cli
