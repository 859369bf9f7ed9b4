// The schema of a dataset: how each cell becomes the integer that the program reads. Public, part
// of the statement.
//
//   feature   x stands for the number x * 2^-frac_x, |x| < 2^input_bits; one entry per integer column:
//     number    x = floor((raw - offset) * 2^scale + 1/2); `missing`: what an empty cell counts as, else it is refused
//     category  x = 2^frac_x (the number 1) where the cell is this category, else 0; the entries of one column of the file
//               are neighbours, sorted, and no cell may be another category
//   label     category: its place in the sorted list
//             number: y = floor((raw - offset) * 2^scale + 1/2), stands for y * 2^-frac_y
//   labels_as how a commitment holds the labels: a 0/1 column per category, one 0/1 column for two categories, the number
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "record/decimal.h"

namespace pedigree::record {

inline constexpr u32 kDefaultFracX = 4;
inline constexpr u32 kDefaultFracY = 10;
inline constexpr double kLargestStandard =
    16.0;  // default scales keep |x * 2^-frac_x| at or below this

enum class LabelKind : u8 { category, number };

enum class LabelsAs : u8 { one_hot, bit, number };

struct Column {
  std::string name;
  Decimal offset;
  int scale = 0;
  std::optional<Decimal> missing{};  // numbers only
  std::optional<std::string>
      category{};  // of a column of categories: the one that this entry stands for
};

struct Schema {
  std::vector<Column> features;
  u32 frac_x = kDefaultFracX;
  u32 input_bits = 1;
  LabelKind label_kind = LabelKind::category;
  Column label;                         // number: offset and scale; category: name only
  std::vector<std::string> categories;  // category: sorted
  u32 frac_y = kDefaultFracY;
  LabelsAs labels_as = LabelsAs::one_hot;

  // Columns that labels take in a commitment.
  u32 label_columns() const noexcept {
    return labels_as == LabelsAs::one_hot ? static_cast<u32>(categories.size()) : 1;
  }
};

// Default offset and scale of a column from its values, so that it is about standardised:
//   offset  the mean, rounded to the fewest decimals d with 10^-d <= deviation / 16
//           (a constant column: the constant)
//   scale   frac + e, e the integer with variance * 4^e in [1/2, 2), lowered while
//           max|raw - offset| * 2^e > 16
// Means are exact, deviations binary64 in row order. The result is in the schema: no other program
// need repeat this.
Column default_column(std::string name, const std::vector<Decimal>& values, u32 frac);

// Categories in canonical order: by value if all are integers, else by bytes. Duplicates removed.
std::vector<std::string> sorted_categories(std::vector<std::string> categories);

// The text that is hashed and signed: keys sorted, no blanks (RFC 8785 for the values that occur here).
// Throws train::Error (exit 3) where a name is not UTF-8.
std::string canonical_text(const Schema& schema, const std::string& where);

nlohmann::json to_json(const Schema& schema);
// Throws train::Error (exit 3) that names `where` and every problem.
Schema schema_from_json(const nlohmann::json& json, const std::string& where);

}  // namespace pedigree::record
