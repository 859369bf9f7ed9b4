// Scores of the exact model on records: the forward pass of docs/arithmetic.md with fixed weights.
#pragma once

#include <span>
#include <vector>

#include "record/dataset.h"
#include "train/exact_weights.h"

namespace pedigree::train {

// [rows, outputs], as numbers q * 2^-frac_q. A hidden quotient outside the declared range is cut to
// it: that cannot happen in a training step, only on records that no step has seen.
std::vector<double> exact_scores(const Model& model, const Program& program, ExactWeights& weights,
                                 const record::Dataset& data, std::span<const u32> rows);

}  // namespace pedigree::train
