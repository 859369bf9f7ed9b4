#include "forger/forger.h"

#include "base/require.h"

namespace pedigree::forger {

Forger::Forger(const Forgery& forgery)
    : forgery_(forgery),
      arena_(std::make_shared<OwnedArena>(4 * statement_memory(forgery.truth.statement))) {
  const Statement &truth = forgery_.truth.statement, &claim = forgery_.claim.statement;
  auto compiled = compile_statement(truth, arena_->get());
  PEDIGREE_REQUIRE(compiled.ok(), "the truth is a job");
  compiled_ = compiled.value();
  CompiledSegment& run = compiled_.segments[0];
  // Order and start follow from the claim, but where the forger chose another seed.
  if (truth.sampling.seed == claim.sampling.seed) {
    compiled_.seed = compiled_.sampling.seed = run_seed(claim);
    const u32 log_batch = run.program.sizes.log_batch;
    select_rows(arena_->get(), compiled_.sampling, 0, run.steps, 1u << log_batch,
                std::span<u32>(run.selection.data(), std::size_t{run.steps} << log_batch));
  }
  if (forgery_.selection) forgery_.selection(run.program, run.selection);
  start_ = seeded_ = harness::start_weights(compiled_);
  for (ParameterId w = 0; forgery_.lies.start && w < start_.size(); ++w)
    forgery_.lies.start(w, start_[w]);
  end_ = harness::naive_segment(run, forgery_.truth.x, forgery_.truth.y, seeded_, nullptr,
                                forgery_.lies);
}

ProveInput Forger::input() const {
  ProveInput in = forgery_.claim.input();
  in.weights = [this](u32 boundary) { return boundary == 0 ? start_ : end_; };
  in.alter_start = [this](u32, std::vector<std::vector<F>>& start) {
    for (ParameterId w = 0; w < start_.size(); ++w)
      for (std::size_t i = 0; i < start_[w].size(); ++i) start[w][i] = F::from_int(start_[w][i]);
  };
  in.fill_trace = [this](u32, const CompiledSegment& c, TraceSinks& sinks) {
    PEDIGREE_REQUIRE(c.program.tensors.size() == run().program.tensors.size(),
                     "claim and truth have one shape");
    harness::naive_segment(run(), forgery_.truth.x, forgery_.truth.y, seeded_, &sinks,
                           forgery_.lies);
  };
  return in;
}

// Rows that the forger read are those of its own dataset, not of the committed one.
void Forger::bend(const SegmentPublic& segment, Witness& w) const {
  const Program& p = run().program;
  w.false_values.resize(p.tensors.size());
  for (TensorId id = 0; id < p.tensors.size(); ++id) {
    const Tensor& t = p.tensors[id];
    if (t.kind != TensorKind::gather) continue;
    const std::vector<i64>& rows = t.is_label ? forgery_.truth.y : forgery_.truth.x;
    const std::size_t samples = std::size_t{1} << p.sizes.log_samples();
    std::vector<F>& out = w.false_values[id];
    out.resize(samples << t.log_features);
    for (std::size_t f = 0; f < t.features; ++f)
      for (std::size_t x = 0; x < samples; ++x)
        if (run().selection[x] != kDeadSlot)
          out[f * samples + x] = F::from_int(rows[run().selection[x] * t.features + f]);
  }
  if (forgery_.tamper) forgery_.tamper(segment, w);
}

void Forger::believe(SegmentPublic& segment) const {
  segment.program = &run().program;
  segment.optimiser = &run().optimiser;
  segment.seed = compiled_.seed;
  segment.selection = run().selection.span();
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
