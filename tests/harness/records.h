// Records of a file, for trainings without a dataset's folder.
#pragma once

#include "record/dataset.h"
#include "train/exact_run.h"
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

// The dataset as the program reads it: one-hot, bit or target labels.
inline train::Cells training_cells(const record::Dataset& data, const Model& model) {
  train::Cells cells;
  cells.x.assign(data.x.begin(), data.x.end());
  if (model.loss != Loss::cross_entropy) {
    cells.y.assign(data.label.begin(), data.label.end());
    return cells;
  }
  cells.y.resize(std::size_t{data.records} * model.outputs);
  for (std::size_t n = 0; n < data.records; ++n)
    cells.y[n * model.outputs + static_cast<u32>(data.label[n])] = 1;
  return cells;
}

}  // namespace pedigree::harness
