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
  double coset_sums = 0;         // words times cosets, where codewords are made by cosets
  double codeword_words = 0;     // of segments and ends, beyond four for a word
};
Work work_of(const Statement& s, const Compiled& c, const Room& room);

struct Estimate {
  double cpu_seconds = 0;
  u64 peak_bytes = 0, disk_bytes = 0, proof_bytes = 0;
};
// `speed`: of this machine, 1 on the one where the constants were measured.
Estimate estimate(const Statement& s, const Compiled& c, const Room& room, double speed);

// A commitment of a known size, timed: a few hundredths of a second.
double machine_speed();

}  // namespace pedigree::cli
