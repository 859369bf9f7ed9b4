#include "record/label_columns.h"

#include <fmt/format.h>

#include <algorithm>

#include "train/error.h"

namespace pedigree::record {

void choose_label_columns(Schema& schema, const ReadOptions& options, const std::string& file) {
  const bool number = schema.label_kind == LabelKind::number;
  schema.labels_as = options.labels_as.value_or(number ? LabelsAs::number : LabelsAs::one_hot);
  if (number != (schema.labels_as == LabelsAs::number))
    throw train::Error(train::Exit::input,
                       fmt::format("{}: numeric labels are held as numbers, categories one-hot or "
                                   "as a bit: change --labels-as or --numeric-label",
                                   file));
  if (schema.labels_as == LabelsAs::bit && schema.categories.size() != 2)
    throw train::Error(
        train::Exit::input,
        fmt::format("{}: the label has {} categories, a bit holds two: use --labels-as one-hot",
                    file, schema.categories.size()));
}

std::vector<i32> label_cells(const Dataset& data) {
  if (data.schema.labels_as != LabelsAs::one_hot) return data.label;
  const u32 classes = data.classes();
  std::vector<i32> cells(std::size_t{data.records} * classes);
  for (std::size_t n = 0; n < data.records; ++n)
    cells[n * classes + static_cast<std::size_t>(data.label[n])] = 1;
  return cells;
}

std::vector<i32> labels_of_cells(std::span<const i32> cells, const Schema& schema) {
  std::vector<i32> labels;
  const u32 width = schema.label_columns();
  for (std::size_t at = 0; at < cells.size(); at += width) {
    const auto row = cells.subspan(at, width);
    const auto one = std::find(row.begin(), row.end(), 1);
    const auto zeros = std::count(row.begin(), row.end(), 0);
    const bool good = schema.labels_as == LabelsAs::number ||
                      (schema.labels_as == LabelsAs::bit
                           ? row[0] == 0 || row[0] == 1
                           : one != row.end() && zeros == static_cast<std::ptrdiff_t>(width) - 1);
    if (!good)
      throw train::Error(train::Exit{1},
                         fmt::format("record {}: the label columns hold no label", at / width + 1));
    labels.push_back(schema.labels_as == LabelsAs::one_hot ? static_cast<i32>(one - row.begin())
                                                           : row[0]);
  }
  return labels;
}

}  // namespace pedigree::record
