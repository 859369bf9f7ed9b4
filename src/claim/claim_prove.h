// The prover's side of any claim on committed weights.
#pragma once

#include "claim/claim.h"
#include "commit/known_leaves.h"
#include "proof/prove.h"

namespace pedigree {

// Weights as a run's proof left them: the message of its last end root, and their live entries.
struct CommittedWeights {
  WeightsStatement statement;
  std::vector<F> message;
  KnownLeaves leaves;  // of the root's tree; may be empty
  WeightEntries entries;
};

// What the root's message was committed with.
OpeningParameters weights_parameters(Profile profile, std::size_t message_words);

// The weights of a reusable run. `message`: its proof's end_message. Throws std::runtime_error where it is not that of the run.
CommittedWeights committed_weights(const Statement& run, std::vector<F> message, bool shows_range);

// A claim whose statement is visited by `visit` and judged by `rules`.
template <class Own>
class StatedClaim : public Stated {
 public:
  using Compile = Result<Compiled> (*)(const Own&, Arena&);
  StatedClaim(const Own& own, void (*visit)(Encoder&, const Own&), Compile compile,
              const ClaimRules& rules)
      : own_(own), visit_(visit), compile_(compile), rules_(rules) {}
  std::vector<u8> encode() const override {
    Encoder encoder;
    visit_(encoder, own_);
    return encoder.bytes;
  }
  std::size_t memory() const override { return rules_.memory(encode()); }
  Result<Compiled> compile(Arena& arena) const override { return compile_(own_, arena); }
  Result<void> verify(std::span<const u8> file, Arena& arena) const override {
    const auto parts = split_file(file);
    if (!parts.ok()) return parts.why();
    const auto verdict = rules_.verify(parts.value(), arena);
    return verdict.ok() ? Result<void>() : verdict.why();
  }

 private:
  const Own& own_;
  void (*visit_)(Encoder&, const Own&);
  Compile compile_;
  const ClaimRules& rules_;
};

// Proves it; `fill_trace` as in ProveInput. Throws std::runtime_error where the weights are not those of their root.
Proof prove_claim(const Stated& claim, const CommittedWeights& weights,
                  std::vector<OpenableRoot*> datasets,
                  std::function<void(const CompiledSegment&, TraceSinks&)> fill_trace,
                  const ProveOptions& options);

}  // namespace pedigree
