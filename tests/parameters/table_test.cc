// The compiled table of parameters is what the search finds, and the specification and the second verifier have the same.
// PEDIGREE_REWRITE=1 searches all heights and writes the three places anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "commit/security.h"
#include "custody/dataset_layout.h"
#include "parameters/search.h"

#ifndef PEDIGREE_SOURCE_DIR
#error "the folder of the sources is needed"
#endif

namespace pedigree::harness {
namespace {

using Rows = std::vector<OpeningParameters>;  // of the heights in order

constexpr std::size_t kTables = std::size(kProfiles);
constexpr const char* kEntries[] = {"kFast", "kSmall", "kBulk"};
constexpr const char* kReferenceNames[] = {"_FAST", "_SMALL", "_BULK"};

std::string read(const std::string& path) {
  std::ifstream file(std::string(PEDIGREE_SOURCE_DIR "/") + path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// "6 2 116 14 100; 2 4 60 10 100"
std::string levels_text(const OpeningParameters& p) {
  std::ostringstream out;
  for (u32 l = 0; l < p.num_levels; ++l) {
    const Level& x = p.levels[l];
    out << (l == 0 ? "" : "; ") << x.log_columns << ' ' << x.log_inv_rate << ' ' << x.queries << ' '
        << x.grinding << ' ' << x.multiplicity;
  }
  return out.str();
}

std::string compiled_text(const Rows (&tables)[kTables]) {
  std::ostringstream out;
  out << "// Written by ParameterTable.* (tests/parameters), which searches. A row for each "
         "log_rows "
         "from "
      << kMinLogRows << " to " << kMaxLogRows
      << ": number of levels, log_final, then of each\n"
         "// level columns, inverse rate (logarithms), queries, grinding, multiplicity.\n";
  for (const Profile profile : kProfiles) {
    out << "constexpr Entry " << kEntries[static_cast<u32>(profile)] << "[] = {\n";
    for (const OpeningParameters& p : tables[static_cast<u32>(profile)]) {
      out << "    {" << p.num_levels << ", " << p.log_final << ", {";
      for (u32 l = 0; l < p.num_levels; ++l) {
        const Level& x = p.levels[l];
        out << (l == 0 ? "{" : ", {") << x.log_columns << ", " << x.log_inv_rate << ", "
            << x.queries << ", " << x.grinding << ", " << x.multiplicity << '}';
      }
      out << "}},\n";
    }
    out << "};\n";
  }
  return out.str();
}

std::string specified_text(const Rows& rows, Profile profile) {
  std::ostringstream out;
  out << "| " << name_of(profile) << " (" << static_cast<u32>(profile)
      << "): a | final | levels 0, 1, … |\n| --- | --- | --- |\n";
  for (const OpeningParameters& p : rows)
    out << "| " << p.log_rows << " | " << p.log_final << " | " << levels_text(p) << " |\n";
  return out.str();
}

std::string reference_text(const Rows& rows, Profile profile) {
  std::ostringstream out;
  out << kReferenceNames[static_cast<u32>(profile)] << " = \"\"\"\n";
  for (const OpeningParameters& p : rows) out << p.log_final << " | " << levels_text(p) << '\n';
  out << "\"\"\"\n";
  return out.str();
}

Rows compiled(Profile profile) {
  Rows rows;
  for (u32 a = kMinLogRows; a <= kMaxLogRows; ++a)
    rows.push_back(opening_parameters(profile, a, 1));
  return rows;
}

Rows searched(const Goal& goal) {
  Rows rows;
  for (u32 a = kMinLogRows; a <= kMaxLogRows; ++a) rows.push_back(best_parameters(goal, a));
  return rows;
}

void replace(const std::string& path, const std::string& before, const std::string& after) {
  std::string all = read(path);
  const std::size_t at = all.find(before);
  ASSERT_NE(at, std::string::npos) << path;
  all.replace(at, before.size(), after);
  std::ofstream(std::string(PEDIGREE_SOURCE_DIR "/") + path) << all;
}

bool is_rewriting() { return std::getenv("PEDIGREE_REWRITE") != nullptr; }

TEST(ParameterTable, EveryRowIsTheBestOneFoundSlow) {
  Rows tables[kTables];
  for (const Goal& goal : kGoals) {
    Rows& rows = tables[static_cast<u32>(goal.profile)];
    rows = searched(goal);
    if (is_rewriting()) continue;
    for (const OpeningParameters& p : rows)
      EXPECT_EQ(levels_text(p), levels_text(opening_parameters(goal.profile, p.log_rows, 1)))
          << name_of(goal.profile) << ' ' << p.log_rows;
  }
  if (!is_rewriting()) return;
  std::ofstream(PEDIGREE_SOURCE_DIR "/src/commit/parameter_table.inc") << compiled_text(tables);
  for (const Profile profile : kProfiles) {
    const Rows before = compiled(profile), after = tables[static_cast<u32>(profile)];
    replace("docs/protocol.md", specified_text(before, profile), specified_text(after, profile));
    replace("reference/pedigree_verify/parameters.py", reference_text(before, profile),
            reference_text(after, profile));
  }
}

TEST(ParameterTable, ARowOfEachProfileIsTheBestOneFound) {
  for (const Goal& goal : kGoals)
    EXPECT_EQ(levels_text(best_parameters(goal, 12)),
              levels_text(opening_parameters(goal.profile, 12, 1)));
}

TEST(ParameterTable, SpecificationAndSecondVerifierHaveTheSame) {
  const std::string specification = read("docs/protocol.md"),
                    reference = read("reference/pedigree_verify/parameters.py");
  for (const Profile profile : kProfiles) {
    const Rows rows = compiled(profile);
    EXPECT_NE(specification.find(specified_text(rows, profile)), std::string::npos)
        << name_of(profile);
    EXPECT_NE(reference.find(reference_text(rows, profile)), std::string::npos) << name_of(profile);
  }
}

TEST(ParameterTable, FilesHaveOneRateAndAtMostTheirQueries) {
  for (const Profile profile : kProfiles) {
    u32 most = 0;
    for (u32 a = min_file_log_rows(profile); a <= kMaxLogRows; ++a) {
      const OpeningParameters p = opening_parameters(profile, a, 1);
      EXPECT_EQ(p.levels[0].log_inv_rate, file_log_inv_rate(profile)) << a;
      EXPECT_EQ(p.levels[0].log_columns, kLogRootColumns) << a;
      most = std::max(most, p.levels[0].queries);
    }
    EXPECT_EQ(most, most_queries(profile));
  }
}

TEST(ParameterTable, TheSearchWeighsTimeAgainstBytes) {
  const OpeningParameters quick = best_parameters({Profile::fast, 0.25}, 13),
                          short_one = best_parameters({Profile::fast, 16}, 13);
  EXPECT_LT(cost_of(quick).nanoseconds, cost_of(short_one).nanoseconds);
  EXPECT_GT(cost_of(quick).bytes, cost_of(short_one).bytes);
}

}  // namespace
}  // namespace pedigree::harness
