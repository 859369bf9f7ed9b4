#include "forger/forger.h"

#include "base/require.h"
#include "tensor/start.h"

namespace pedigree::forger {

namespace {

// What is derived from the committed records alone (limbs of labels) is that of the claim: no lie
// is needed there.
void run_records(const Job& claim, const Compiled& c, const TraceSinks& sinks) {
  TraceSinks records;
  records.tensors.resize(sinks.tensors.size());
  for (TensorId t = 0; t < sinks.tensors.size(); ++t)
    if (c.program.tensors[t].domain == Domain::records) records.tensors[t] = sinks.tensors[t];
  std::vector<std::vector<F>> end;
  for (const Block& b : c.layout.end_weights)
    end.emplace_back(std::size_t{1} << (b.log_features + b.log_positions));
  for (std::vector<F>& w : end) records.end_weights.push_back(w.data());
  harness::naive_run(claim.statement, claim.x, claim.y, c, records);
}

}  // namespace

Forger::Forger(const Forgery& forgery)
    : forgery_(forgery),
      arena_(std::make_shared<OwnedArena>(2 * statement_memory(forgery.truth.statement))) {
  auto compiled = compile_statement(forgery_.truth.statement, arena_->get());
  PEDIGREE_REQUIRE(compiled.ok(), "the truth is a job");
  compiled_ = compiled.value();
  if (forgery_.selection) forgery_.selection(compiled_.program, compiled_.selection);
}

ProveInput Forger::input() const {
  ProveInput in = forgery_.claim.input();
  in.fill_trace = [this](const Compiled& c, TraceSinks& sinks) {
    PEDIGREE_REQUIRE(c.program.tensors.size() == compiled_.program.tensors.size(),
                     "claim and truth have one shape");
    const Job& truth = forgery_.truth;
    harness::naive_run(truth.statement, truth.x, truth.y, compiled_, sinks, forgery_.lies);
    if (truth.y != forgery_.claim.y || truth.x != forgery_.claim.x)
      run_records(forgery_.claim, c, sinks);
    for (ParameterId w = 0; w < compiled_.program.parameters.size(); ++w) {
      const Parameter& p = compiled_.program.parameters[w];
      std::vector<i64> start(static_cast<std::size_t>(p.in) * p.out);
      if (p.start_bound != 0)
        seeded_start(truth.statement.sampling.seed, p.start_index, static_cast<i64>(p.start_bound),
                     start);
      if (forgery_.lies.start) forgery_.lies.start(w, start);
      for (std::size_t i = 0; i < start.size(); ++i) (*sinks.start)[w][i] = F::from_int(start[i]);
    }
  };
  return in;
}

// Rows that the forger read are those of its own dataset, not of the committed one.
void Forger::bend(const SegmentPublic& segment, Witness& w) const {
  const Program& p = compiled_.program;
  w.false_values.resize(p.tensors.size());
  for (TensorId id = 0; id < p.tensors.size(); ++id) {
    const Tensor& t = p.tensors[id];
    if (t.kind != TensorKind::gather) continue;
    const std::vector<i64>& rows = t.a == p.records_x ? forgery_.truth.x : forgery_.truth.y;
    const std::size_t samples = std::size_t{1} << p.sizes.log_samples();
    std::vector<F>& out = w.false_values[id];
    out.resize(samples << t.log_features);
    for (std::size_t f = 0; f < t.features; ++f)
      for (std::size_t x = 0; x < samples; ++x)
        if (compiled_.selection[x] != kDeadSlot)
          out[f * samples + x] = F::from_int(rows[compiled_.selection[x] * t.features + f]);
  }
  if (forgery_.tamper) forgery_.tamper(segment, w);
}

void Forger::believe(SegmentPublic& segment) const {
  segment.program = &compiled_.program;
  segment.optimiser = &forgery_.truth.statement.optimiser;
  segment.seed = forgery_.truth.statement.sampling.seed;
  segment.selection = compiled_.selection.span();
}

std::string Forger::clear_verdict() const {
  harness::ClearCase c(input());
  ClearOptions options;
  options.believe = [this](SegmentPublic& s) { believe(s); };
  options.tamper_counts = forgery_.tamper_counts;
  const std::string verdict =
      c.verdict([this](const SegmentPublic& s, Witness& w) { bend(s, w); }, options);
  return verdict.substr(0, verdict.find(' '));
}

std::vector<u8> Forger::file(u64 frozen_seed) const {
  ProveOptions options;
  options.check_lookups = false;
  options.verify_own = false;
  options.frozen_seed = frozen_seed;
  options.tamper = [this](const SegmentPublic& s, Witness& w) { bend(s, w); };
  options.tamper_counts = forgery_.tamper_counts;
  options.believe = [this](SegmentPublic& s) { believe(s); };
  return pedigree::prove(input(), options).bytes;
}

std::vector<Forgery> all_forgeries() {
  std::vector<Forgery> all = trace_forgeries();
  for (auto* list : {&exchange_forgeries, &witness_forgeries})
    for (Forgery& f : (*list)()) all.push_back(std::move(f));
  return all;
}

Job padded_job(Loss loss, bool publish) {
  harness::JobOptions o;
  o.loss = loss;
  o.features = 5;
  o.outputs = loss == Loss::logistic ? 1 : 3;
  o.hidden = {3};
  o.records = 11;
  o.holdout = 2;
  o.batch = 3;
  o.steps = 3;
  o.range_bits = 8;
  o.publish = publish;
  if (loss == Loss::mean_squared) {  // deltas are larger
    o.range_bits = 11;
    o.runs = {{o.steps, 1}};
  }
  return harness::chain_job(o);
}

}  // namespace pedigree::forger
