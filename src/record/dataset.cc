#include "record/dataset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>

#include "model/model.h"
#include "record/csv.h"
#include "record/label_columns.h"
#include "record/nearest.h"
#include "train/error.h"

namespace pedigree::record {

namespace {

constexpr std::size_t kMostProblems = 100;

// One reading of one file: collects problems, then either throws or hands out the dataset.
class Import {
 public:
  Import(std::string_view text, const std::string& file, const ReadOptions& options)
      : file_(file), options_(options) {
    table_ = parse_csv(text, file, problems_);
    if (options.inputs_only) fill_in_labels();
  }

  Dataset run() {
    check_shape();
    read_numbers();
    finish_if_bad();
    make_schema();
    encode_features();
    encode_labels();
    finish_if_bad();
    return std::move(data_);
  }

 private:
  // A column of labels that nobody reads, where the file has none.
  void fill_in_labels() {
    const Schema& schema = *options_.schema;
    auto& header = table_.header;
    if (std::find(header.begin(), header.end(), options_.label) != header.end()) return;
    header.push_back(options_.label);
    for (CsvRow& row : table_.rows)
      row.fields.push_back(schema.categories.empty() ? "0" : schema.categories[0]);
  }

  void problem(u64 row, const std::string& column, const std::string& what) {
    ++count_;
    if (problems_.size() < kMostProblems)
      problems_.push_back(fmt::format("{}, row {}, column '{}': {}", file_, row, column, what));
  }

  void finish_if_bad() {
    if (problems_.empty()) return;
    if (count_ > problems_.size())
      problems_.push_back(fmt::format("{}: {} problems in all", file_, count_));
    throw train::Error(train::Exit::input, problems_);
  }

  void check_shape() {
    const auto& header = table_.header;
    const auto at = std::find(header.begin(), header.end(), options_.label);
    if (header.empty()) {
      problems_.push_back(fmt::format("{}: empty: a header row and records are needed", file_));
    } else if (at == header.end()) {
      const std::string meant = did_you_mean(options_.label, header);
      problems_.push_back(fmt::format(
          "{}: no column '{}'{}", file_, options_.label,
          meant.empty() ? fmt::format(": the header has {}", fmt::join(header, ", ")) : meant));
    } else if (header.size() < 2) {
      problems_.push_back(
          fmt::format("{}: no feature columns beside the label '{}'", file_, options_.label));
    } else if (table_.rows.empty()) {
      problems_.push_back(fmt::format("{}: no records below the header", file_));
    } else if (table_.rows.size() > kMaxRecords || header.size() > kMaxWidth) {
      problems_.push_back(
          fmt::format("{}: {} records of {} columns: at most {} of {} are supported", file_,
                      table_.rows.size(), header.size(), kMaxRecords, kMaxWidth));
    }
    for (std::size_t i = 0; i < header.size(); ++i)
      if (std::count(header.begin(), header.end(), header[i]) > 1 &&
          std::find(header.begin(), header.end(), header[i]) - header.begin() ==
              static_cast<std::ptrdiff_t>(i))
        problems_.push_back(
            fmt::format("{}: column '{}' occurs more than once in the header", file_, header[i]));
    finish_if_bad();
    label_at_ = static_cast<std::size_t>(at - header.begin());
  }

  std::optional<Decimal> number(u64 row, const std::string& column, const std::string& cell) {
    const ParsedDecimal parsed = parse_decimal(cell);
    if (parsed.problem == ParseProblem::none) return parsed.value;
    problem(row, column, problem_text(parsed.problem, cell));
    return std::nullopt;
  }

  bool is_category(std::size_t c) const {
    if (!options_.schema)
      return std::find(options_.categories.begin(), options_.categories.end(), table_.header[c]) !=
             options_.categories.end();
    return std::any_of(options_.schema->features.begin(), options_.schema->features.end(),
                       [&](const Column& f) { return f.category && f.name == table_.header[c]; });
  }

