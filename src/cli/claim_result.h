// What every command that makes a claim says of it: file, bytes, digest, time, memory.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "base/types.h"

namespace pedigree::cli {

nlohmann::json claim_facts(const std::string& path, std::span<const u8> claim);
// Two lines, indented.
std::string claim_lines(const std::string& path, std::span<const u8> claim);

}  // namespace pedigree::cli
