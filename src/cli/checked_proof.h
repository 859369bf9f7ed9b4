// A proof that was verified in this call, with everything that it was held against. What any command says about a proof
// comes from here.
#pragma once

#include <pedigree/verify.h>

#include <string>
#include <vector>

#include "cli/exit.h"
#include "cli/policy.h"
#include "cli/verify_call.h"

namespace CLI {
class App;
}

namespace pedigree::cli {

struct ProofFiles {
  std::string proof, weights, start, policy;  // all but the proof may be empty
  std::string run;                            // of a claim: its run's proof,
  std::string inputs, outputs, records;       // and files of its hashed cells
  bool any_custodian = false;
  bool claims = false;  // claims on weights are judged too
};

// --weights, --init, --policy, --any-custodian.
void add_proof_options(CLI::App& app, ProofFiles& files);
// --run, --inputs, --outputs, --records.
void add_claim_options(CLI::App& app, ProofFiles& files);

class CheckedProof {
 public:
  // Reads the files and verifies. Throws Failure where a file or the memory is not to be had; a refusal is a verdict.
  explicit CheckedProof(const ProofFiles& files);

  // Of the proof with the files shown beside it; claim and terms are in result().
  const pedigree_result& verdict() const { return verdict_; }
  const pedigree_result& result() const { return verifier_.result(); }
  const pedigree_claim& claim() const { return result().claim; }
  bool is_accepted() const { return verdict_.status == PEDIGREE_OK; }
  bool weights_checked() const { return is_accepted() && with_weights_; }
  bool start_checked() const { return is_accepted() && with_start_; }
  bool run_checked() const { return is_accepted() && with_run_; }
  bool cells_checked() const { return is_accepted() && with_cells_; }
  ExitCode exit_code() const;
  std::string remedy() const;  // of a refusal: ": do this", or nothing

  // Throws Failure with code and reason unless accepted.
  void require_accepted(const std::string& what_is_not_done) const;

  const ProofFiles& files() const { return files_; }
  const Policy& policy() const { return policy_; }
  const std::vector<u8>& proof() const { return proof_; }
  const std::vector<u8>& weights() const { return weights_; }
  const std::vector<u8>& start() const { return start_; }
  const std::vector<u8>& run() const { return run_; }
  double milliseconds() const { return milliseconds_; }

 private:
  void verify();
  void verify_run();
  void verify_cells();

  ProofFiles files_;
  std::vector<u8> proof_, weights_, start_, run_;
  Policy policy_;
  Verifier verifier_, run_verifier_;
  pedigree_result verdict_{};
  bool with_weights_ = false, with_start_ = false, with_run_ = false, with_cells_ = false;
  double milliseconds_ = 0;
};

}  // namespace pedigree::cli
