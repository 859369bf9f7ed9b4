// Records as the integers that the program reads.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/schema.h"

namespace pedigree::record {

// Larger formats (NPY, IDX) will fill the same structure.
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
};

// Reads a table. Throws train::Error (exit 3) that lists every problem of the file: missing,
// non-numeric, NaN, infinite and out-of-range cells, ragged rows, an unknown label column or
// category, no records.
Dataset read_csv(const std::string& path, const ReadOptions& options);
Dataset parse_dataset(std::string_view text, const std::string& file, const ReadOptions& options);

}  // namespace pedigree::record
