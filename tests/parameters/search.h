// The offline search for the parameters of the opening (commit/parameters.h): for each height the levels that prove 128 bits at the
// least cost, CPU time times bytes to the power of a profile's exponent. A test holds the compiled table against it.
//
//   time     what the prover does for a segment of this height, and the self-check of the proof:
//              the segment itself, a word                                          kSegmentWord
//              codewords, a word written; its hashing, a permutation               kEncodedWord, kPermutation
//              a query: its leaf and path hashed alone, its powers over the vector that is left    kHash, kPower
//              proof of work                                                       2^g kPermutation
//   bytes    predicted_bytes for a file of one segment, its dataset and its end weights, and what the upper protocol sends
//
// Both are linear about the best known point, levels cost one by one, so the best tail of levels for a vector of n variables is
// found once. The bits that queries and folds must have alone are tried on a grid: only the whole decides (parameters_secure).
#pragma once

#include "commit/parameters.h"

namespace pedigree::harness {

struct Goal {
  Profile profile = Profile::fast;
  double bytes_exponent = 1;  // how many percent of CPU time one percent of bytes is worth
};

inline constexpr Goal kGoals[] = {{Profile::fast, 2}, {Profile::small, 4}, {Profile::bulk, 0.5}};

// The best levels for a tallest root of this height. Columns and rate of level 0 follow from height and profile.
OpeningParameters best_parameters(const Goal& goal, u32 log_rows);

// CPU nanoseconds and bytes of the model.
struct Cost {
  double nanoseconds = 0, bytes = 0;
};
Cost cost_of(const OpeningParameters& p);

}  // namespace pedigree::harness