  std::optional<Decimal> missing_value(std::size_t c) const {
    if (c == label_at_) return std::nullopt;
    if (!options_.schema) return options_.missing;
    for (const Column& f : options_.schema->features)
      if (f.name == table_.header[c]) return f.missing;
    return std::nullopt;
  }

  // columns_[c][n]: the value of column c (label included where it is a number) in record n; empty for categories.
  void read_numbers() {
    const auto& header = table_.header;
    for (const std::string& name : options_.categories)
      if (std::find(header.begin(), header.end(), name) == header.end())
        problems_.push_back(
            fmt::format("{}: no column '{}'{}", file_, name, did_you_mean(name, header)));
    columns_.assign(header.size(), {});
    std::vector<bool> category;
    std::vector<std::optional<Decimal>> missing;
    for (std::size_t c = 0; c < header.size(); ++c) {
      category.push_back(c == label_at_ ? options_.kind == LabelKind::category : is_category(c));
      missing.push_back(missing_value(c));
    }
    for (const CsvRow& row : table_.rows) {
      if (row.fields.size() != header.size()) {
        ++count_;
        if (problems_.size() < kMostProblems)
          problems_.push_back(fmt::format("{}, row {}: {} fields where the header has {}", file_,
                                          row.number, row.fields.size(), header.size()));
        continue;
      }
      for (std::size_t c = 0; c < header.size(); ++c) {
        const std::string& cell = row.fields[c];
        if (category[c]) {
          if (cell.empty())
            problem(row.number, header[c], c == label_at_ ? "missing label" : "missing category");
        } else if (missing[c] && parse_decimal(cell).problem == ParseProblem::missing) {
          columns_[c].push_back(*missing[c]);
        } else {
          columns_[c].push_back(number(row.number, header[c], cell).value_or(Decimal{}));
        }
      }
    }
  }

  std::vector<std::string> categories_of(std::size_t c) const {
    std::vector<std::string> all;
    for (const CsvRow& row : table_.rows) all.push_back(row.fields[c]);
    return sorted_categories(std::move(all));
  }

  void add_columns(std::size_t c) {
    Schema& schema = data_.schema;
    if (is_category(c)) {
      for (std::string& category : categories_of(c))
        schema.features.push_back(
            {.name = table_.header[c], .offset = {}, .category = std::move(category)});
    } else {
      schema.features.push_back(default_column(table_.header[c], columns_[c], schema.frac_x));
      schema.features.back().missing = options_.missing;
    }
  }

  void make_schema() {
    data_.records = static_cast<u32>(table_.rows.size());
    if (options_.schema) {
      data_.schema = *options_.schema;
      data_.features = static_cast<u32>(data_.schema.features.size());
      check_columns();
      return;
    }
    Schema& schema = data_.schema;
    schema.frac_x = options_.frac_x;
    schema.frac_y = options_.frac_y;
    schema.label_kind = options_.kind;
    for (std::size_t c = 0; c < table_.header.size(); ++c)
      if (c != label_at_) add_columns(c);
    if (options_.kind == LabelKind::number) {
      schema.label = default_column(options_.label, columns_[label_at_], schema.frac_y);
    } else {
      schema.label.name = options_.label;
      schema.categories = categories_of(label_at_);
    }
    data_.features = static_cast<u32>(schema.features.size());
    schema.input_bits = 30;  // narrowed to the data after encoding
    choose_label_columns(schema, options_, file_);
    if (data_.features > kMaxWidth)
      problems_.push_back(fmt::format("{}: {} columns with one for each category: at most {}",
                                      file_, data_.features, kMaxWidth));
    finish_if_bad();
  }

