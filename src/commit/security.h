// How many bits an opening proves: every error term, from theorems, at the Johnson radius. Nothing rests on a conjecture.
//
//   for a level of rate rho with multiplicity m, a domain of n rows, t queries, g bits of grinding:
//     theta = 1 - sqrt(rho) (1 + 1/(2m))                                            radius
//     L     = (m + 1/2) / sqrt(rho)                                                 list size within theta
//     mca   = ((2 (m+1/2)^5 + 3 (m+1/2) theta rho) n / (3 rho^1.5) + (m+1/2) / sqrt(rho)) / |K|
//   offset            L_0 / |K|                                  the challenge that joins tau to the claim
//   fold              mca + 2 L / |K|                            each bound variable of a level; the step with the mask
//   out of domain     L_l^2 / 2 * 2^(n_l) / |K|                  l >= 1
//   queries           (1 - theta)^t + L_(l+1) (t + 1) / |K|      the second term (batching) but for the last level
//   last rounds       2 / |K|                                    each variable of the vector sent in clear
//
// The protocol is sound round by round, so under Fiat-Shamir the bits are those of the worst round, its grinding added;
// the sum over all terms is printed too and must also reach 128.
//
//   source  list size and mca: [BCHKS25] eprint 2025/2055, theorem 4.2; mutual agreement: [Hab25] eprint 2025/2110;
//           rounds: [WHIR] eprint 2024/1586, theorem 5.2. An interleaved code over K is a code over a larger field with
//           the same domain; the theorems bound the number of bad challenges, whatever the field: docs/protocol-commitment.md
#pragma once

#include "commit/parameters.h"

namespace pedigree {

inline constexpr double kRequiredBits = 128.0;
inline constexpr double kBitsMargin = 0.01;  // covers the rounding of log2
inline constexpr u32 kMaxSecurityTerms = 160;

struct SecurityTerm {
  const char* name = nullptr;
  u32 index = 0;     // the level
  double bits = 0;   // without grinding
  u32 grinding = 0;  // bits added by proof of work
};

// Writes every term and returns their number (at most kMaxSecurityTerms). `p` must be well formed.
u32 opening_security(const OpeningParameters& p, std::span<SecurityTerm> out) noexcept;

// The list size of level 0 in bits: errors of claims that rest on the roots grow by it.
double root_list_bits(const OpeningParameters& p) noexcept;

// The worst term, and the sum of all terms, in bits.
double worst_bits(std::span<const SecurityTerm> terms, bool with_grinding) noexcept;
double total_bits(std::span<const SecurityTerm> terms, bool with_grinding) noexcept;

// Well formed, and both figures with grinding reach `bits` (plus the margin).
bool parameters_secure(const OpeningParameters& p, double bits = kRequiredBits) noexcept;

}  // namespace pedigree
