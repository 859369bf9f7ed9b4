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

double loss_of(Loss loss, u32 outputs, std::span<const double> scores, std::span<const i32> labels,
               u32 frac_y) {
  double sum = 0;
  for (std::size_t n = 0; n < labels.size(); ++n) {
    const std::span<const double> row = scores.subspan(n * outputs, outputs);
    if (loss == Loss::cross_entropy) {
      const double most = *std::max_element(row.begin(), row.end());
      double all = 0;
      for (const double q : row) all += std::exp(q - most);
      sum += std::log(all) + most - row[static_cast<std::size_t>(labels[n])];
    } else if (loss == Loss::logistic) {
      const double signed_score = labels[n] == 1 ? row[0] : -row[0];
      sum += std::log1p(std::exp(-std::fabs(signed_score))) + std::max(0.0, -signed_score);
    } else {
      const double error = row[0] - std::ldexp(labels[n], -static_cast<int>(frac_y));
      sum += error * error / 2;
    }
  }
  return labels.empty() ? 0 : sum / static_cast<double>(labels.size());
}

}  // namespace pedigree::train
