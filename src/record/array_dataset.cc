#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>

#include "model/model.h"
#include "record/array.h"
#include "record/csv.h"
#include "record/label_columns.h"
#include "train/error.h"

namespace pedigree::record {

namespace {

constexpr u64 kMostInflated = u64{1} << 34;

class ArrayImport {
 public:
  ArrayImport(const Array& x, const Array& labels, const std::string& file,
              const ReadOptions& options)
      : x_(x), labels_(labels), file_(file), o_(options) {}

  Dataset run() {
    check_shape();
    read_labels();
    data_.x.resize(std::size_t{data_.records} * data_.features);
    for (u32 c = 0; c < data_.features; ++c) read_column(c);
    if (!o_.schema)
      data_.schema.input_bits = std::max(1u, ceil_log2(static_cast<u64>(largest_) + 1));
    finish_if_bad();
    return std::move(data_);
  }

 private:
  void problem(const std::string& text) {
    if (problems_.size() < 100) problems_.push_back(fmt::format("{}: {}", file_, text));
  }
  void finish_if_bad() const {
    if (!problems_.empty()) throw train::Error(train::Exit::input, problems_);
  }

  void check_shape() {
    const u64 records = x_.shape[0], columns = x_.columns();
    if (records > kMaxRecords || columns > kMaxWidth)
      problem(fmt::format("{} records of {} columns: at most {} of {} are supported", records,
                          columns, kMaxRecords, kMaxWidth));
    if (!o_.inputs_only && (labels_.columns() != 1 || labels_.shape[0] != records))
      problem(fmt::format("{} records, but {} labels of {} columns: one label a record is needed",
                          records, labels_.shape[0], labels_.columns()));
    finish_if_bad();
    data_.records = static_cast<u32>(records);
    data_.features = static_cast<u32>(columns);
    if (!o_.schema) return;
    data_.schema = *o_.schema;
    if (data_.schema.label_kind != o_.kind) problem("the schema's label is of the other kind");
    if (data_.schema.features.size() != columns)
      problem(
          fmt::format("{} columns where the schema has {}", columns, data_.schema.features.size()));
    for (const Column& c : data_.schema.features)
      if (c.category) problem(fmt::format("column '{}' of the schema holds categories", c.name));
    finish_if_bad();
  }

  Decimal number(const Array& a, u64 index, u64 record) {
    const std::string text = a.text(index);
    const ParsedDecimal parsed = parse_decimal(text);
    if (parsed.problem != ParseProblem::none)
      problem(fmt::format("record {}: {} is not a finite number below 10^18", record + 1, text));
    return parsed.value;
  }

  void read_labels() {
    if (o_.inputs_only) {
      data_.label.resize(data_.records);
      return;
    }
    Schema& s = data_.schema;
    const std::string name = o_.label.empty() ? "label" : o_.label;
    if (o_.kind == LabelKind::number) return read_targets(name);
    std::vector<std::string> all;
    for (u64 n = 0; n < data_.records; ++n) all.push_back(labels_.text(n));
    if (!o_.schema) {
      s.frac_x = o_.frac_x;
      s.frac_y = o_.frac_y;
      s.label.name = name;
      s.categories = sorted_categories(all);
      s.input_bits = 30;
      choose_label_columns(s, o_, file_);
    }
    for (u64 n = 0; n < data_.records; ++n) {
      const auto at = std::find(s.categories.begin(), s.categories.end(), all[n]);
      if (at == s.categories.end())
        problem(fmt::format("record {}: unknown label '{}': the schema has {}", n + 1, all[n],
                            fmt::join(s.categories, ", ")));
      data_.label.push_back(static_cast<i32>(at - s.categories.begin()));
    }
  }

  void read_targets(const std::string& name) {
    Schema& s = data_.schema;
    std::vector<Decimal> values;
    for (u64 n = 0; n < data_.records; ++n) values.push_back(number(labels_, n, n));
    finish_if_bad();
    if (!o_.schema) {
      s.label_kind = LabelKind::number;
      s.frac_x = o_.frac_x;
      s.frac_y = o_.frac_y;
      s.label = default_column(name, values, s.frac_y);
      s.input_bits = 30;
      choose_label_columns(s, o_, file_);
    }
    for (const Decimal v : values) {
      const auto y = scaled_integer(v, s.label.offset, s.label.scale);
      if (!y) problem("a target is out of the range that the schema allows");
      data_.label.push_back(y.value_or(0));
    }
  }

