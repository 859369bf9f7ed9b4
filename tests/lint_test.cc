// The verifier's sources: refusals go through one macro, nothing throws, aborts, allocates or
// starts threads, and nothing of the prover is included. Reads the sources themselves.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>

#include "base/refusal.h"

namespace pedigree {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = fs::path(PEDIGREE_SOURCE_DIR) / "src";

bool ends_with(const std::string& s, std::string_view end) {
  return s.size() >= end.size() && s.compare(s.size() - end.size(), end.size(), end) == 0;
}

struct Line {
  std::string file;
  int number;
  std::string text;
  std::string where() const { return file + ":" + std::to_string(number) + ": " + text; }
};

// Lines of code without comments, and without what the shipped verifier does not compile.
std::vector<Line> code_of(const std::string& file) {
  std::ifstream in(kSource / file);
  std::vector<Line> out;
  std::vector<bool> dropped;  // open #if blocks
  std::string text;
  for (int number = 1; std::getline(in, text); ++number) {
    const bool prover_only = text.starts_with("#ifndef PEDIGREE_VERIFIER_ONLY") ||
                             text.starts_with("#ifdef PEDIGREE_HARNESS") ||
                             text.starts_with("#ifdef PEDIGREE_TOY_FIELD");
    if (text.starts_with("#if")) dropped.push_back(prover_only);
    if (text.starts_with("#else")) dropped.back() = false;
    if (text.starts_with("#endif")) dropped.pop_back();
    if (std::find(dropped.begin(), dropped.end(), true) != dropped.end()) continue;
    text = text.substr(0, text.find("//"));
    if (text.find_first_not_of(' ') != std::string::npos) out.push_back({file, number, text});
  }
  return out;
}

// The sources that are `wanted`, and every file of ours that they include, directly or not.
std::set<std::string> with_includes(const std::function<bool(const std::string&)>& wanted) {
  std::vector<std::string> todo;
  for (const auto& entry : fs::recursive_directory_iterator(kSource)) {
    const std::string name = fs::relative(entry.path(), kSource).string();
    if (entry.is_regular_file() && wanted(name)) todo.push_back(name);
  }
  std::set<std::string> seen;
  const std::regex include("^#include \"([^\"]+)\"");
  while (!todo.empty()) {
    const std::string file = todo.back();
    todo.pop_back();
    if (!fs::exists(kSource / file) || !seen.insert(file).second) continue;
    for (const Line& line : code_of(file)) {
      std::smatch found;
      if (std::regex_search(line.text, found, include)) todo.push_back(found[1]);
    }
  }
  return seen;
}

// All *_verify.cc and *_rules.cc, base/*.cc.
std::set<std::string> verifier_files() {
  return with_includes([](const std::string& name) {
    return ends_with(name, "_verify.cc") || ends_with(name, "_rules.cc") ||
           (name.starts_with("base/") && ends_with(name, ".cc"));
  });
}

// Lines of the verifier that match, except reviewed ones: {file, part of the line}.
std::vector<std::string> offending(
    const std::regex& wrong, const std::vector<std::pair<std::string, std::string>>& reviewed) {
  std::vector<std::string> out;
  for (const std::string& file : verifier_files())
    for (const Line& line : code_of(file)) {
      if (!std::regex_search(line.text, wrong)) continue;
      const bool allowed = std::any_of(reviewed.begin(), reviewed.end(), [&](const auto& r) {
        return r.first == file && line.text.find(r.second) != std::string::npos;
      });
      if (!allowed) out.push_back(line.where());
    }
  return out;
}

using Lines = std::vector<std::string>;

TEST(Lint, FindsTheVerifier) {
  const auto files = verifier_files();
  for (const char* file : {"proof/verify_verify.cc", "proof/segment_protocol.h", "iop/sumcheck.h",
                           "op/op.h", "base/arena.h"})
    EXPECT_TRUE(files.contains(file)) << file;
  EXPECT_GT(files.size(), 40u);
}

TEST(Lint, RefusalsGoThroughTheMacro) {
  EXPECT_EQ(
      offending(
          std::regex("refuse\\(|Refusal\\{[^}]"),
          {
              {"base/refusal.h", "inline Refusal refuse("},
              {"base/refusal.h", "return ::pedigree::refuse("},  // the macro
              // Nothing to go on with when these fail: switched off they would read outside the
              // file.
              {"proof/statement_verify.cc", "if (file.size() < sizeof kMagic)"},
              {"proof/statement_verify.cc", "if (file.size() < kHeaderBytes)"},
              {"proof/statement_verify.cc", "if (length > file.size() - kHeaderBytes)"},
              {"proof/layout_rules.cc",
               "refuse(Check::statement_size, root)"},  // no parameters to go on with
              {"proof/compiled_rules.cc", "refuse(Check::statement_size, 0)"},  // likewise
              {"proof/decode.h", "if (decoder.is_short())"},
              // The C interface turns its own refusals into a result; FixedChecksRefuse tests them.
              {"proof/c_api_verify.cc", "set_verdict(*result, refuse(Check::memory_budget, 0))"},
              {"proof/c_api_verify.cc", "set_verdict(*result, refuse(Check::arena_exhausted, 0))"},
              {"proof/c_api_verify.cc",
               "set_verdict(*result, refuse(Check::weights_not_published, 0))"},
              {"proof/c_api_verify.cc",
               "set_verdict(*result, refuse(Check::policy_start_file, 0))"},
              {"proof/c_api_verify.cc", "set_verdict(*claim, refuse(Check::claim_run, 0))"},
              {"proof/c_api_verify.cc", "set_verdict(*result, refuse(Check::claim_cells, 0))"},
          }),
      Lines());
}

TEST(Lint, NothingThrowsAbortsAllocatesOrPrints) {
  EXPECT_EQ(
      offending(std::regex("\\b(throw|try|catch|assert|static_cast<void>\\(0\\)|abort|exit|malloc|"
                           "calloc|realloc|free|delete|printf|getenv|"
                           "time|rand|srand|thread|mutex|thread_local|PEDIGREE_REQUIRE)\\b\\s*[(;{<"
                           "]|std::(vector|string|map|set|unique_ptr|"
                           "shared_ptr|function|cout|cerr|fstream|chrono)\\b|\\bnew [A-Za-z]"),
                {{"base/arena.h",
                  "std::abort()"},  // without a jump buffer: never in the verifier's entry points
                 {"base/arena.h", "= delete;"}}),
      Lines());
}

TEST(Lint, NothingOfTheProverIsIncluded) {
  EXPECT_EQ(
      offending(std::regex("#include "
                           "\"(kernel/|train/|record/|cli/|.*(_prove|_evaluate|/prove|/"
                           "witness|masked_send|cubic|fraction_tree|randomness)\\.h|base/require)"),
                {}),
      Lines());
  // The prover's parts of shared headers are left out of the verifier's library by a macro; no
  // source turns it off.
  EXPECT_EQ(offending(std::regex("PEDIGREE_VERIFIER_ONLY"), {}), Lines());
}

TEST(Lint, NoStateOutlivesACall) {
  EXPECT_EQ(
      offending(std::regex("^\\s*(static|extern|inline) (?!constexpr |const )[^()]*(;|=|\\{)"),
                {{"proof/c_api_verify.cc", "extern \"C\" {"}}),
      Lines());
}

// They are compiled once, for the prover and for the harness.
TEST(Lint, KernelsKnowNothingOfTheHarness) {
  const auto files =
      with_includes([](const std::string& name) { return name.starts_with("kernel/"); });
  EXPECT_GT(files.size(), 30u);
  for (const std::string& file : files) {
    std::ifstream in(kSource / file);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    EXPECT_EQ(text.find("PEDIGREE_HARNESS"), std::string::npos) << file;
  }
}

// The list of checks is that of the sources: each id is used, and no other is.
TEST(Lint, EveryCheckIsUsed) {
  std::map<std::string, int> uses;
  const std::regex use("PEDIGREE_CHECK\\(([a-z_]+)|Check::([a-z_]+)");
  for (const std::string& file : verifier_files()) {
    if (file == "base/refusal.h") continue;
    for (const Line& line : code_of(file))
      for (std::sregex_iterator i(line.text.begin(), line.text.end(), use), end; i != end; ++i)
        ++uses[(*i)[1].matched ? (*i)[1] : (*i)[2]];
  }
  for (u16 i = 1; i < static_cast<u16>(Check::count); ++i)
    EXPECT_GT(uses[check_name(static_cast<Check>(i))], 0) << check_name(static_cast<Check>(i));
}

// The checks of the verifier and the codes of the C interface agree, and each text is one plain
// sentence.
TEST(Lint, EveryCheckHasATextAndACode) {
  std::set<std::string> texts;
  for (u16 i = 0; i < static_cast<u16>(Check::count); ++i) {
    const Check c = static_cast<Check>(i);
    EXPECT_TRUE(texts.insert(check_text(c)).second) << check_name(c);
    EXPECT_EQ(std::string(check_text(c)).find('|'), std::string::npos);
    EXPECT_NE(std::string(code_name(check_code(c))), "");
  }
}

}  // namespace
}  // namespace pedigree
