// How much memory a proof takes, before any work.
#pragma once

#include "proof/verify.h"

namespace pedigree::cli {

// The peak of `pedigree prove`, in bytes: measured on jobs of 2^17 to 2^23 words, within a fifth.
inline u64 prove_memory(const Layout& layout) noexcept {
  constexpr u64 kBase = u64{32} << 20, kPerWord = 116;
  u64 words = 0;
  for (u32 root = 0; root < kNumRoots; ++root) words += message_words(layout, root);
  return kBase + kPerWord * words;
}

// Memory of this machine, or what its control group allows.
u64 machine_memory();

}  // namespace pedigree::cli
