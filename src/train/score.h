// How good scores are: accuracy for cross_entropy and logistic, R^2 for mean_squared.
#pragma once

#include <span>

#include "model/model.h"
#include "record/decimal.h"

namespace pedigree::train {

//   scores   [rows, outputs]
//   labels   [rows]: category index, or target with frac_y fractional bits
// cross_entropy: share of rows whose first largest score is the label's; logistic: share with
// (score > 0) = (label = 1). mean_squared: 1 - sum of squared errors / sum of squared deviations
// from the mean target.
double score_of(Loss loss, u32 outputs, std::span<const double> scores, std::span<const i32> labels,
                u32 frac_y);

// The mean loss of the same scores.
double loss_of(Loss loss, u32 outputs, std::span<const double> scores, std::span<const i32> labels,
               u32 frac_y);

}  // namespace pedigree::train
