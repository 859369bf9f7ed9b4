// Formats per tensor from a float dry run.
//
//   frac_a  = clamp(ceil(QA - log2 rms(A != 0)), 2, 12), at most frac_q of the layer below;
//             add: the finer of its inputs
//   frac_d  = clamp(ceil(QD - log2 rms(D != 0)), 2, 14), at most frac_e
//   frac_d of the last layer = max(QO, ceil(log2 classes) + 2);
//             mean_squared: as frac_d with QD + 2, at most frac_q
//   frac_q  = R - max(ceil(log2 max|z|) + margin, floor)    floor 2, of the last layer 6;
//             the last layer of mean_squared: the targets' frac_y
//   frac_e  = R - max(ceil(log2 max|delta|) + margin, 0)
//   exp_bits = max(8, min(16, 19 - ceil(log2 classes)))
//
//   source  docs/arithmetic.md section 9
#pragma once

#include <string>
#include <vector>

#include "train/float_twin.h"

namespace pedigree::train {

// One attempt: bits of signal below the rms, and bits of rate beyond the least.
struct FormatAttempt {
  int activation_bits, delta_bits, output_bits;
  u32 rate_extra;
};

// From fine to coarse: the first whose remainders all fit one range table is taken, of at most kMostRemainderBits, or where none does of
// at most kWideRemainderBits and a run of twice as many cells; else the first of all.
inline constexpr FormatAttempt kFormatAttempts[] = {
    {4, 4, 8, 2}, {4, 4, 8, 1}, {3, 3, 7, 1}, {3, 3, 7, 0}, {2, 2, 6, 0}};
inline constexpr u32 kMostRemainderBits = 20, kWideRemainderBits = 22;

// Layers and loss without number formats.
Model architecture_of(const RunSpec& spec, const record::Dataset& data);

// The model of a statement. Overrides of the specification win; nothing is checked here beyond what
// the rule needs.
Model choose_formats(const RunSpec& spec, const record::Dataset& data,
                     const std::vector<LayerStats>& stats, const FormatAttempt& attempt,
                     u32 rate_bits, u32 range_bits, u32 margin);

// The widest remainder of any rescale of the model, in bits.
u32 widest_remainder(const Model& model);

}  // namespace pedigree::train
