// How much memory, time and bytes a proof takes, before any work.
#pragma once

#include "proof/verify.h"

namespace pedigree::cli {

// What `prove` may spend memory on to save time (proof/prove.h); as it stands, the least.
struct Room {
  u64 coset_words = kCosetWords;
  bool keep_mask_leaves = false;
  bool keep_traces = false;
};

// The peak of `pedigree prove`, in bytes: the largest segment, or the opening, beside what is held all the time.
// Of the first `num_segments` segments: a chain that is being cut can be asked too.
u64 prove_memory(const Statement& s, const Compiled& c, u32 num_segments,
                 const Room& room) noexcept;

// The room that the whole chain has: leaves of the mask, and traces, are kept where the peak stays below `most`, and cosets are as
// large as does not raise it.
Room room_of(const Statement& s, const Compiled& c, u64 most) noexcept;

// Memory of this machine, or what its control group allows.
u64 machine_memory();

}  // namespace pedigree::cli
