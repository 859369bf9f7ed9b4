#include "claim/score/score_prove.h"

#include <algorithm>

namespace pedigree {

namespace {

void encode(Encoder& encoder, const ScoreStatement& s) { visit_score(encoder, s); }

// The prover reads the rows that the verifier names last.
Result<Compiled> compile(const ScoreStatement& s, Arena& arena) {
  PEDIGREE_LET(compiled, compile_score(s, arena));
  if (!compiled.file.in_order) select_records(compiled.file, arena);
  return compiled.file;
}

std::size_t arena_for(const ScoreStatement& s) {
  return 2 * score_memory(s) + 64 * (s.confusion.size() + 4096);
}

// The class that the integers answer: the first of the largest scores.
u32 class_of(Loss loss, std::span<const i64> scores) {
  if (loss == Loss::logistic) return scores[0] > 0;
  return static_cast<u32>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

}  // namespace

Score measure_score(const ScoreStatement& statement, const ScoreInput& input) {
  // A program that states nothing of the scores computes them as well.
  ScoreStatement s = statement;
  OwnedArena memory(arena_for(s) + 64 * std::size_t{kMaxClasses} * kMaxClasses);
  const Model& m = s.weights.model;
  s.exact = true;
  s.value = 0;
  s.confusion = Vec<u32>(
      memory.get(), s.metric == Metric::confusion ? std::size_t{s.classes()} * s.classes() : 0);
  auto compiled = compile(s, memory.get());
  if (!compiled.ok()) throw ScoreRefused(compiled.why().check);
  const CompiledSegment& segment = compiled.value().segments[0];
  const Program& p = segment.program;
  std::vector<F> scores(p.cells_there(p.scores));
  TraceSinks sinks;
  sinks.tensors.resize(p.tensors.size());
  sinks.tensors[p.scores] = scores.data();
  input.fill_trace(segment, sinks);

  Score out;
  const u32 classes = s.classes();
  if (m.loss != Loss::mean_squared) out.confusion.resize(std::size_t{classes} * classes);
  std::vector<i64> q(m.outputs);
  for (u32 n = 0; n < s.samples(); ++n) {
    for (u32 j = 0; j < m.outputs; ++j)
      q[j] = scores[(std::size_t{j} << p.sizes.log_batch) + n].to_int();
    const std::span<const i32> y =
        input.labels.subspan(std::size_t{segment.selection[n]} * s.test.labels, s.test.labels);
    if (m.loss == Loss::mean_squared) {
      for (u32 j = 0; j < m.outputs; ++j)
        out.value += static_cast<u64>((q[j] - y[j]) * (q[j] - y[j]));
      continue;
    }
    const u32 label = m.loss == Loss::logistic
                          ? static_cast<u32>(y[0])
                          : static_cast<u32>(std::find(y.begin(), y.end(), 1) - y.begin());
    const u32 answer = class_of(m.loss, q);
    out.value += label == answer;
    ++out.confusion[std::size_t{label} * classes + answer];
  }
  return out;
}

Proof prove_score_statement(const CommittedWeights& weights, const ScoreStatement& s, u64 hidden,
                            const ScoreInput& input, const ProveOptions& options) {
  OwnedArena memory(arena_for(s));
  const auto compiled = compile_score(s, memory.get());
  if (!compiled.ok()) throw ScoreRefused(compiled.why().check);
  const TensorId cell = compiled.value().hidden;
  if (input.before_opening) input.before_opening();
  const StatedClaim<ScoreStatement> claim(s, encode, compile, kScore);
  return prove_claim(
      claim, weights, input.datasets,
      [&](const CompiledSegment& segment, TraceSinks& sinks) {
        input.fill_trace(segment, sinks);
        if (!s.exact) sinks.cells[cell][0] = F(hidden);
      },
      options);
}

Score prove_score(const CommittedWeights& weights, const ScoreInput& input,
                  const ProveOptions& options) {
  OwnedArena memory(std::size_t{64} * kMaxClasses * kMaxClasses + (1 << 20));
  ScoreStatement s;
  s.weights = weights.statement;
  s.test = input.test;
  s.training = Vec<Manifest>(memory.get(), std::span<const Manifest>(input.training));
  s.metric = input.metric;
  s.confusion = Vec<u32>(memory.get());
  s.drawn = input.drawn;
  s.beacon = input.beacon;
  s.ticket_number = input.ticket_number;
  std::copy(std::begin(input.ticket), std::end(input.ticket), s.ticket);
  s.context = input.context;
  Score out = measure_score(s, input);
  u64 hidden = 0;
  if (input.metric == Metric::confusion) {
    s.confusion = Vec<u32>(memory.get(), std::span<const u32>(out.confusion));
  } else if (input.bound) {
    const bool at_most = input.metric == Metric::squared_error;
    s.exact = false;
    s.value = *input.bound;
    if (at_most ? out.value > s.value : out.value < s.value)
      throw ScoreRefused("the weights do not keep the stated bound; nothing was written");
    hidden = at_most ? s.value - out.value : out.value - s.value;
    if (hidden >> hidden_bits(s) != 0)
      throw ScoreRefused("no sum of errors is as large as the stated bound: it says nothing");
  } else {
    s.value = out.value;
  }
  out.proof = prove_score_statement(weights, s, hidden, input, options);
  return out;
}

}  // namespace pedigree
