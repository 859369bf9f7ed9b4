#include "record/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "train/error.h"

namespace pedigree::record {

namespace {

// floor of the exact mean.
Decimal mean_of(const std::vector<Decimal>& values) {
  const i128 one = power_of_ten(kDecimals);
  const i128 n = static_cast<i128>(values.size());
  i128 high = 0, low = 0;  // sum = high * 10^18 + low; each below 10^18 * 2^40
  for (const Decimal v : values) {
    high += v.units / one;
    low += v.units % one;
  }
  const i128 whole = high / n;
  const i128 rest = (high - whole * n) * one + low;
  return {whole * one + rest / n - (rest % n < 0)};
}

std::optional<i64> canonical_integer(const std::string& text) {
  i64 value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || std::to_string(value) != text)
    return std::nullopt;
  return value;
}

Column column_from_json(const nlohmann::json& json, const std::string& where,
                        std::vector<std::string>& problems) {
  Column column;
  column.name = json.value("name", "");
  if (json.contains("category")) {
    column.category = json.at("category").get<std::string>();
    return column;
  }
  const ParsedDecimal offset = parse_decimal(json.value("offset", "0"));
  if (offset.problem != ParseProblem::none)
    problems.push_back(
        fmt::format("{}: column '{}': the offset is not a decimal number", where, column.name));
  column.offset = offset.value;
  column.scale = json.value("scale", 0);
  if (column.scale < -60 || column.scale > 60)
    problems.push_back(fmt::format("{}: column '{}': scale {} is not in -60..60", where,
                                   column.name, column.scale));
  if (json.contains("missing")) {
    const ParsedDecimal missing = parse_decimal(json.at("missing").get<std::string>());
    if (missing.problem != ParseProblem::none)
      problems.push_back(fmt::format("{}: column '{}': the value for missing cells is no number",
                                     where, column.name));
    column.missing = missing.value;
  }
  return column;
}

nlohmann::json column_json(const Column& c) {
  if (c.category) return {{"name", c.name}, {"category", *c.category}};
  nlohmann::json json{{"name", c.name}, {"offset", to_text(c.offset)}, {"scale", c.scale}};
  if (c.missing) json["missing"] = to_text(*c.missing);
  return json;
}

// Entries of one column of categories are neighbours, sorted and distinct.
void check_categories(const std::vector<Column>& columns, const std::string& where,
                      std::vector<std::string>& problems) {
  for (std::size_t from = 0, to = 0; from < columns.size(); from = to) {
    std::vector<std::string> all;
    for (to = from; to < columns.size() && columns[to].name == columns[from].name; ++to)
      all.push_back(columns[to].category.value_or(""));
    if (columns[from].category ? sorted_categories(all) != all : to - from > 1)
      problems.push_back(
          fmt::format("{}: column '{}' occurs twice, or its categories are not sorted", where,
                      columns[from].name));
  }
}

}  // namespace

Column default_column(std::string name, const std::vector<Decimal>& values, u32 frac) {
  Column column{std::move(name), {}, static_cast<int>(frac)};
  if (values.empty()) return column;
  const Decimal mean = mean_of(values);
  double variance = 0;
  for (const Decimal v : values) {
    const double d = to_double({v.units - mean.units});
    variance += d * d;
  }
  variance /= static_cast<double>(values.size());
  if (variance == 0) {
    column.offset = values[0];
    return column;
  }
  const double deviation = std::sqrt(variance);
  u32 decimals = 0;
  for (double step = 1; decimals < kDecimals && step > deviation / 16; step /= 10) ++decimals;
  column.offset = rounded(mean, decimals);
  double largest = 0;
  for (const Decimal v : values)
    largest = std::max(largest, std::fabs(to_double({v.units - column.offset.units})));
  int e = 0;
  for (; std::ldexp(variance, 2 * e) < 0.5; ++e) {
  }
  for (; std::ldexp(variance, 2 * e) >= 2; --e) {
  }
  for (; std::ldexp(largest, e) > kLargestStandard; --e) {
  }
  column.scale += e;
  return column;
}

std::vector<std::string> sorted_categories(std::vector<std::string> categories) {
  std::sort(categories.begin(), categories.end());
  categories.erase(std::unique(categories.begin(), categories.end()), categories.end());
  const bool integers = std::all_of(categories.begin(), categories.end(), [](const std::string& c) {
    return canonical_integer(c).has_value();
  });
  if (integers)
    std::sort(categories.begin(), categories.end(), [](const std::string& a, const std::string& b) {
      return *canonical_integer(a) < *canonical_integer(b);
    });
  return categories;
}

std::string canonical_text(const Schema& schema, const std::string& where) try {
  return to_json(schema).dump();
} catch (const nlohmann::json::exception&) {
  throw train::Error(train::Exit::input,
                     fmt::format("{}: a column or a label is not UTF-8 text: convert the file, as "
                                 "with iconv -t UTF-8",
                                 where));
}

nlohmann::json to_json(const Schema& schema) {
  nlohmann::json features = nlohmann::json::array();
  for (const Column& c : schema.features) features.push_back(column_json(c));
  nlohmann::json label{{"name", schema.label.name}};
  if (schema.label_kind == LabelKind::category) {
    label["categories"] = schema.categories;
    if (schema.labels_as == LabelsAs::bit) label["as"] = "bit";
  } else {
    label = column_json(schema.label);
    label["frac"] = schema.frac_y;
  }
  return {{"features", features},
          {"frac", schema.frac_x},
          {"input_bits", schema.input_bits},
          {"label", label}};
}

Schema schema_from_json(const nlohmann::json& json, const std::string& where) try {
  Schema schema;
  std::vector<std::string> problems;
  for (const auto& c : json.at("features"))
    schema.features.push_back(column_from_json(c, where, problems));
  schema.frac_x = json.at("frac").get<u32>();
  schema.input_bits = json.at("input_bits").get<u32>();
  const auto& label = json.at("label");
  if (label.contains("categories")) {
    schema.label.name = label.at("name").get<std::string>();
    schema.categories = label.at("categories").get<std::vector<std::string>>();
    if (sorted_categories(schema.categories) != schema.categories)
      problems.push_back(fmt::format("{}: the categories are not sorted and distinct", where));
    const std::string as = label.value("as", "one-hot");
    schema.labels_as = as == "bit" ? LabelsAs::bit : LabelsAs::one_hot;
    if (schema.categories.empty() || (as != "one-hot" && as != "bit") ||
        (as == "bit" && schema.categories.size() != 2))
      problems.push_back(fmt::format(
          "{}: labels are \"one-hot\", or \"bit\" where there are two categories", where));
  } else {
    schema.label_kind = LabelKind::number;
    schema.labels_as = LabelsAs::number;
    schema.label = column_from_json(label, where, problems);
    schema.frac_y = label.at("frac").get<u32>();
  }
  if (schema.frac_x > 16 || schema.frac_y > 16 || schema.input_bits < 1 || schema.input_bits > 30)
    problems.push_back(fmt::format("{}: fractional bits or input bits out of range", where));
  check_categories(schema.features, where, problems);
  if (!problems.empty()) throw train::Error(train::Exit::input, problems);
  return schema;
} catch (const nlohmann::json::exception& e) {
  throw train::Error(train::Exit::input,
                     fmt::format("{}: not a dataset schema: {}", where, e.what()));
}

}  // namespace pedigree::record
