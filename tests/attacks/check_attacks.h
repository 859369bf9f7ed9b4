// For each check of the verifier an attack that it refuses, and that passes it when it alone is
// switched off. KILL.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/refusal.h"

namespace pedigree::attacks {

struct CheckAttack {
  Check check = Check::none;
  std::string what;
  std::function<Refusal()> shipped;  // what the shipped verifier says; proves anew where the prover
                                     // compiles the check too
  std::function<std::string()>
      clear;          // equations between hidden values: the check that the clear build names
  bool alone = true;  // nothing else refuses it: accepted without the check
};

std::vector<CheckAttack> relation_attacks();    // equations of proof/segment.h
std::vector<CheckAttack> statement_attacks();   // bytes and statement
std::vector<CheckAttack> interface_attacks();   // policy and published weights
std::vector<CheckAttack> commitment_attacks();  // the opening and its trees
std::vector<CheckAttack> claim_attacks();       // claims on weights
std::vector<CheckAttack> score_attacks();       // evaluations
std::vector<CheckAttack> origins_attacks();     // claims on the records of a run
std::vector<CheckAttack> all_attacks();

// Checks that cannot be switched off: going on without them is undefined. Each with the reason and
// the test that it refuses.
struct FixedCheck {
  Check check;
  const char* reason;
  std::function<Refusal()> shipped;
};
std::vector<FixedCheck> fixed_checks();

}  // namespace pedigree::attacks
