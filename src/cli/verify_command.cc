#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/claim_text.h"
#include "cli/exit.h"
#include "cli/files.h"
#include "cli/options.h"
#include "cli/policy.h"
#include "cli/verify_call.h"

namespace pedigree::cli {

namespace {

using nlohmann::json;

struct VerifyArguments {
  std::string file, weights, start, policy;
  bool any_custodian = false, explain = false;
};

int exit_code_of(pedigree_status status) {
  switch (status) {
    case PEDIGREE_OK:
      return kDone;
    case PEDIGREE_NOT_A_PROOF:
    case PEDIGREE_VERSION_UNSUPPORTED:
      return kUnsupported;
    case PEDIGREE_POLICY_REFUSED:
    case PEDIGREE_START_UNSEEN:
      return kOutsidePolicy;
    case PEDIGREE_BUDGET_EXCEEDED:
      return kOverBudget;
    default:
      return kRefused;
  }
}

std::string remedy_of(const pedigree_result& verdict) {
  if (std::string_view(verdict.check) == "policy_any_custodian")
    return ": list the keys that you accept in a policy (\"custodians\"), or take any with "
           "--any-custodian";
  switch (verdict.status) {
    case PEDIGREE_NOT_A_PROOF:
      return ": name a file that `pedigree prove` wrote";
    case PEDIGREE_VERSION_UNSUPPORTED:
      return ": get the release of pedigree that knows it";
    case PEDIGREE_MALFORMED:
      return ": the transfer may have failed; get the file again";
    case PEDIGREE_START_UNSEEN:
      return ": give it with --init";
    case PEDIGREE_BUDGET_EXCEEDED:
      return ": raise \"max_memory\" of the policy if you trust the sender";
    default:
      return "";
  }
}

int verify(const VerifyArguments& a, Session& session) {
  const std::vector<u8> file = read_bytes(a.file);
  const std::vector<u8> weights = a.weights.empty() ? std::vector<u8>() : read_bytes(a.weights);
  const std::vector<u8> start = a.start.empty() ? std::vector<u8>() : read_bytes(a.start);
  Policy policy;
  policy.view.max_memory = kDefaultMaxMemory;
  policy.view.required_bits = 128;
  if (!a.policy.empty()) policy = read_policy(a.policy);
  if (a.any_custodian && policy.view.num_custodians > 0)
    throw Failure(kUsage,
                  a.policy + ": \"custodians\" names keys, so --any-custodian cannot be meant");
  if (a.any_custodian) policy.view.any_custodian = 1;
  Verifier verifier;
  const Stopwatch watch;
  if (!verifier.verify(file, policy.view))
    throw Failure(kUnfinished,
                  fmt::format("{}: verifying needs {} of memory, which this machine does not give",
                              a.file, size_text(pedigree_verify_memory(file.data(), file.size()))));
  const pedigree_result& result = verifier.result();
  pedigree_result verdict = result;
  const bool with_start =
      !a.start.empty() && (result.status == PEDIGREE_OK || result.status == PEDIGREE_START_UNSEEN);
  if (with_start) verdict = verifier.verify_start(start);
  const bool with_weights = !a.weights.empty() && verdict.status == PEDIGREE_OK;
  if (with_weights) verdict = verifier.verify_weights(weights);
  const double milliseconds = 1000 * watch.seconds();

  const bool accepted = verdict.status == PEDIGREE_OK;
  const bool valid = accepted || verdict.status == PEDIGREE_POLICY_REFUSED ||
                     verdict.status == PEDIGREE_START_UNSEEN;
  const bool know_bits = result.num_terms > 0;
  json object = {{"verdict", accepted ? "accepted" : "refused"},
                 {"code", verdict.code},
                 {"reason", accepted ? "every check holds" : verdict.reason + remedy_of(verdict)},
                 {"check", verdict.check},
                 {"index", verdict.index},
                 {"bits", know_bits ? json(result.bits) : json(nullptr)},
                 {"milliseconds", milliseconds},
                 {"bytes", file.size()},
                 {"weights_checked", with_weights && accepted},
                 {"start_checked", with_start && accepted},
                 {"trusts", valid ? trusts_json(result.claim) : json(nullptr)},
                 {"claim", valid ? claim_json(result.claim) : json(nullptr)}};
  if (a.explain && know_bits) object["soundness"] = soundness_json(result);

  std::string text;
  if (accepted)
    text =
        fmt::format("accepted: {} ({:.1f} bits, {:.0f} ms)\n", a.file, result.bits, milliseconds);
  else
    text = fmt::format("refused: {}: {}{}\n", verdict.code, verdict.reason, remedy_of(verdict));
  if (accepted && result.claim.skipped_steps > 0)
    text += fmt::format("  {} of its {} steps are skipped: their learning rate is zero\n",
                        result.claim.skipped_steps, result.claim.steps);
  if (accepted && with_weights) text += fmt::format("  {} holds the proven weights\n", a.weights);
  if (accepted && !with_weights && result.claim.publishes_weights != 0)
    text += "  it publishes weights: check a file of them with --weights\n";
  if (a.explain && valid) {
    text += "\nclaim\n" + claim_text(result.claim);
    text +=
        "\nsoundness: bits by which each message could be forged, proven, without a conjecture\n" +
        soundness_text(result);
    text += "\ntrusts\n" + trusts_text(result.claim, policy.view);
    text += "\n" + meaning_text(result.claim);
  }
  session.result(object, text);
  return exit_code_of(verdict.status);
}

}  // namespace

Command verify_command(CLI::App& program) {
  auto arguments = std::make_shared<VerifyArguments>();
  CLI::App* app =
      add_command(program, "verify", "check a proof: accepted, or refused with one reason",
                  "pedigree verify model.pedigree --weights weights.safetensors --explain");
  app->add_option("file", arguments->file, "the proof")->required()->type_name("FILE.pedigree");
  app->add_option("--weights", arguments->weights, "also check that these are the proven weights")
      ->type_name("W.safetensors");
  app->add_option("--init", arguments->start, "also check that the run began from these weights")
      ->type_name("W.safetensors");
  app->add_option(
         "--policy", arguments->policy,
         "what to insist on (JSON): custodians, licences, purposes, date, revocations, ...")
      ->type_name("P.json");
  app->add_flag("--any-custodian", arguments->any_custodian,
                "take the word of whoever signed the records, without naming the keys");
  app->add_flag("--explain", arguments->explain,
                "print the claim, what it trusts and means, and the bits of every message");
  add_json(*app);
  return {app, [arguments](Session& session) { return verify(*arguments, session); }};
}

}  // namespace pedigree::cli
