// What an opening is run with: sizes, rates, queries, proof of work. Chosen by profile and size, never by a proof.
//
//   level 0      the roots: 2^log_rows rows of 2^log_columns columns over F (the largest root), rate 2^-log_inv_rate
//   level l > 0  the folded vector, n_l variables over K: 2^(n_l - log_columns) rows of 2^log_columns columns
//   n_1 = log_rows,  n_(l+1) = n_l - log_columns_l,  n_(num_levels) = log_final: that vector is sent in clear
//
// The compiled table was found by the search of tests/parameters (time of the prover and bytes of the proof); security.h computes
// the bits. Tests recompute both for every row of the table.
#pragma once

#include <string_view>

#include "base/types.h"

namespace pedigree {

enum class Profile : u8 {
  fast,   // rate 1/4 first: short proofs that are cheap to make
  small,  // rate 1/32 first: about three fifths of the bytes, eight times the codeword
  bulk,   // rate 1/2 first: half the codeword for three quarters more bytes, for long runs
};
inline constexpr Profile kProfiles[] = {Profile::fast, Profile::small, Profile::bulk};
inline constexpr std::string_view kProfileNames[] = {"fast", "small", "bulk"};

constexpr bool is_known(Profile p) noexcept { return static_cast<u8>(p) < std::size(kProfiles); }
constexpr std::string_view name_of(Profile p) noexcept {
  return is_known(p) ? kProfileNames[static_cast<u8>(p)] : "unknown";
}
constexpr bool is_profile(std::string_view name) noexcept {
  for (const std::string_view known : kProfileNames)
    if (known == name) return true;
  return false;
}
// Of a name that is one.
constexpr Profile profile_of(std::string_view name) noexcept {
  for (const Profile p : kProfiles)
    if (name_of(p) == name) return p;
  return Profile::fast;
}

inline constexpr u32 kMaxLevels = 6;
inline constexpr u32 kMaxRoots = 1024;
inline constexpr u32 kMinLogRows = 6, kMaxLogRows = 26;

struct Level {
  u32 log_columns = 0;
  u32 log_inv_rate = 0;
  u32 queries = 0;       // positions drawn; repeated ones are opened once
  u32 grinding = 0;      // bits of proof of work before the positions are drawn
  u32 multiplicity = 3;  // m of the Johnson radius 1 - sqrt(rate) (1 + 1/(2m)): analysis only
};

struct OpeningParameters {
  u32 log_rows = 0;   // of the tallest root
  u32 log_first = 0;  // of the first root, whose random rows mask the rounds
  u32 num_roots = 0;
  u32 num_levels = 0;
  u32 log_final = 0;
  Level levels[kMaxLevels];
};

// Root-selection bits: roots are stacked, root i at index i; those beyond the last are zero.
constexpr u32 log_roots(const OpeningParameters& p) noexcept { return ceil_log2(p.num_roots); }
// Masked rounds: the column bits of level 0, then the root-selection bits.
constexpr u32 masked_rounds(const OpeningParameters& p) noexcept {
  return p.levels[0].log_columns + log_roots(p);
}

// Random rows at the end of every column of every root, of weight zero in every claim: two a masked round, then r0, r1,
// then one a query. (Roots without the mask need the query rows only; they get the same number.)
constexpr u32 hiding_rows(const OpeningParameters& p) noexcept {
  return 2 * masked_rounds(p) + 2 + p.levels[0].queries;
}

// Whether the mask has a tree of its own: where the first root is not the tallest. Else it lies in the first root's leaves.
constexpr bool mask_is_apart(const OpeningParameters& p) noexcept {
  return p.log_first < p.log_rows;
}

// Where the masks lie: rows of the first root, and the same as rows of the tall matrix (entries of M).
constexpr u64 first_hiding_row(const OpeningParameters& p) noexcept {
  return (u64{1} << p.log_first) - hiding_rows(p);
}
constexpr u64 tall_row(const OpeningParameters& p, u64 row) noexcept {
  return row << (p.log_rows - p.log_first);
}
constexpr u64 round_mask_row(const OpeningParameters& p, u32 message) noexcept {
  return first_hiding_row(p) + message;
}
constexpr u64 offset_row_r0(const OpeningParameters& p) noexcept {
  return first_hiding_row(p) + 2 * masked_rounds(p);
}
constexpr u64 offset_row_r1(const OpeningParameters& p) noexcept { return offset_row_r0(p) + 1; }

// The compiled-in table. log_first is log_rows: the caller lowers it where the first root is shorter. num_levels is 0 where there is no entry (log_rows outside 6..26, no or too many roots).
OpeningParameters opening_parameters(Profile profile, u32 log_rows, u32 num_roots) noexcept;

// Sizes add up and every domain fits the field; says nothing about security.
bool parameters_well_formed(const OpeningParameters& p) noexcept;

// The expected length of an opening's bytes, for roots of these heights (positions are random, so it varies by a little).
u64 predicted_bytes(const OpeningParameters& p, std::span<const u32> log_rows_of_roots) noexcept;

// Enough arena for verify_opening with these parameters.
std::size_t opening_arena_bytes(const OpeningParameters& p) noexcept;

}  // namespace pedigree
