// Proofs of earlier builds: tests/golden/format-MAJOR.MINOR/ for each version of the format, made by tests/golden/make.sh.
// The version that this build writes is accepted, with its weights; any other is refused as of another version, not as false.
#include <gtest/gtest.h>
#include <pedigree/verify.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "proof/statement.h"

namespace pedigree {
namespace {

namespace fs = std::filesystem;

std::vector<u8> bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string current_format() {
  return "format-" + std::to_string(kMajorVersion) + "." + std::to_string(kMinorVersion);
}

TEST(Golden, EachFormatIsAcceptedOrKnownToBeAnother) {
  bool current = false;
  for (const auto& entry : fs::directory_iterator(fs::path(PEDIGREE_SOURCE_DIR) / "tests/golden")) {
    if (!entry.is_directory()) continue;
    SCOPED_TRACE(entry.path().filename().string());
    const std::vector<u8> proof = bytes_of(entry.path() / "proof.pedigree");
    const std::vector<u8> weights = bytes_of(entry.path() / "weights.safetensors");
    ASSERT_FALSE(proof.empty());
    std::vector<u8> memory(pedigree_verify_memory(proof.data(), proof.size()));
    pedigree_policy policy{};
    policy.require_published_weights = 1;
    pedigree_result result{}, of_weights{};
    const pedigree_status status =
        pedigree_verify(proof.data(), proof.size(), &policy, memory.data(), memory.size(), &result);
    if (entry.path().filename() != current_format()) {
      EXPECT_EQ(status, PEDIGREE_VERSION_UNSUPPORTED);
      continue;
    }
    current = true;
    ASSERT_EQ(status, PEDIGREE_OK) << result.reason;
    EXPECT_EQ(result.claim.steps, 8u);
    EXPECT_EQ(result.claim.records, 32u);
    EXPECT_EQ(pedigree_verify_weights(&result, weights.data(), weights.size(), &of_weights),
              PEDIGREE_OK)
        << of_weights.reason;
  }
  EXPECT_TRUE(current) << "tests/golden/make.sh has not been run for " << current_format();
}

}  // namespace
}  // namespace pedigree