  void check_columns() {
    std::vector<std::string> expected, found;
    for (const Column& column : data_.schema.features)
      if (expected.empty() || expected.back() != column.name) expected.push_back(column.name);
    for (std::size_t c = 0; c < table_.header.size(); ++c)
      if (c != label_at_) found.push_back(table_.header[c]);
    if (data_.schema.label_kind != options_.kind)
      problems_.push_back(fmt::format("{}: the schema's label is of the other kind", file_));
    if (data_.schema.label.name != options_.label)
      problems_.push_back(fmt::format("{}: the schema's label is '{}', not '{}'", file_,
                                      data_.schema.label.name, options_.label));
    if (expected != found)
      problems_.push_back(fmt::format("{}: columns {} where the schema has {}", file_,
                                      fmt::join(found, ", "), fmt::join(expected, ", ")));
    finish_if_bad();
  }

  void out_of_range(u32 n, std::size_t c) {
    problem(table_.rows[n].number, table_.header[c],
            fmt::format("{} is out of the range that the schema allows", table_.rows[n].fields[c]));
  }

  // The entries from `first` on that stand for column c; returns the next one.
  std::size_t encode_categories(std::size_t c, std::size_t first) {
    const Schema& schema = data_.schema;
    std::size_t end = first;
    while (end < schema.features.size() && schema.features[end].name == table_.header[c]) ++end;
    for (u32 n = 0; n < data_.records; ++n) {
      std::size_t at = first;
      while (at < end && *schema.features[at].category != table_.rows[n].fields[c]) ++at;
      if (at == end)
        problem(table_.rows[n].number, table_.header[c],
                fmt::format("unknown category '{}'", table_.rows[n].fields[c]));
      else
        data_.x[std::size_t{n} * data_.features + at] = i32{1} << schema.frac_x;
    }
    largest_ = std::max(largest_, i32{1} << schema.frac_x);
    return end;
  }

  void encode_features() {
    Schema& schema = data_.schema;
    data_.x.resize(std::size_t{data_.records} * data_.features);
    std::size_t feature = 0;
    for (std::size_t c = 0; c < table_.header.size(); ++c) {
      if (c == label_at_) continue;
      if (schema.features[feature].category) {
        feature = encode_categories(c, feature);
        continue;
      }
      const Column& column = schema.features[feature];
      for (u32 n = 0; n < data_.records; ++n) {
        const auto x = scaled_integer(columns_[c][n], column.offset, column.scale);
        if (!x || std::abs(*x) >= i32{1} << schema.input_bits) {
          out_of_range(n, c);
          continue;
        }
        largest_ = std::max(largest_, std::abs(*x));
        data_.x[std::size_t{n} * data_.features + feature] = *x;
      }
      ++feature;
    }
    if (!options_.schema)
      schema.input_bits = std::max(1u, ceil_log2(static_cast<u64>(largest_) + 1));
  }

  void encode_labels() {
    const Schema& schema = data_.schema;
    for (u32 n = 0; n < data_.records; ++n) {
      const CsvRow& row = table_.rows[n];
      if (options_.kind == LabelKind::number) {
        const auto y =
            scaled_integer(columns_[label_at_][n], schema.label.offset, schema.label.scale);
        if (!y)
          problem(row.number, options_.label, "target out of the range that the schema allows");
        data_.label.push_back(y.value_or(0));
        continue;
      }
      const auto at =
          std::find(schema.categories.begin(), schema.categories.end(), row.fields[label_at_]);
      if (at == schema.categories.end())
        problem(row.number, options_.label,
                fmt::format("unknown label '{}': the schema has {}", row.fields[label_at_],
                            fmt::join(schema.categories, ", ")));
      data_.label.push_back(static_cast<i32>(at - schema.categories.begin()));
    }
  }

  const std::string& file_;
  const ReadOptions& options_;
  CsvTable table_;
  std::size_t label_at_ = 0;
  std::vector<std::vector<Decimal>> columns_;
  std::vector<std::string> problems_;
  std::size_t count_ = 0;
  i32 largest_ = 0;
  Dataset data_;
};

}  // namespace

Dataset parse_dataset(std::string_view text, const std::string& file, const ReadOptions& options) {
  return Import(text, file, options).run();
}

Dataset read_csv(const std::string& path, const ReadOptions& options) {
  return parse_dataset(read_file(path), path, options);
}

}  // namespace pedigree::record
