// The statement of a proof that a command is given, which it does not verify.
#pragma once

#include <string>

#include "proof/prove.h"

namespace pedigree::cli {

// Enough for proof_statement.
inline std::size_t proof_statement_memory(std::size_t bytes) {
  return 16 * bytes + (std::size_t{1} << 16);
}
// Throws Failure: refused, with what is wrong. Lists lie in the arena and in the proof.
Statement proof_statement(std::span<const u8> proof, const std::string& path, Arena& arena);

}  // namespace pedigree::cli
