#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "claim/claims_text.h"
#include "cli/claim_text.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

const char* visibility_name(u32 visibility) {
  return visibility == 0 ? "hidden" : visibility == 1 ? "hashed" : "shown";
}

json matrix_json(const pedigree_cells& m) {
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

json fields(const pedigree_claim& c) {
  if (c.inference == nullptr) return json::object();
  return {{"samples", c.inference->inputs.samples},
          {"inputs", matrix_json(c.inference->inputs)},
          {"outputs", matrix_json(c.inference->outputs)}};
}

std::string matrix_text(const pedigree_cells& m) {
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

std::string lines(const pedigree_claim& c) {
  if (c.inference == nullptr) return "";
  return fmt::format("  {:<12} {}\n  {:<12} {}\n", "inputs", matrix_text(c.inference->inputs),
                     "outputs", matrix_text(c.inference->outputs));
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
