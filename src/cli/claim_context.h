// The options that tie a proof to its caller's context, and the context that they give.
#pragma once

#include <string>

#include "proof/statement.h"

namespace CLI {
class App;
}

namespace pedigree::cli {

struct ContextArguments {
  std::string purpose, text, contract;
  u64 round = 0, chain_id = 0;
};

// --context, --purpose, --round, --chain-id, --contract.
void add_context_options(CLI::App& app, ContextArguments& arguments);

// Throws Failure: usage where a text is too long or an address is none.
Context context_of(const ContextArguments& arguments, Arena& arena);

}  // namespace pedigree::cli
