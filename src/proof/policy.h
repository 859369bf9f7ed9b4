// What a verifier's caller insists on beside the proof itself (include/pedigree/verify.h): a pure function of policy and
// statement, and of what the statement's steps use. Time is a field of the policy.
#pragma once

#include "pedigree/verify.h"
#include "proof/verify.h"

namespace pedigree {

// Refuses policy_*. `bits`: of the worst round.
Result<void> check_policy(const pedigree_policy& policy, const Verified& v, double bits) noexcept;

// What a beacon's source signs.
Digest beacon_digest(const Beacon& beacon) noexcept;

}  // namespace pedigree
