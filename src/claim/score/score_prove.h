// Proves an evaluation (claim/score/score.h).
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "claim/claim_prove.h"
#include "claim/score/score.h"

namespace pedigree {

struct ScoreInput {
  Manifest test;
  std::vector<Manifest> training;
  std::span<const i32> labels;  // of the test set, record by record, as it commits to them
  Metric metric = Metric::correct;
  std::optional<u64> bound;  // stated instead of the number
  u32 drawn = 0;
  Beacon beacon;
  u32 ticket_number = 0;
  u8 ticket[64] = {};
  Context context;
  std::vector<OpenableRoot*> datasets;  // commitments of the test set and the training sets
  // Runs the model on the rows that the segment selects: writes the wanted columns of the trace.
  std::function<void(const CompiledSegment&, TraceSinks&)> fill_trace;
  std::function<void()>
      before_opening;  // what is to be counted before anything that an opening shows can leave
};
struct Score {
  Proof proof;
  u64 value = 0;               // the number, whatever is stated of it
  std::vector<u32> confusion;  // of classes
};

// What no proof can be made of. check: that the verifier would name; none: the number does not keep the bound.
struct ScoreRefused : std::runtime_error {
  explicit ScoreRefused(Check c) : std::runtime_error(check_text(c)), check(c) {}
  explicit ScoreRefused(const std::string& what) : std::runtime_error(what) {}
  Check check = Check::none;
};

// What the weights reach, without a proof; the statement's value and confusion matter to nothing.
Score measure_score(const ScoreStatement& statement, const ScoreInput& input);

// The proof of a whole statement. `hidden`: what lies between the bound and the number.
Proof prove_score_statement(const CommittedWeights& weights, const ScoreStatement& statement,
                            u64 hidden, const ScoreInput& input, const ProveOptions& options);
// Throws ScoreRefused, std::runtime_error as `prove` does, and what fill_trace throws.
Score prove_score(const CommittedWeights& weights, const ScoreInput& input,
                  const ProveOptions& options);

}  // namespace pedigree
