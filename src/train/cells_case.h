// For tests: the records of one dataset as a run reads them.
#pragma once

#include "record/dataset.h"
#include "train/exact_run.h"

namespace pedigree::train {

class CellsCase {
 public:
  CellsCase(const record::Dataset& data, const Model& model)
      : x_(data.x), y_(data.label.begin(), data.label.end()) {
    if (model.loss == Loss::cross_entropy) {
      y_.assign(std::size_t{data.records} * model.outputs, 0);
      for (std::size_t n = 0; n < data.records; ++n)
        y_[n * model.outputs + static_cast<u32>(data.label[n])] = 1;
    }
    cells.append(data.records, x_, y_);
  }
  CellsCase(const CellsCase&) = delete;
  CellsCase& operator=(const CellsCase&) = delete;

 private:
  std::vector<i32> x_, y_;

 public:
  Cells cells;
};

}  // namespace pedigree::train
