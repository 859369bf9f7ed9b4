// How much memory, time and bytes a proof takes, before any work.
#pragma once

#include "proof/verify.h"

namespace pedigree::cli {

// The peak of `pedigree prove`, in bytes: that of its largest segment beside what stays in memory for the whole file.
u64 prove_memory(const Compiled& c, bool keep_messages) noexcept;
// Of one segment alone.
u64 segment_memory(const CompiledSegment& c) noexcept;
// What the datasets and the opening hold: known before segments are cut.
u64 shared_memory(const Compiled& c) noexcept;

// Memory of this machine, or what its control group allows.
u64 machine_memory();

}  // namespace pedigree::cli
