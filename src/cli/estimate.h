// What a proof will take, from its compiled statement: nothing is trained or proven.
#pragma once

#include "cli/prove_memory.h"

namespace pedigree::cli {

// What the work of a proof is counted in.
struct Work {
  double segment_words = 0;      // of the segments' messages
  double leaves = 0;             // of the trees of lookups and pullbacks
  double contraction_cells = 0;  // operands of contractions, cell by cell
  double dataset_cells = 0;      // of those that were committed before
  double declared_words = 0;     // of the others
  double weight_words = 0;       // of the ends
  double training = 0;           // multiplications of the exact training, in both passes
  double again = 0;              // words that are encoded a second time, at the opening
  double codeword_words = 0;     // of segments and ends, beyond four for a word
};
Work work_of(const Statement& s, const Compiled& c);

struct Estimate {
  double cpu_seconds = 0;
  u64 peak_bytes = 0, disk_bytes = 0, proof_bytes = 0;
};
// 1 on the machine where the constants were measured: of what the kernels do in the widest instruction set, and of all else, which
// is taken to be as fast as they are with AVX2.
struct Speed {
  double kernels = 1, rest = 1;
};
Estimate estimate(const Statement& s, const Compiled& c, const Room& room, const Speed& speed);

// Commitments of a known size, timed: a few hundredths of a second.
Speed machine_speed();

}  // namespace pedigree::cli
