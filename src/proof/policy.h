// What a verifier's caller insists on beside the proof itself (include/pedigree/verify.h): a pure function of policy and
// statement, and of what the statement's steps use. Time is a field of the policy.
#pragma once

#include "pedigree/verify.h"
#include "proof/verify.h"

namespace pedigree {

// Refuses policy_*. `bits`: of the worst round.
Result<void> check_policy(const pedigree_policy& policy, const Verified& v, double bits) noexcept;

// Parts of it that claims ask too. A manifest's date and revocations; a beacon's source and signature, and whether its source
// is one that the policy names.
Result<void> check_validity(const pedigree_policy& policy, const Manifest& m, u64 d) noexcept;
Result<void> check_beacon(const pedigree_policy& policy, const Beacon& beacon) noexcept;
bool is_named(const pedigree_policy& policy, const Beacon& beacon) noexcept;
bool is_among(const Digest& digest, const pedigree_digest* list, std::size_t n) noexcept;

// Whether a manifest is signed, and the list has whoever it may have been.
bool is_signed_by(const Manifest& m, const pedigree_digest* list, std::size_t n) noexcept;

// What a beacon's source signs.
Digest beacon_digest(const Beacon& beacon) noexcept;

}  // namespace pedigree
