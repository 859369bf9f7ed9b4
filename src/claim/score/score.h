// Evaluation: how good committed weights are on a test set that its owner committed (docs/claims.md 4).
//
//   correct         how many records are classified as labelled; of equal scores the first class wins
//   confusion       how many records of each label are classified as each class
//   squared_error   the sum of (q - y)^2 over records and outputs, in units of 2^(-2 frac_q)
// The number itself, or a bound of it: at least so many correct, at most such an error. Which records: all, or those that a
// beacon draws. Training sets, if there are any, have no record in common with the test set.
//
// The program: the datasets, the model's forward pass on the gathered records, the class of each record as one bit a class
// (forced by products with the distance to the largest score), a hidden difference where a bound is stated. What is stated is a
// tally (proof/show.h) of those bits and the labels.
#pragma once

#include "claim/claim.h"

namespace pedigree {

inline constexpr u32 kMaxScored = 1u << 20, kMaxClasses = 256, kMaxErrorBits = 61;

enum class Metric : u8 { correct = 1, confusion = 2, squared_error = 3 };

struct ScoreStatement {
  ClaimKind kind = ClaimKind::score;
  WeightsStatement weights;
  Manifest test;
  Vec<Manifest> training;
  Metric metric = Metric::correct;
  bool exact = true;
  u64 value = 0;
  Vec<u32> confusion;  // row by row, a row for each label
  u32 drawn = 0;       // 0: all records
  Beacon beacon;
  u32 ticket_number = 0;
  u8 ticket[64] = {};
  Context context;

  u32 samples() const noexcept { return drawn != 0 ? drawn : test.records; }
  u32 classes() const noexcept {
    return weights.model.loss == Loss::logistic ? 2 : weights.model.outputs;
  }
};

template <class Io, class S>
void visit_score(Io& io, S& s) noexcept {
  io("kind", s.kind);
  visit_weights(io, s.weights);
  visit_manifest(io, s.test);
  io.list("training", s.training, kMaxDatasets - 1,
          [](auto& inner, auto& manifest) noexcept { visit_manifest(inner, manifest); });
  io("metric", s.metric);
  io("exact", s.exact);
  io("value", s.value);
  io.list("confusion", s.confusion, kMaxClasses * kMaxClasses,
          [](auto& inner, auto& count) noexcept { inner("count", count); });
  io("drawn", s.drawn);
  visit_beacon(io, s.beacon);
  io("ticket.number", s.ticket_number);
  for (auto& byte : s.ticket) io("ticket.signature", byte);
  visit_context(io, s.context);
}

// What the owner of a signed test set signs for each attempt:
//   Keccak256("pedigree ticket v1" | content 32 bytes | identity of the weights 32 bytes | number u32)
Digest ticket_digest(const Digest& content, const Digest& weights, u32 number) noexcept;

// The seed of the order that drawn records are the first of.
u64 draw_seed(const ScoreStatement& s, const Digest& weights) noexcept;

// What lies between a bound and the number is below 2^hidden_bits: no number is larger.
u32 hidden_bits(const ScoreStatement& s) noexcept;

// The tensors of an evaluation, for who fills them.
struct CompiledScore {
  Compiled file;
  TensorId hidden = 0;  // unless exact: one cell, what lies between the bound and the number
};
// Refuses what the statement may not say, and score_ticket.
Result<CompiledScore> compile_score(const ScoreStatement& s, Arena& arena) noexcept;

std::size_t score_memory(const ScoreStatement& s) noexcept;

// Whether the context of a run holds the digest of the test set's manifest, in hexadecimal digits.
bool names_test(const Statement& run, const Manifest& test) noexcept;

extern const ClaimRules kScore;

}  // namespace pedigree
