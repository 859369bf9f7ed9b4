#include "forger/forger.h"

#include "base/require.h"
#include "harness/verdict.h"

namespace pedigree::forger {

namespace {

// The forger goes on where a rule of the statement would stop an honest prover.
struct Scruple {
  explicit Scruple(Check id) : before(killed_check) {
    if (id != Check::none) killed_check = id;
  }
  ~Scruple() { killed_check = before; }
  Scruple(const Scruple&) = delete;
  Check before;
};

// The answers that a statement with false ones gives a segment.
void alter_answers(const Forgery& f, u32 k, SegmentPublic& segment) {
  OwnedArena arena(std::size_t{1} << 20);
  Statement s = f.claim.statement;
  s.segments = Vec<SegmentStatement>(arena.get(), s.segments.span());
  s.datasets = Vec<Manifest>(arena.get(), s.datasets.span());
  const auto each = [&](const auto& visit) {
    visit(kEndRoot, s.segments[k].end.answer);
    if (segment.committed_start)
      visit(kStartRoot, k > 0 ? s.segments[k - 1].end.answer : s.start.answer);
    for (u32 d = 0; segment.first && d < s.datasets.size(); ++d)
      visit(kDataRoot + d, s.datasets[d].answer);
  };
  each([&](u32 root, K& answer) { answer = segment.answers[root]; });
  f.answers(s);
  each([&](u32 root, K& answer) { segment.answers[root] = answer; });
}

}  // namespace

Forger::Forger(const Forgery& forgery)
    : forgery_(forgery),
      arena_(std::make_shared<OwnedArena>(4 * statement_memory(forgery.truth.statement))) {
  const Statement &truth = forgery_.truth.statement, &claim = forgery_.claim.statement;
  const Scruple none(forgery_.scruple);
  auto compiled = compile_statement(truth, arena_->get());
  PEDIGREE_REQUIRE(compiled.ok(), "the truth is a job");
  compiled_ = compiled.value();
  // Order and start follow from the claim, but where the forger chose another seed.
  const bool same_seed = truth.sampling.seed == claim.sampling.seed;
  if (same_seed) compiled_.seed = compiled_.sampling.seed = run_seed(claim);
  for (u32 k = 0; k < compiled_.segments.size(); ++k) {
    CompiledSegment& segment = compiled_.segments[k];
    const u32 log_batch = segment.program.sizes.log_batch;
    if (same_seed)
      select_rows(
          arena_->get(), compiled_.sampling, segment.first_step, segment.steps, 1u << log_batch,
          std::span<u32>(segment.selection.data(), std::size_t{segment.steps} << log_batch));
    if (forgery_.selection && k == forgery_.segment)
      forgery_.selection(segment.program, segment.selection);
  }
  const auto commit = [&](WeightEntries weights) {
    if (forgery_.committed) forgery_.committed(static_cast<u32>(committed_.size()), weights);
    committed_.push_back(std::move(weights));
  };
  commit(truth.has_named_start() ? forgery_.truth.start : harness::start_weights(compiled_));
  for (u32 k = 0; k < compiled_.segments.size(); ++k) {
    const RunLies lies = lies_of(k);
    honest_.push_back(committed_[k]);
    started_.push_back(honest_[k]);
    for (ParameterId w = 0; lies.start && w < started_[k].size(); ++w)
      lies.start(w, started_[k][w]);
    commit(harness::naive_segment(run(k), forgery_.truth.x, forgery_.truth.y, honest_[k], nullptr,
                                  lies));
  }
}

// What follows from a lie may leave its table: a liar's run goes on there.
RunLies Forger::lies_of(u32 k) const {
  RunLies lies = k == forgery_.segment ? forgery_.lies : RunLies();
  if (!lies.cell) lies.cell = [](const harness::CellAt&, i64 honest) { return honest; };
  return lies;
}

ProveInput Forger::input() const {
  ProveInput in = forgery_.claim.input();
  in.weights = [this](u32 boundary) { return committed_[boundary]; };
  in.alter_start = [this](u32 k, std::vector<std::vector<F>>& start) {
    for (ParameterId w = 0; w < start.size(); ++w)
      for (std::size_t i = 0; i < start[w].size(); ++i)
        start[w][i] = F::from_int(started_[k][w][i]);
  };
  in.fill_trace = [this](u32 k, const CompiledSegment& c, const WeightEntries&, TraceSinks& sinks) {
    PEDIGREE_REQUIRE(c.program.tensors.size() == run(k).program.tensors.size(),
                     "claim and truth have one shape");
    harness::naive_segment(run(k), forgery_.truth.x, forgery_.truth.y, honest_[k], &sinks,
                           lies_of(k));
  };
  return in;
}

// Rows that the forger read are those of its own dataset, not of the committed one.
void Forger::bend(const SegmentPublic& segment, Witness& w) const {
  const CompiledSegment& own = run(forgery_.segment);
  const Program& p = own.program;
  w.false_values.resize(p.tensors.size());
  for (TensorId id = 0; id < p.tensors.size(); ++id) {
    const Tensor& t = p.tensors[id];
    if (t.kind != TensorKind::gather) continue;
    const std::vector<i64>& rows = t.is_label ? forgery_.truth.y : forgery_.truth.x;
    const std::size_t samples = std::size_t{1} << p.sizes.log_samples();
    std::vector<F>& out = w.false_values[id];
    out.resize(p.cells_there(id));
    for (std::size_t f = 0; f < t.features; ++f)
      for (std::size_t x = 0; x < samples; ++x)
        if (own.selection[x] != kDeadSlot)
          out[f * samples + x] = F::from_int(rows[own.selection[x] * t.features + f]);
  }
  if (forgery_.tamper) forgery_.tamper(segment, w);
}

void Forger::believe(SegmentPublic& segment, u32 k) const {
  segment.program = &run(k).program;
  segment.optimiser = &run(k).optimiser;
  segment.seed = compiled_.seed;
  segment.selection = run(k).selection.span();
}

std::string Forger::clear_verdict(u32 k) const {
  const bool lies = k == forgery_.segment;
  MessageLiar liar;
  ClearOptions options;
  options.liar = &liar;
  options.believe = [this, k](SegmentPublic& s) { believe(s, k); };
  if (lies) options.tamper_counts = forgery_.tamper_counts;
  if (forgery_.answers)
    options.answers = [this, k](SegmentPublic& s) { alter_answers(forgery_, k, s); };
  harness::ClearCase c(input(), k);
  const auto verdict = [&] {
    const std::string all = c.verdict(
        [this, lies](const SegmentPublic& s, Witness& w) {
          if (lies) bend(s, w);
        },
        options);
    return all.substr(0, all.find(' '));
  };
  const std::string first = verdict();
  if (!forgery_.bend || !lies) return first;
  const Script script(liar);
  liar = MessageLiar();
  forgery_.bend(script, liar);
  return verdict();
}

std::string Forger::clear_verdict() const {
  if (forgery_.scruple != Check::none || forgery_.bends_gates) return harness::file_verdict(file());
  for (u32 k = 0; k < compiled_.segments.size(); ++k)
    if (const std::string verdict = clear_verdict(k); verdict != "accepted") return verdict;
  return "accepted";
}

std::vector<u8> Forger::file(u64 frozen_seed, MaskedSender::Liar* liar) const {
  const std::string seed = forgery_.job + ": " + forgery_.name;
  const Digest attempt = keccak256({reinterpret_cast<const u8*>(seed.data()), seed.size()});
  u32 next = 0;
  ProveOptions options;
  options.attempt = &attempt;
  options.check_lookups = false;
  options.verify_own = false;
  options.frozen_seed = frozen_seed;
  options.tampered = forgery_.segment;
  options.tamper = [this](const SegmentPublic& s, Witness& w) { bend(s, w); };
  options.tamper_counts = forgery_.tamper_counts;
  options.tamper_statement = forgery_.answers;
  options.believe = [this, &next](SegmentPublic& s) { believe(s, next++); };
  options.liar = liar;
  const Scruple none(forgery_.scruple);
  return pedigree::prove(input(), options).bytes;
}

std::vector<u8> Forger::file(u64 frozen_seed) const {
  MessageLiar liar;
  std::vector<u8> file = this->file(frozen_seed, &liar);
  if (!forgery_.bend) return file;
  const Script script(liar);
  liar = MessageLiar();
  forgery_.bend(script, liar);
  return this->file(frozen_seed, &liar);
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
