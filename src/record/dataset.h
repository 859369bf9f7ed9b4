// Records as the integers that the program reads.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/schema.h"

namespace pedigree::record {

struct Dataset {
  u32 records = 0;
  u32 features = 0;
  std::vector<i32> x;      // record-major: x[n * features + i]
  std::vector<i32> label;  // category index or integer target, one per record
  Schema schema;

  u32 classes() const noexcept { return static_cast<u32>(schema.categories.size()); }
};

struct ReadOptions {
  std::string label;  // name of the label column
  LabelKind kind = LabelKind::category;
  std::optional<Schema> schema;  // given: used as it is; else derived from the file
  u32 frac_x = kDefaultFracX;
  u32 frac_y = kDefaultFracY;
  // Where no schema is given:
  std::vector<std::string> categories{};  // columns that hold categories, not numbers
  std::optional<Decimal> missing{};       // what an empty numeric cell counts as; none: refused
  std::optional<LabelsAs> labels_as{};    // default: one_hot for categories, number for numbers
  std::string labels_file{};              // IDX, NPY: the file of the labels
  bool inputs_only = false;  // with a schema: labels are not read, and need not be there
};

// CSV, NPY, NPZ (record/array.h), IDX; each also gzipped. By the first bytes, not by the name.
Dataset read_dataset(const std::string& path, const ReadOptions& options);

// The labels as a commitment holds them, record-major; and back: throws train::Error (exit 1) where cells are no labels.
std::vector<i32> label_cells(const Dataset& data);
std::vector<i32> labels_of_cells(std::span<const i32> cells, const Schema& schema);

// Reads a table. Throws train::Error (exit 3) that lists every problem of the file: missing,
// non-numeric, NaN, infinite and out-of-range cells, ragged rows, an unknown label column or
// category, no records.
Dataset read_csv(const std::string& path, const ReadOptions& options);
Dataset parse_dataset(std::string_view text, const std::string& file, const ReadOptions& options);

}  // namespace pedigree::record
