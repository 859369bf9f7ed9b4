#include "cli/certificate.h"

#include <nlohmann/json.hpp>

#include "cli/proof_facts.h"

namespace pedigree::cli {

using nlohmann::json;

json certificate_statement(const CheckedProof& proof) {
  json predicate = facts_json(proof);
  predicate["limits"] = {"that the records are true, lawful or good",
                         "that no other run was tried",
                         "any accuracy",
                         "that the result equals a floating-point run",
                         "that published weights keep records secret",
                         "whose keys those of custodians are"};
  json subject = json::array();
  for (const auto& [key, name] :
       {std::pair{"proof", "model.pedigree"}, std::pair{"weights", "weights.safetensors"}}) {
    if (!predicate["files"].contains(key)) continue;
    const json& file = predicate["files"][key];
    subject.push_back({{"name", name},
                       {"digest", {{"sha256", file["sha256"]}, {"keccak256", file["keccak256"]}}}});
  }
  return {{"_type", kStatementType},
          {"subject", subject},
          {"predicateType", kPredicateType},
          {"predicate", predicate}};
}

std::string statement_text(const json& statement) {
  return statement.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace pedigree::cli
