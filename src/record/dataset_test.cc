#include "record/dataset.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "train/error.h"

namespace pedigree::record {
namespace {

std::string problems_of(const std::string& text,
                        ReadOptions options = {.label = "y", .schema = {}}) {
  try {
    parse_dataset(text, "f.csv", options);
    return "";
  } catch (const train::Error& e) {
    EXPECT_EQ(e.exit_code(), 3);
    return e.what();
  }
}

void expect_says(const std::string& text, std::initializer_list<const char*> parts) {
  const std::string said = problems_of(text);
  for (const char* part : parts) EXPECT_NE(said.find(part), std::string::npos) << said;
}

Decimal decimal(const std::string& text) {
  const ParsedDecimal parsed = parse_decimal(text);
  EXPECT_EQ(parsed.problem, ParseProblem::none) << text;
  return parsed.value;
}

TEST(Decimal, ReadsAndWritesExactly) {
  for (const char* text : {"0", "1", "-1", "0.5", "-0.000000000000000001",
                           "999999999999999999.999999999999999999", "12.25"})
    EXPECT_EQ(to_text(decimal(text)), text);
  EXPECT_EQ(to_text(decimal(" +1.50e2 ")), "150");
  EXPECT_EQ(to_text(decimal("6.399e-03")), "0.006399");
  EXPECT_EQ(to_text(decimal("1e-30")), "0");
  EXPECT_EQ(to_text(decimal(".5")), "0.5");
  EXPECT_EQ(to_text(decimal("5.")), "5");
  EXPECT_EQ(parse_decimal("1e18").problem, ParseProblem::out_of_range);
  EXPECT_EQ(parse_decimal("1e999999999999").problem, ParseProblem::out_of_range);
  for (const char* text : {"x", "1.2.3", "-", ".", "1e", "1 2", "0x10", "1e+"})
    EXPECT_EQ(parse_decimal(text).problem, ParseProblem::not_a_number) << text;
  EXPECT_EQ(parse_decimal("-NaN").problem, ParseProblem::nan);
  EXPECT_EQ(parse_decimal("inf").problem, ParseProblem::infinite);
  EXPECT_EQ(parse_decimal("  ").problem, ParseProblem::missing);
}

TEST(Decimal, ScalesWithHalvesUp) {
  const auto scaled = [](const char* raw, const char* offset, int scale) {
    return scaled_integer(decimal(raw), decimal(offset), scale);
  };
  EXPECT_EQ(scaled("1.5", "1", 0), 1);
  EXPECT_EQ(scaled("0.5", "1", 0), 0);
  EXPECT_EQ(scaled("0.4", "1", 0), -1);
  EXPECT_EQ(scaled("0.1", "0", 4), 2);
  EXPECT_EQ(scaled("-0.1", "0", 4), -2);
  EXPECT_EQ(scaled("-1.5", "0", 0), -1);
  EXPECT_EQ(scaled("100", "0", -3), 13);
  EXPECT_EQ(scaled("-100", "0", -3), -12);
  EXPECT_EQ(scaled("0.000000000000000001", "0", 60), 1);
  EXPECT_EQ(scaled("1", "0", 30), std::nullopt);
  EXPECT_EQ(scaled("999999999999999999", "-999999999999999999", 60), std::nullopt);
}

TEST(Csv, QuotesLineEndsAndByteOrderMark) {
  const Dataset d = parse_dataset("\xef\xbb\xbf\"a, \"\"b\"\"\",y\r\n1,\"x\ny\"\r\n\r\n3,z",
                                  "f.csv", {.label = "y", .schema = {}});
  EXPECT_EQ(d.records, 2u);
  EXPECT_EQ(d.schema.features[0].name, "a, \"b\"");
  EXPECT_EQ(d.schema.categories, (std::vector<std::string>{"x\ny", "z"}));
  EXPECT_EQ(d.label, (std::vector<i32>{0, 1}));
}

TEST(Csv, EveryProblemAtOnceWithItsPlace) {
  expect_says("a,b,y\n1,,u\nx,2,u\nnan,3,u\n4,5\n6,inf,u\n1e30,1,\n",
              {"f.csv, row 2, column 'b': missing value", "row 3, column 'a': 'x' is not a number",
               "row 4, column 'a': NaN", "row 5: 2 fields where the header has 3",
               "row 6, column 'b': 'inf' is not finite", "row 7, column 'a': 1e30 is out of range",
               "row 7, column 'y': missing label"});
  expect_says("", {"f.csv: empty"});
  expect_says("a,y\n", {"f.csv: no records"});
  expect_says("y\n1\n", {"no feature columns"});
  expect_says("a,b\n1,2\n", {"no column 'y'", "did you mean 'a'?"});
  expect_says("a,a,y\n1,2,3\n", {"column 'a' occurs more than once"});
  expect_says("a,y\n\"1,2\n", {"row 2: a quote is opened and never closed"});
  expect_says("a,y\n\"1\"x,2\n", {"row 2: text after a closing quote"});
}

TEST(Dataset, DefaultScalesStandardise) {
  std::string text = "wide,small,constant,y\n";
  for (int n = 0; n < 64; ++n)
    text += std::to_string(1000 * (n % 8)) + "," + std::to_string(n % 3 * 0.001) + ",5," +
            (n % 2 ? "no" : "yes") + "\n";
  const Dataset d = parse_dataset(text, "f.csv", {.label = "y", .schema = {}});
  for (std::size_t c = 0; c < 3; ++c) {
    double squares = 0;
    for (u32 n = 0; n < d.records; ++n)
      squares += d.x[n * 3 + c] * d.x[n * 3 + c] / (256.0 * d.records);
    if (c == 2)
      EXPECT_EQ(squares, 0);
    else
      EXPECT_TRUE(squares > 0.4 && squares < 2.1) << squares;
  }
  for (const i32 x : d.x) EXPECT_LT(std::abs(x), 1 << d.schema.input_bits);
  EXPECT_EQ(d.schema.categories, (std::vector<std::string>{"no", "yes"}));
}

TEST(Dataset, GivenSchemaRulesTheReading) {
  const std::string text = "a,y\n1,10\n2,9\n3,100\n";
  const Dataset first = parse_dataset(text, "f.csv", {.label = "y", .schema = {}});
  EXPECT_EQ(first.schema.categories, (std::vector<std::string>{"9", "10", "100"}));
  const Schema again = schema_from_json(to_json(first.schema), "schema");
  EXPECT_EQ(to_json(again), to_json(first.schema));
  EXPECT_EQ(parse_dataset(text, "f.csv", {.label = "y", .schema = again}).x, first.x);
  const ReadOptions options{.label = "y", .schema = again};
  EXPECT_NE(problems_of("a,y\n1,11\n", options).find("row 2, column 'y': unknown label '11'"),
            std::string::npos);
  EXPECT_NE(problems_of("a,y\n1e9,10\n", options).find("out of the range that the schema allows"),
            std::string::npos);
  EXPECT_NE(problems_of("b,y\n1,10\n", options).find("columns b where the schema has a"),
            std::string::npos);
  EXPECT_THROW(schema_from_json(nlohmann::json::parse(R"({"features": 3})"), "schema"),
               train::Error);
}

TEST(Dataset, NumericTargets) {
  const Dataset d = parse_dataset("a,y\n1,2.5\n2,-1\n3,0\n", "f.csv",
                                  {.label = "y", .kind = LabelKind::number, .schema = {}});
  EXPECT_EQ(d.schema.label_kind, LabelKind::number);
  EXPECT_GT(d.label[0], 0);
  EXPECT_LT(d.label[1], 0);
  EXPECT_NE(problems_of("a,y\n1,u\n", {.label = "y", .kind = LabelKind::number, .schema = {}})
                .find("'u' is not a number"),
            std::string::npos);
}

}  // namespace
}  // namespace pedigree::record
