#include "claim/claim_prove.h"

#include <stdexcept>

#include "commit/known_leaves.h"

namespace pedigree {

CommittedWeights committed_weights(const Statement& run, std::vector<F> message, bool shows_range) {
  if (run.openings == 0) throw std::runtime_error("the run's weights cannot be opened again");
  OwnedArena memory(2 * statement_memory(run) + 64 * encode_statement(run).size());
  const auto compiled = compile_sizes(run, memory.get(), true);
  if (!compiled.ok()) throw std::runtime_error(check_text(compiled.why().check));
  const CompiledSegment& last = compiled.value().segments[compiled.value().segments.size() - 1];
  CommittedWeights out;
  WeightsStatement& w = out.statement;
  w.profile = run.profile;
  w.model = run.model;
  w.root = run.segments[run.segments.size() - 1].end;
  w.openings = run.openings;
  w.shows_range = shows_range;
  if (message.size() != message_words(last.layout, kEndRoot))
    throw std::runtime_error("the kept weights are not those of the run");
  u128 widest = 1;
  i64 most = 1;
  for (ParameterId id = 0; id < last.program.parameters.size(); ++id) {
    const Parameter& p = last.program.parameters[id];
    widest = p.end_bound > widest ? p.end_bound : widest;
    std::vector<i64>& entries = out.entries.emplace_back();
    const F* const from = message.data() + last.layout.end_weights[id].offset;
    for (std::size_t i = 0; i < p.in; ++i)
      for (std::size_t o = 0; o < p.out; ++o) {
        const i64 x = from[(i << p.log_out) + o].to_int();
        entries.push_back(x);
        most = std::max(most, x < 0 ? -x : x + 1);
      }
  }
  // Shown: as narrow as they are. Otherwise what the run's proof bounds them by.
  u32 bits = shows_range ? ceil_log2(static_cast<u64>(most)) : 0;
  if (!shows_range)
    while (u128{1} << bits < widest) ++bits;
  // In steps of four, as a segment's check_bits: the exact size of the largest weight is nobody's business.
  w.weight_bits =
      static_cast<u8>(shows_range ? (bits + 3) / 4 * 4 + (bits == 0 ? 4 : 0) : std::max(1u, bits));
  out.message = std::move(message);
  return out;
}

OpeningParameters weights_parameters(Profile profile, std::size_t message_words) {
  return opening_parameters(
      profile, std::max(min_file_log_rows(profile), ceil_log2(message_words >> kLogRootColumns)),
      1);
}

namespace {

class WeightsRoot : public OpenableRoot {
 public:
  explicit WeightsRoot(const CommittedWeights& weights)
      : weights_(weights),
        encoding_(
            root_encoding(weights.message, {},
                          weights_parameters(weights.statement.profile, weights.message.size()))) {}
  OpenedRoot opened() const override { return {encoding_.log_rows, weights_.statement.root.root}; }
  Words message() override { return weights_.message; }
  void use_masks() override {}  // the segment's root comes first
  void open(std::span<const u64> positions, ProverTranscript& t) override {
    const Digest& root = weights_.statement.root.root;
    if (!(open_leaves_or_codeword(encoding_, weights_.leaves, positions, t, kCosetWords, &root) ==
          root))
      throw std::runtime_error("the kept weights do not give the root that the run states");
  }

 private:
  const CommittedWeights& weights_;
  Encoding encoding_;
};

}  // namespace

Proof prove_claim(const Stated& claim, const CommittedWeights& weights,
                  std::vector<OpenableRoot*> datasets,
                  std::function<void(const CompiledSegment&, TraceSinks&)> fill_trace,
                  const ProveOptions& options) {
  WeightsRoot root(weights);
  ProveInput input;
  input.claim = &claim;
  input.start = &root;
  input.datasets = std::move(datasets);
  input.weights = [&](u32) { return weights.entries; };
  input.fill_trace = [&](u32, const CompiledSegment& segment, const WeightEntries&,
                         TraceSinks& sinks) { fill_trace(segment, sinks); };
  return prove(std::move(input), options);
}

}  // namespace pedigree
