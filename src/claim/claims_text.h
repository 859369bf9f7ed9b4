// How claims on weights read: for --json and for people. Each kind has its part in its folder and a line in claims_text.cc.
#pragma once

#include <pedigree/verify.h>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/types.h"

namespace pedigree::cli {

inline constexpr u32 kFirstClaim = 3;  // kinds below are runs

struct ClaimText {
  u32 kind;
  const char* name;
  nlohmann::json (*fields)(const pedigree_claim& c);  // beside those of every claim
  std::string (*lines)(const pedigree_claim& c);
  std::string (*meaning)(const pedigree_claim& c);
  // Of an accepted one. Null: nothing.
  std::string (*summary)(const pedigree_claim& c) = nullptr;
  bool has_weights = true;
  // What an accepted claim says beside the proof of its run, for --json and then for people. Null: nothing.
  nlohmann::json (*beside_run)(const pedigree_claim& c, const std::vector<u8>& run,
                               const std::string& run_path) = nullptr;
  std::string (*beside_run_lines)(const pedigree_claim& c,
                                  const nlohmann::json& beside_run) = nullptr;
};

extern const ClaimText kInferenceText, kScoreText, kOriginsText;

// Null: not a claim on weights.
const ClaimText* claim_text_of(u32 kind);

nlohmann::json model_claim_json(const pedigree_claim& c);
std::string model_claim_text(const pedigree_claim& c);
std::string model_claim_meaning(const pedigree_claim& c);
std::string model_claim_summary(const pedigree_claim& c);

// A matrix of cells, as JSON and as words.
nlohmann::json cells_json(const pedigree_cells& m);
std::string cells_text(const pedigree_cells& m);

}  // namespace pedigree::cli
