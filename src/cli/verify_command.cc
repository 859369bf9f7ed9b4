#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "claim/claims_text.h"
#include "cli/checked_proof.h"
#include "cli/claim_text.h"
#include "cli/options.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

int verify(const ProofFiles& files, bool explain, Session& session) {
  const CheckedProof proof(files);
  const pedigree_result& result = proof.result();
  const pedigree_result& verdict = proof.verdict();
  const bool accepted = proof.is_accepted();
  const bool valid = accepted || verdict.status == PEDIGREE_POLICY_REFUSED ||
                     verdict.status == PEDIGREE_START_UNSEEN ||
                     verdict.status == PEDIGREE_RUN_UNSEEN;
  const bool know_bits = result.num_terms > 0;
  json object = {{"verdict", accepted ? "accepted" : "refused"},
                 {"code", verdict.code},
                 {"reason", accepted ? "every check holds" : verdict.reason + proof.remedy()},
                 {"check", verdict.check},
                 {"index", verdict.index},
                 {"bits", know_bits ? json(result.bits) : json(nullptr)},
                 {"milliseconds", proof.milliseconds()},
                 {"bytes", proof.proof().size()},
                 {"weights_checked", proof.weights_checked()},
                 {"start_checked", proof.start_checked()},
                 {"run_checked", proof.run_checked()},
                 {"cells_checked", proof.cells_checked()},
                 {"trusts", valid ? trusts_json(result.claim) : json(nullptr)},
                 {"claim", valid ? claim_json(result.claim) : json(nullptr)}};
  const ClaimText* kind = claim_text_of(result.claim.kind);
  const bool beside_run =
      accepted && proof.run_checked() && kind != nullptr && kind->beside_run != nullptr;
  if (beside_run) object["beside_run"] = kind->beside_run(result.claim, proof.run(), files.run);
  if (explain && know_bits) object["soundness"] = soundness_json(result);

  std::string text;
  if (accepted)
    text = fmt::format("accepted: {} ({:.1f} bits, {:.0f} ms)\n", files.proof, result.bits,
                       proof.milliseconds());
  else
    text = fmt::format("refused: {}: {}{}\n", verdict.code, verdict.reason, proof.remedy());
  if (accepted && result.claim.skipped_steps > 0)
    text += fmt::format("  {} of its {} steps are skipped: their learning rate is zero\n",
                        result.claim.skipped_steps, result.claim.steps);
  if (proof.run_checked())
    text += fmt::format(
        "  about the {} of {}{}\n",
        kind == nullptr || kind->has_weights ? "weights that the run" : "records of the run",
        files.run, kind == nullptr || kind->has_weights ? " ended in" : "");
  if (accepted) text += model_claim_summary(result.claim);
  if (beside_run) text += kind->beside_run_lines(result.claim, object["beside_run"]);
  if (proof.cells_checked()) text += "  the given cells are the hashed ones\n";
  if (proof.weights_checked())
    text += fmt::format("  {} holds the proven weights\n", files.weights);
  if (accepted && !proof.weights_checked() && result.claim.publishes_weights != 0)
    text += "  it publishes weights: check a file of them with --weights\n";
  if (explain && valid) {
    text += "\nclaim\n" + claim_text(result.claim);
    text +=
        "\nsoundness: bits by which each message could be forged, proven, without a conjecture\n" +
        soundness_text(result);
    text += "\ntrusts\n" + trusts_text(result.claim, proof.policy().view);
    text += "\n" + meaning_text(result.claim);
  }
  session.result(object, text);
  return proof.exit_code();
}

}  // namespace

Command verify_command(CLI::App& program) {
  struct Arguments {
    ProofFiles files;
    bool explain = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* app =
      add_command(program, "verify", "check a proof: accepted, or refused with one reason",
                  "pedigree verify model.pedigree --weights weights.safetensors --explain");
  app->add_option("file", arguments->files.proof, "the proof")
      ->required()
      ->type_name("FILE.pedigree");
  add_proof_options(*app, arguments->files);
  add_claim_options(*app, arguments->files);
  app->add_flag("--explain", arguments->explain,
                "print the claim, what it trusts and means, and the bits of every message");
  add_json(*app);
  return {app, [arguments](Session& session) {
            return verify(arguments->files, arguments->explain, session);
          }};
}

}  // namespace pedigree::cli
