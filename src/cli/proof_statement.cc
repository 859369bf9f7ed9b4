#include "cli/proof_statement.h"

#include "cli/exit.h"

namespace pedigree::cli {

Statement proof_statement(std::span<const u8> proof, const std::string& path, Arena& arena) {
  const auto parsed = parse_file(proof, arena);
  if (!parsed.ok()) throw Failure(kRefused, path + ": " + check_text(parsed.why().check));
  return parsed.value().statement;
}

}  // namespace pedigree::cli
