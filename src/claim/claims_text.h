// How claims on weights read: for --json and for people. Each kind has its part in its folder and a line in claims_text.cc.
#pragma once

#include <pedigree/verify.h>

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/types.h"

namespace pedigree::cli {

inline constexpr u32 kFirstClaim = 3;  // kinds below are runs

struct ClaimText {
  u32 kind;
  const char* name;
  nlohmann::json (*fields)(const pedigree_claim& c);  // beside those of every claim
  std::string (*lines)(const pedigree_claim& c);
  std::string (*meaning)(const pedigree_claim& c);
  std::string (*summary)(const pedigree_claim& c);  // of an accepted one; null: nothing
};

extern const ClaimText kInferenceText, kScoreText;

// Null: not a claim on weights.
const ClaimText* claim_text_of(u32 kind);

nlohmann::json model_claim_json(const pedigree_claim& c);
std::string model_claim_text(const pedigree_claim& c);
std::string model_claim_meaning(const pedigree_claim& c);
std::string model_claim_summary(const pedigree_claim& c);

}  // namespace pedigree::cli
