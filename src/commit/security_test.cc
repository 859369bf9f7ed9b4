#include "commit/security.h"

#include <gtest/gtest.h>

#include <cmath>

namespace pedigree {
namespace {

struct Table {
  SecurityTerm terms[kMaxSecurityTerms];
  u32 size;
  explicit Table(const OpeningParameters& p) : size(opening_security(p, terms)) {}
  std::span<const SecurityTerm> span() const { return {terms, size}; }
};

TEST(OpeningSecurity, EveryCompiledRowProves128Bits) {
  for (const Profile profile : {Profile::fast, Profile::small})
    for (u32 log_rows = kMinLogRows; log_rows <= kMaxLogRows; ++log_rows)
      for (const u32 roots : {1u, 2u, 5u, kMaxRoots}) {
        const OpeningParameters p = opening_parameters(profile, log_rows, roots);
        if (hiding_rows(p) >= 1u << log_rows) {  // 64 rows do not hold the masks of many roots
          EXPECT_EQ(log_rows, kMinLogRows);
          continue;
        }
        ASSERT_TRUE(parameters_well_formed(p)) << log_rows;
        EXPECT_TRUE(parameters_secure(p)) << log_rows << " " << roots;
        const Table table(p);
        ASSERT_LT(table.size, kMaxSecurityTerms);
        EXPECT_GE(worst_bits(table.span(), true), 128.1);
        EXPECT_GE(total_bits(table.span(), true), 128.05);
        EXPECT_GE(worst_bits(table.span(), false), 128 - 20);
      }
}

TEST(OpeningSecurity, FormulasAgainstNumbersWorkedOutByHand) {
  // rate 1/4, m = 96: 1 - theta = 1/2 (1 + 1/192), so 112 queries give 112 (1 - log2(193/192)); 2^19 rows.
  OpeningParameters p = opening_parameters(Profile::fast, 17, 1);
  p.levels[0].multiplicity = 96;
  p.levels[0].queries = 112;
  const Table table(p);
  double fold = 0, queries = 0, offset = 0;
  for (const SecurityTerm& t : table.span()) {
    if (t.index != 0) continue;
    const std::string name = t.name;
    if (name == "fold") fold = t.bits;
    if (name == "queries") queries = t.bits;
    if (name == "offset") offset = t.bits;
  }
  EXPECT_NEAR(queries, 112 * (1 - std::log2(193.0 / 192.0)), 1e-6);
  EXPECT_NEAR(offset, 192 - std::log2(96.5 * 2), 1e-6);
  // 2 * 96.5^5 * 2^19 / (3/8) dominates: log2 = 1 + 5 log2(96.5) + 19 - log2(0.375)
  EXPECT_NEAR(fold, 192 - (1 + 5 * std::log2(96.5) + 19 - std::log2(0.375)), 1e-5);
}

TEST(OpeningSecurity, WeakerParametersAreRefused) {
  const OpeningParameters good = opening_parameters(Profile::fast, 16, 3);
  ASSERT_TRUE(parameters_secure(good));
  for (u32 field = 0; field < 7; ++field) {
    OpeningParameters p = good;
    if (field == 0) p.levels[0].queries -= 2;
    if (field == 1) p.levels[0].grinding -= 2;
    if (field == 2) p.levels[0].log_inv_rate = 1;
    if (field == 3) p.levels[1].queries -= 4;
    if (field == 4) p.levels[p.num_levels - 1].queries = 1;
    if (field == 5) p.levels[0].multiplicity = 500;  // a larger radius, but a larger list
    if (field == 6) p.num_levels = 0;
    EXPECT_FALSE(parameters_secure(p)) << field;
  }
  EXPECT_FALSE(parameters_secure(opening_parameters(Profile::fast, 5, 1)));
  EXPECT_FALSE(parameters_secure(opening_parameters(Profile::fast, 27, 1)));
  EXPECT_FALSE(parameters_secure(opening_parameters(Profile::fast, 16, 0)));
  EXPECT_FALSE(parameters_secure(opening_parameters(Profile::fast, 16, kMaxRoots + 1)));
}

TEST(OpeningSecurity, TermsAddUp) {
  const SecurityTerm terms[] = {{"a", 0, 100, 30}, {"b", 0, 130, 0}, {"c", 0, 129, 0}};
  EXPECT_DOUBLE_EQ(worst_bits(terms, true), 129);
  EXPECT_DOUBLE_EQ(worst_bits(terms, false), 100);
  EXPECT_DOUBLE_EQ(total_bits(terms, true), 128);
}

TEST(OpeningSecurity, ProofsStaySmall) {
  const u32 tall[] = {17};
  EXPECT_LT(predicted_bytes(opening_parameters(Profile::fast, 17, 1), tall), 330u * 1024);
  EXPECT_LT(predicted_bytes(opening_parameters(Profile::small, 17, 1), tall), 120u * 1024);
  u64 last = 0;
  for (u32 log_rows = kMinLogRows; log_rows <= kMaxLogRows; ++log_rows) {
    const u64 bytes =
        predicted_bytes(opening_parameters(Profile::fast, log_rows, 1), {&log_rows, 1});
    EXPECT_GT(bytes, last);
    last = bytes;
  }
}

}  // namespace
}  // namespace pedigree
