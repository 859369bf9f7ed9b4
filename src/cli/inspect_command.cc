#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/claim_text.h"
#include "cli/exit.h"
#include "cli/files.h"
#include "cli/options.h"
#include "cli/verify_call.h"

namespace pedigree::cli {

namespace {

int inspect(const std::string& path, Session& session) {
  const std::vector<u8> file = read_bytes(path);
  Verifier reader;
  const pedigree_result& result = reader.read_claim(file);
  if (result.status != PEDIGREE_OK) {
    const bool foreign =
        result.status == PEDIGREE_NOT_A_PROOF || result.status == PEDIGREE_VERSION_UNSUPPORTED;
    throw Failure(foreign ? kUnsupported : kRefused,
                  fmt::format("{}: {}: {}", path, result.code, result.reason));
  }
  const nlohmann::json object = {{"file", path},
                                 {"bytes", file.size()},
                                 {"verified", false},
                                 {"claim", claim_json(result.claim)}};
  session.result(object, fmt::format("{}: {}, not verified: this is what the file claims\n{}", path,
                                     size_text(file.size()), claim_text(result.claim)));
  return kDone;
}

}  // namespace

Command inspect_command(CLI::App& program) {
  auto file = std::make_shared<std::string>();
  CLI::App* app = add_command(program, "inspect", "show what a proof claims, without checking it",
                              "pedigree inspect model.pedigree");
  app->add_option("file", *file, "the proof")->required()->type_name("FILE.pedigree");
  add_json(*app);
  return {app, [file](Session& session) { return inspect(*file, session); }};
}

}  // namespace pedigree::cli
