// How much memory, time and bytes a proof takes, before any work.
#pragma once

#include "proof/verify.h"

namespace pedigree::cli {

// The peak of `pedigree prove`, in bytes: the largest segment, or the opening, beside what is held all the time.
// Of the first `num_segments` segments: a chain that is being cut can be asked too.
u64 prove_memory(const Statement& s, const Compiled& c, u32 num_segments,
                 u64 words_of_coset) noexcept;

// Words of a coset (commit/codeword.h) for the first `num_segments` segments: as many as do not raise the peak.
u64 coset_words(const Statement& s, const Compiled& c, u32 num_segments) noexcept;

// Memory of this machine, or what its control group allows.
u64 machine_memory();

}  // namespace pedigree::cli
