// Claims as a caller of the C interface judges them, and the equations that alone refuse them.
#pragma once

#include <pedigree/verify.h>

#include <functional>

#include "attacks/check_attacks.h"
#include "harness/claim_case.h"

namespace pedigree::attacks {

using Bytes = std::vector<u8>;

// The C interface's answer to a claim, its run and its cells.
struct Api {
  Bytes memory, run_memory;
  pedigree_result result{}, run{}, cells_result{};
  static Refusal verdict(const pedigree_result& r);
  Refusal verify(const Bytes& file, u32 claims = 1);
  Refusal verify(const Bytes& file, const pedigree_policy& policy);
  Refusal link(const Bytes& file);
  Refusal cells(const Salt& salt, const std::vector<i32>& cells);
};

ProveOptions unchecked();

// An attack that one equation between hidden values refuses: that without which it is accepted.
CheckAttack on_equation(Check check, const char* what, const std::function<Refusal()>& shipped);

}  // namespace pedigree::attacks
