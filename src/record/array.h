// Arrays of numbers: NPY (1-D or 2-D, little endian, C order), NPZ (stored or deflated), IDX; each also gzipped.
//
//   records    the first axis; the others are flattened to columns x0, x1, ...
//   bytes      default offset 0 and scale frac_x - 8: value / 256, rounded to the grid of features, 255 counts as 1
//   others     default offset and scale as for a table
//   labels     a second array: --labels FILE, or in an NPZ the array that --label names (default y); its values as text are
//              the categories
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/dataset.h"

namespace pedigree::record {

struct Array {
  char kind = 'u';  // u, i, f
  u32 item = 1;     // bytes of a number
  std::vector<u64> shape;
  std::string data;

  u64 columns() const noexcept;
  // The number at `index` as text; integers and shortest decimals.
  std::string text(u64 index) const;
};

// Throw train::Error (exit 3). Sizes are held against the bytes before anything is allocated.
Array parse_npy(std::string_view bytes, const std::string& file);
Array parse_idx(std::string_view bytes, const std::string& file);
Array parse_npz(std::string_view bytes, const std::string& name, const std::string& file);
std::vector<std::string> npz_names(std::string_view bytes, const std::string& file);
// `most` bounds the result; raw: a zip member, else gzip.
std::string inflate(std::string_view bytes, u64 most, bool raw, const std::string& file);

bool is_npy(std::string_view bytes) noexcept;
bool is_npz(std::string_view bytes) noexcept;
bool is_idx(std::string_view bytes) noexcept;
bool is_gzip(std::string_view bytes) noexcept;

Dataset dataset_of(const Array& x, const Array& labels, const std::string& file,
                   const ReadOptions& options);

}  // namespace pedigree::record
