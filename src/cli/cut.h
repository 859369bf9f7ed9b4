// Cuts a run into segments: as long as memory allows, and with range checks of the weights where the static bound would end.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "proof/prove.h"

namespace pedigree::cli {

struct CutOptions {
  u64 max_memory = 0;  // 0: as one segment if the sizes of a proof allow it
  u32 most_steps = 0;  // of a segment; 0: no such limit
  // Bits of the largest weight before a step: what a range check there must hold.
  std::function<u32(u32 step)> weight_bits;
};

// Fills statement.segments. Steps of a segment are a power of two times the period, but for the last segment; memory never
// changes the weights. Throws Failure naming the layer where not even the shortest segment fits.
void cut_segments(Statement& s, Arena& arena, const std::vector<std::string>& layer_names,
                  const CutOptions& options);

// Fresh memory and what no cache holds cost time: kLeanMemory, unless the further ends of shorter segments cost more than what the
// next of these spares.
inline constexpr u64 kLeanMemory = u64{7} << 28, kUsualMemory = u64{4} << 30,
                     kAmpleMemory = u64{8} << 30;

// The same for `budget` bytes; 0: for what is usual, or for three quarters of the machine's memory where that is not enough. Returns
// what it was cut for.
u64 cut_segments_to(u64 budget, Statement& s, Arena& arena,
                    const std::vector<std::string>& layer_names, CutOptions options);

}  // namespace pedigree::cli