  void put(u64 record, u32 column, std::optional<i32> x) {
    if (!x || std::abs(*x) >= i32{1} << data_.schema.input_bits)
      return problem(
          fmt::format("record {}, column {}: {} is out of the range that the schema allows",
                      record + 1, column, x_.text(record * data_.features + column)));
    largest_ = std::max(largest_, std::abs(*x));
    data_.x[record * data_.features + column] = *x;
  }

  void read_column(u32 c) {
    const u64 width = data_.features;
    Schema& s = data_.schema;
    if (x_.kind == 'u' && x_.item == 1) {
      if (!o_.schema)
        s.features.push_back(
            {.name = fmt::format("x{}", c), .offset = {}, .scale = static_cast<int>(s.frac_x) - 8});
      const Column& column = s.features[c];
      std::optional<i32> integers[256];
      for (u32 v = 0; v < 256; ++v)
        integers[v] =
            scaled_integer({i128{v} * power_of_ten(kDecimals)}, column.offset, column.scale);
      for (u64 n = 0; n < data_.records; ++n)
        put(n, c, integers[static_cast<u8>(x_.data[n * width + c])]);
      return;
    }
    std::vector<Decimal> values;
    for (u64 n = 0; n < data_.records; ++n) values.push_back(number(x_, n * width + c, n));
    if (!o_.schema) s.features.push_back(default_column(fmt::format("x{}", c), values, s.frac_x));
    const Column& column = s.features[c];
    for (u64 n = 0; n < data_.records; ++n)
      put(n, c, scaled_integer(values[n], column.offset, column.scale));
  }

  const Array& x_;
  const Array& labels_;
  const std::string& file_;
  const ReadOptions& o_;
  std::vector<std::string> problems_;
  i32 largest_ = 0;
  Dataset data_;
};

std::string read_plain(const std::string& path) {
  std::string bytes = read_file(path);
  return is_gzip(bytes) ? inflate(bytes, kMostInflated, false, path) : bytes;
}

Array parse_array(const std::string& bytes, const std::string& path) {
  if (is_npy(bytes)) return parse_npy(bytes, path);
  if (is_idx(bytes)) return parse_idx(bytes, path);
  throw train::Error(train::Exit::input, fmt::format("{}: neither NPY nor IDX", path));
}

// In an NPZ: the array of the records is the only one beside the labels, or x.
Dataset read_npz(const std::string& bytes, const std::string& path, const ReadOptions& options) {
  const std::string label = options.label.empty() ? "y" : options.label;
  std::vector<std::string> names = npz_names(bytes, path);
  const std::string all = fmt::format("{}", fmt::join(names, ", "));
  std::erase(names, label);
  const bool has_x = std::find(names.begin(), names.end(), "x") != names.end();
  if (names.empty() || (names.size() > 1 && !has_x))
    throw train::Error(
        train::Exit::input,
        fmt::format("{}: arrays {}: records are called x, labels as --label says", path, all));
  const Array x = parse_npz(bytes, has_x ? "x" : names[0], path);
  if (options.inputs_only) return dataset_of(x, x, path, options);
  return dataset_of(x, parse_npz(bytes, label, path), path, options);
}

}  // namespace

Dataset dataset_of(const Array& x, const Array& labels, const std::string& file,
                   const ReadOptions& options) {
  return ArrayImport(x, labels, file, options).run();
}

Dataset read_dataset(const std::string& path, const ReadOptions& options) {
  std::string bytes = read_plain(path);
  if (is_npz(bytes)) return read_npz(bytes, path, options);
  if (is_npy(bytes) || is_idx(bytes)) {
    if (options.inputs_only) {
      const Array x = parse_array(bytes, path);
      return dataset_of(x, x, path, options);
    }
    if (options.labels_file.empty())
      throw train::Error(
          train::Exit::input,
          fmt::format("{}: records without labels: name their file with --labels", path));
    const Array x = parse_array(bytes, path);
    bytes = std::string();
    const std::string labels = read_plain(options.labels_file);
    return dataset_of(x, parse_array(labels, options.labels_file), path, options);
  }
  if (options.label.empty())
    throw train::Error(train::Exit::usage,
                       fmt::format("{}: name the column of the labels with --label", path));
  return parse_dataset(bytes, path, options);
}

}  // namespace pedigree::record
