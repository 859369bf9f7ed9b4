#include "cli/claim_result.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/hex.h"
#include "cli/session.h"

namespace pedigree::cli {

nlohmann::json claim_facts(const std::string& path, std::span<const u8> claim) {
  return {{"claim", path},
          {"bytes", claim.size()},
          {"digest", digest_text(keccak256(claim))},
          {"cpu_seconds", cpu_seconds()},
          {"peak_bytes", peak_bytes()}};
}

std::string claim_lines(const std::string& path, std::span<const u8> claim) {
  return fmt::format("  {}: {}\n  CPU {:.2f} s, peak memory {}\n", path, size_text(claim.size()),
                     cpu_seconds(), size_text(peak_bytes()));
}

}  // namespace pedigree::cli
