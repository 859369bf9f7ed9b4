#include "record/array.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "train/error.h"

namespace pedigree::record {
namespace {

std::string npy(const std::string& type, const std::string& shape, const std::string& data) {
  const std::string header =
      "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
  std::string out = "\x93NUMPY";
  out += std::string("\1\0", 2);
  out += static_cast<char>(header.size());
  out += '\0';
  return out + header + data;
}

template <class T>
std::string raw(std::initializer_list<T> values) {
  std::string out;
  for (const T v : values) out.append(reinterpret_cast<const char*>(&v), sizeof v);
  return out;
}

template <class Call>
int exit_of(Call call) {
  try {
    call();
    return 0;
  } catch (const train::Error& e) {
    return e.exit_code();
  }
}

const std::string kImages("\0\0\x08\x03\0\0\0\2\0\0\0\1\0\0\0\3\0\x07\x08\x7f\x80\xff", 22);
const std::string kLabels("\0\0\x08\x01\0\0\0\2\5\3", 10);

TEST(Array, ReadsNumbersExactly) {
  const Array a = parse_npy(npy("<f4", "(2, 2)", raw<float>({0.1f, -2, 3.5f, 1e3f})), "a.npy");
  EXPECT_EQ(a.columns(), 2u);
  EXPECT_EQ(a.text(0), "0.1");
  EXPECT_EQ(a.text(1), "-2");
  EXPECT_EQ(parse_npy(npy("<i2", "(2,)", raw<std::int16_t>({-7, 300})), "a").text(0), "-7");
  EXPECT_EQ(parse_npy(npy("|u1", "(1,)", "\xff"), "a").text(0), "255");
}

TEST(Array, ScalesBytesToTheUnitInterval) {
  const Dataset d = dataset_of(parse_idx(kImages, "i"), parse_idx(kLabels, "l"), "i",
                               {.label = "", .schema = {}});
  EXPECT_EQ(d.x, (std::vector<i32>{0, 0, 1, 8, 8, 16}));  // floor(v / 16 + 1/2)
  EXPECT_EQ(d.schema.input_bits, 5u);
  EXPECT_EQ(d.schema.categories, (std::vector<std::string>{"3", "5"}));
  EXPECT_EQ(d.label, (std::vector<i32>{1, 0}));
  EXPECT_EQ(label_cells(d), (std::vector<i32>{0, 1, 1, 0}));
  EXPECT_EQ(labels_of_cells(label_cells(d), d.schema), d.label);
  const Schema shared = schema_from_json(to_json(d.schema), "s");
  const Dataset again = dataset_of(parse_idx(kImages, "i"), parse_idx(kLabels, "l"), "i",
                                   {.label = "", .schema = shared});
  EXPECT_EQ(again.x, d.x);
  EXPECT_EQ(canonical_text(again.schema, "s"), canonical_text(d.schema, "s"));
}

TEST(Array, CutAndDamagedFilesAreRefused) {
  const std::string good = npy("<f8", "(1, 2)", raw<double>({1, 2}));
  for (std::size_t n = 0; n < good.size(); ++n)
    EXPECT_EQ(exit_of([&] { parse_npy(good.substr(0, n), "a"); }), 3) << n;
  for (std::size_t n = 0; n < kImages.size(); ++n)
    EXPECT_EQ(exit_of([&] { parse_idx(kImages.substr(0, n), "a"); }), 3) << n;
  for (std::size_t at = 0; at < good.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      exit_of([&] { parse_npy(bad, "a"); });  // refused or read, never a crash
    }
  for (const auto& [type, shape] :
       std::vector<std::pair<const char*, const char*>>{{">f8", "(1, 2)"},
                                                        {"<f8", "(99999999999, 2)"},
                                                        {"<f8", "()"},
                                                        {"<f8", "(0, 2)"},
                                                        {"<c8", "(2,)"},
                                                        {"<f8", "(1, 1, 2)"},
                                                        {"<f8", "(18446744073709551615, 2)"}})
    EXPECT_EQ(exit_of([&] { parse_npy(npy(type, shape, raw<double>({1, 2})), "a"); }), 3) << shape;
  const Array nan = parse_npy(npy("<f8", "(1,)", raw<double>({__builtin_nan("")})), "a");
  const Array label = parse_npy(npy("|u1", "(1,)", "1"), "a");
  EXPECT_EQ(exit_of([&] { dataset_of(nan, label, "a", {.label = "", .schema = {}}); }), 3);
  EXPECT_EQ(exit_of([&] {
              dataset_of(parse_idx(kImages, "i"), label, "a", {.label = "", .schema = {}});
            }),
            3);
}

TEST(Schema, CategoriesAndMissingCells) {
  ReadOptions o{.label = "y", .schema = {}};
  o.categories = {"c"};
  o.missing = Decimal{};
  const Dataset d = parse_dataset("c,a,y\nred,1,u\nblue,,v\nred,3,u\n", "f.csv", o);
  EXPECT_EQ(d.features, 3u);
  EXPECT_EQ(*d.schema.features[0].category, "blue");
  EXPECT_EQ((std::vector<i32>{d.x[0], d.x[1], d.x[3], d.x[4]}), (std::vector<i32>{0, 16, 16, 0}));
  const Schema shared = schema_from_json(to_json(d.schema), "s");
  EXPECT_EQ(canonical_text(shared, "s"), canonical_text(d.schema, "s"));
  const ReadOptions second{.label = "y", .schema = shared};
  EXPECT_EQ(parse_dataset("c,a,y\nred,1,u\nblue,,v\nred,3,u\n", "f.csv", second).x, d.x);
  EXPECT_EQ(exit_of([&] { parse_dataset("c,a,y\ngreen,1,u\n", "f.csv", second); }), 3);
  EXPECT_EQ(exit_of([&] { parse_dataset("c,a,y\n,1,u\n", "f.csv", second); }), 3);
}

}  // namespace
}  // namespace pedigree::record
