// What a verifier's caller insists on beside the proof itself (include/pedigree/verify.h): a pure function of policy and
// statement. Time is a field of the policy.
#pragma once

#include "pedigree/verify.h"
#include "proof/statement.h"

namespace pedigree {

// Refuses policy_*. `bits`: of the worst round.
Result<void> check_policy(const pedigree_policy& policy, const Statement& s, double bits) noexcept;

// What a beacon's source signs.
Digest beacon_digest(const Beacon& beacon) noexcept;

}  // namespace pedigree
