// The schema of a dataset: how each cell becomes the integer that the program reads. Public, part
// of the statement.
//
//   feature   x = floor((raw - offset) * 2^scale + 1/2), |x| < 2^input_bits;
//             x stands for the number x * 2^-frac_x
//   label     category: its place in the sorted list
//             number: y = floor((raw - offset) * 2^scale + 1/2), stands for y * 2^-frac_y
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "record/decimal.h"

namespace pedigree::record {

inline constexpr u32 kDefaultFracX = 4;
inline constexpr u32 kDefaultFracY = 10;
inline constexpr double kLargestStandard =
    16.0;  // default scales keep |x * 2^-frac_x| at or below this

enum class LabelKind : u8 { category, number };

struct Column {
  std::string name;
  Decimal offset;
  int scale = 0;
};

struct Schema {
  std::vector<Column> features;
  u32 frac_x = kDefaultFracX;
  u32 input_bits = 1;
  LabelKind label_kind = LabelKind::category;
  Column label;                         // number: offset and scale; category: name only
  std::vector<std::string> categories;  // category: sorted
  u32 frac_y = kDefaultFracY;
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

nlohmann::json to_json(const Schema& schema);
// Throws train::Error (exit 3) that names `where` and every problem.
Schema schema_from_json(const nlohmann::json& json, const std::string& where);

}  // namespace pedigree::record
