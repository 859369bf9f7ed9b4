#include "cli/checked_proof.h"

#include <fmt/format.h>

#include "cli/files.h"
#include "cli/options.h"

namespace pedigree::cli {

void add_proof_options(CLI::App& app, ProofFiles& files) {
  app.add_option("--weights", files.weights, "also check that these are the proven weights")
      ->type_name("W.safetensors");
  app.add_option("--init", files.start, "also check that the run began from these weights")
      ->type_name("W.safetensors");
  app.add_option("--policy", files.policy,
                 "what to insist on (JSON): custodians, licences, purposes, date, revocations, ...")
      ->type_name("P.json");
  app.add_flag("--any-custodian", files.any_custodian,
               "take the word of whoever signed the records, without naming the keys");
}

CheckedProof::CheckedProof(const ProofFiles& files) : files_(files) {
  proof_ = read_bytes(files.proof);
  if (!files.weights.empty()) weights_ = read_bytes(files.weights);
  if (!files.start.empty()) start_ = read_bytes(files.start);
  policy_.view.max_memory = kDefaultMaxMemory;
  policy_.view.required_bits = 128;
  if (!files.policy.empty()) policy_ = read_policy(files.policy);
  if (files.any_custodian && policy_.view.num_custodians > 0)
    throw Failure(kUsage,
                  files.policy + ": \"custodians\" names keys, so --any-custodian cannot be meant");
  if (files.any_custodian) policy_.view.any_custodian = 1;
  const Stopwatch watch;
  verify();
  milliseconds_ = 1000 * watch.seconds();
}

void CheckedProof::verify() {
  if (!verifier_.verify(proof_, policy_.view))
    throw Failure(
        kUnfinished,
        fmt::format("{}: verifying needs {} of memory, which this machine does not give",
                    files_.proof, size_text(pedigree_verify_memory(proof_.data(), proof_.size()))));
  verdict_ = result();
  with_start_ = !files_.start.empty() &&
                (verdict_.status == PEDIGREE_OK || verdict_.status == PEDIGREE_START_UNSEEN);
  if (with_start_) verdict_ = verifier_.verify_start(start_);
  with_weights_ = !files_.weights.empty() && verdict_.status == PEDIGREE_OK;
  if (with_weights_) verdict_ = verifier_.verify_weights(weights_);
}

ExitCode CheckedProof::exit_code() const {
  switch (verdict_.status) {
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

std::string CheckedProof::remedy() const {
  if (std::string_view(verdict_.check) == "policy_any_custodian")
    return ": list the keys that you accept in a policy (\"custodians\"), or take any with "
           "--any-custodian";
  switch (verdict_.status) {
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

void CheckedProof::require_accepted(const std::string& what_is_not_done) const {
  if (is_accepted()) return;
  throw Failure(exit_code(), fmt::format("{}: refused: {}: {}{}; {}", files_.proof, verdict_.code,
                                         verdict_.reason, remedy(), what_is_not_done));
}

}  // namespace pedigree::cli
