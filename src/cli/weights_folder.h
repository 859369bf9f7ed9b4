// RUN/weights-ROOT/: the weights that a proof of the run committed to, kept for claims about them.
//
//   weights.message   private   "PEDWEIGH" | version u32 | openings u32 | root | words u64 | checksum
//   leaves.bin        private   custody/leaves_file.h
//   openings.log                custody/opening_log.h
//
// ROOT is the first 16 digits of the proof's last end root. As with datasets, a restored copy of the log would let masks be
// used twice.
#pragma once

#include <string>

#include "claim/claim_prove.h"
#include "custody/opening_log.h"

namespace pedigree::cli {

// After a proof with openings: writes the folder.
void keep_weights(const std::string& run, std::span<const u8> proof, std::span<const F> message);

// The identity of the weights that a proof ends in, as far as its statement says: nothing is verified. Throws Failure: refused
// where it cannot be read.
Digest proven_weights(const std::string& proof);

struct KeptWeights {
  std::unique_ptr<OwnedArena> arena;
  Statement run;  // of the proof
  CommittedWeights weights;
  custody::OpeningBudget budget;
};
// The weights of a proof of this run. Throws Failure: usage where the proof has no openings or is of another run, refused
// where a file was altered.
KeptWeights read_weights(const std::string& run, const std::string& proof, bool shows_range);

}  // namespace pedigree::cli
