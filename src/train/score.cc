#include "train/score.h"

#include <algorithm>
#include <cmath>

namespace pedigree::train {

double score_of(Loss loss, u32 outputs, std::span<const double> scores, std::span<const i32> labels,
                u32 frac_y) {
  const std::size_t rows = labels.size();
  double hits = 0, errors = 0, mean = 0, spread = 0;
  for (const i32 label : labels)
    mean += std::ldexp(label, -static_cast<int>(frac_y)) / static_cast<double>(rows);
  for (std::size_t n = 0; n < rows; ++n) {
    const std::span<const double> row = scores.subspan(n * outputs, outputs);
    const double target = std::ldexp(labels[n], -static_cast<int>(frac_y));
    if (loss == Loss::cross_entropy)
      hits += std::max_element(row.begin(), row.end()) - row.begin() == labels[n];
    if (loss == Loss::logistic) hits += (row[0] > 0) == (labels[n] == 1);
    errors += (row[0] - target) * (row[0] - target);
    spread += (target - mean) * (target - mean);
  }
  if (loss == Loss::mean_squared) return spread > 0 ? 1 - errors / spread : 0;
  return rows > 0 ? hits / static_cast<double>(rows) : 0;
}

}  // namespace pedigree::train
