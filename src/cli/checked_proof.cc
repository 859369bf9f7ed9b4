#include "cli/checked_proof.h"

#include <fmt/format.h>

#include "claim/claims_text.h"
#include "cli/cells_file.h"
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

void add_claim_options(CLI::App& app, ProofFiles& files) {
  files.claims = true;
  app.add_option("--run", files.run, "of a claim: the proof of the run that its weights come from")
      ->type_name("RUN.pedigree");
  app.add_option("--inputs", files.inputs,
                 "of a claim: also check that these are the hashed inputs")
      ->type_name("CELLS.json");
  app.add_option("--outputs", files.outputs,
                 "of a claim: also check that these are the hashed outputs")
      ->type_name("CELLS.json");
  app.add_option("--records", files.records,
                 "of a claim of origins: also check that these are the hashed records")
      ->type_name("CELLS.json");
}

CheckedProof::CheckedProof(const ProofFiles& files) : files_(files) {
  proof_ = read_bytes(files.proof);
  if (!files.weights.empty()) weights_ = read_bytes(files.weights);
  if (!files.start.empty()) start_ = read_bytes(files.start);
  if (!files.run.empty()) run_ = read_bytes(files.run);
  policy_.view.max_memory = kDefaultMaxMemory;
  policy_.view.required_bits = 128;
  if (!files.policy.empty()) policy_ = read_policy(files.policy);
  if (files.any_custodian && policy_.view.num_custodians > 0)
    throw Failure(kUsage,
                  files.policy + ": \"custodians\" names keys, so --any-custodian cannot be meant");
  if (files.any_custodian) policy_.view.any_custodian = 1;
  policy_.view.claims = files.claims;
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
  if (!files_.run.empty()) verify_run();
  if (!files_.inputs.empty() || !files_.outputs.empty() || !files_.records.empty()) verify_cells();
  // A claim publishes no weights and names no start; one that waited for its run was not asked yet.
  const bool asked = with_weights_ || with_start_;
  const bool is_claim = result().claim.kind >= kFirstClaim;
  if (verdict_.status == PEDIGREE_OK && is_claim && !asked &&
      !(files_.weights.empty() && files_.start.empty()))
    verdict_ = verifier_.verify_weights(weights_);
}

// A run that is refused refuses the claim that rests on it.
void CheckedProof::verify_run() {
  if (verdict_.status != PEDIGREE_OK && verdict_.status != PEDIGREE_RUN_UNSEEN) return;
  if (verdict_.claim.kind < kFirstClaim)
    throw Failure(kUsage, files_.proof + ": a run itself: --run goes with a claim on its weights");
  if (!run_verifier_.verify(run_, policy_.view))
    throw Failure(kUnfinished, files_.run + ": verifying needs more memory than there is");
  if (run_verifier_.result().status != PEDIGREE_OK) {
    verdict_ = run_verifier_.result();
    return;
  }
  verifier_.link(run_verifier_);
  verdict_ = result();
  with_run_ = true;
}

void CheckedProof::verify_cells() {
  if (verdict_.status != PEDIGREE_OK && verdict_.status != PEDIGREE_RUN_UNSEEN) return;
  u32 index = 0;
  const auto check = [&](const std::string& path, const pedigree_cells& matrix, const char* what) {
    const bool is_hashed = matrix.visibility == PEDIGREE_HASHED;
    if (!path.empty()) {
      if (!is_hashed)
        throw Failure(kUsage,
                      fmt::format("{}: the claim does not hash its {}", files_.proof, what));
      const CellsFile file = read_cells(path);
      pedigree_salt salt{};
      std::memcpy(salt.nonce.bytes, file.salt.nonce.bytes, sizeof salt.nonce.bytes);
      for (u32 l = 0; l < kDegree; ++l) salt.pad[l] = file.salt.pad.c[l].v;
      const pedigree_result verdict = verifier_.verify_cells(index, salt, file.cells);
      if (verdict.status != PEDIGREE_OK) verdict_ = verdict;
      with_cells_ = true;
    }
    index += is_hashed;
  };
  // In the order of the claim: those that it does not have are not hashed.
  static constexpr pedigree_cells kNone{};
  const pedigree_inference* const inference = result().claim.inference;
  const pedigree_origins* const origins = result().claim.origins;
  const auto of = [](const auto* claim, auto part) -> const pedigree_cells& {
    return claim != nullptr ? claim->*part : kNone;
  };
  check(files_.inputs, of(inference, &pedigree_inference::inputs), "inputs");
  if (with_cells_ && verdict_.status == PEDIGREE_CELLS_DIFFER) return;
  check(files_.outputs, of(inference, &pedigree_inference::outputs), "outputs");
  check(files_.records, of(origins, &pedigree_origins::records), "records");
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
    case PEDIGREE_RUN_UNSEEN:
      return kOutsidePolicy;
    case PEDIGREE_BUDGET_EXCEEDED:
      return kOverBudget;
    default:
      return kRefused;
  }
}

std::string CheckedProof::remedy() const {
  if (std::string_view(verdict_.check) == "policy_claims")
    return ": only `pedigree verify` judges claims";
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
    case PEDIGREE_RUN_UNSEEN:
      return ": give it with --run";
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
