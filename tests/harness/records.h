// Records of a file, for trainings without a dataset's folder.
#pragma once

#include "record/dataset.h"
#include "train/spec.h"

namespace pedigree::harness {

// Labels as categories or, for mean_squared, numbers; frac_x, frac_y as the user fixed them.
inline record::Dataset read_records(const train::RunSpec& spec, const std::string& path,
                                    const std::string& label) {
  record::ReadOptions options;
  options.label = label;
  options.kind =
      spec.loss == Loss::mean_squared ? record::LabelKind::number : record::LabelKind::category;
  options.frac_x = spec.formats.frac_x.value_or(record::kDefaultFracX);
  options.frac_y = spec.formats.frac_y.value_or(record::kDefaultFracY);
  return record::read_csv(path, options);
}

}  // namespace pedigree::harness
