#include "cli/claim_context.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/exit.h"
#include "cli/files.h"
#include "custody/keys.h"

namespace pedigree::cli {

void add_context_options(CLI::App& app, ContextArguments& a) {
  app.add_option("--context", a.text,
                 "text that the proof binds, such as a challenge of who asked for it")
      ->type_name("TEXT");
  app.add_option("--purpose", a.purpose, "what the proof is for; bound")->type_name("TEXT");
  app.add_option("--round", a.round, "a round number; bound")->type_name("N");
  app.add_option("--chain-id", a.chain_id, "a chain's id; bound")->type_name("N");
  app.add_option("--contract", a.contract, "a contract's address; bound")->type_name("0x...");
}

Context context_of(const ContextArguments& a, Arena& arena) {
  const auto text = [&](const std::string& value, u32 most, const char* option) {
    if (value.size() > most)
      throw Failure(kUsage,
                    fmt::format("{}: {} bytes, at most {} fit", option, value.size(), most));
    return Vec<u8>(arena, bytes_of(value));
  };
  Context context;
  context.text = text(a.text, kMaxContextBytes, "--context");
  context.purpose = text(a.purpose, kMaxPurposeBytes, "--purpose");
  context.round = a.round;
  context.chain_id = a.chain_id;
  if (a.contract.empty()) return context;
  Digest padded;  // twenty bytes, written as an address
  if (!a.contract.starts_with("0x") || a.contract.size() != 42 ||
      !custody::parse_hex(a.contract.substr(2) + std::string(24, '0'), padded))
    throw Failure(kUsage, "--contract: an address is 0x and 40 lower-case hexadecimal digits");
  std::memcpy(context.contract, padded.bytes, sizeof context.contract);
  return context;
}

}  // namespace pedigree::cli
