// What `pedigree certify` signs: an in-toto Statement v1 about a verified proof, in a DSSE envelope.
//
//   subject     the proof, and the file of weights where one was shown, each by sha256 and keccak256
//   predicate   what was verified (cli/proof_facts.h) and what it does not say; no date: the envelope bears none
//   source      in-toto attestation, spec/v1/statement.md
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cli/checked_proof.h"

namespace pedigree::cli {

inline constexpr const char* kStatementType = "https://in-toto.io/Statement/v1";
inline constexpr const char* kPayloadType = "application/vnd.in-toto+json";
// Names are under .invalid until the project has an address of its own.
inline constexpr const char* kPredicateType = "https://pedigree.invalid/training/v1";

nlohmann::json certificate_statement(const CheckedProof& proof);
std::string statement_text(const nlohmann::json& statement);  // what is signed

}  // namespace pedigree::cli
