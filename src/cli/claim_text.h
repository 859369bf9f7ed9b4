// A claim and its soundness as JSON and as text, from the verifier's result and from nothing else.
#pragma once

#include <pedigree/verify.h>

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace pedigree::cli {

nlohmann::json claim_json(const pedigree_claim& claim);
std::string claim_text(const pedigree_claim& claim);

// Parts that claims of all kinds share.
std::string format_text(const pedigree_claim& claim);
std::string profile_text(const pedigree_claim& claim);
nlohmann::json identity_text(const pedigree_digest& digest);  // null where it is not known
nlohmann::json model_json(const pedigree_claim& claim);
std::string model_text(const pedigree_claim& claim);
nlohmann::json signer_json(const pedigree_dataset& dataset);  // as that of custody/signer.h
nlohmann::json dataset_json(const pedigree_dataset& dataset);
std::string dataset_text(const pedigree_dataset& dataset);
nlohmann::json beacon_json(const pedigree_claim& claim);  // null: none
std::string text_of(const pedigree_text& text);           // printable
nlohmann::json context_json(const pedigree_claim& claim);
std::string context_lines(const pedigree_claim& claim);

// Whose word a proof rests on: the keys that signed its records.
nlohmann::json trusts_json(const pedigree_claim& claim);
std::string trusts_text(const pedigree_claim& claim, const pedigree_policy& policy);

// What an accepted proof means, and what it does not.
std::string meaning_text(const pedigree_claim& claim);

// Every error term in bits.
nlohmann::json soundness_json(const pedigree_result& result);
std::string soundness_text(const pedigree_result& result);

}  // namespace pedigree::cli
