#include "train/exact_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/require.h"
#include "train/error.h"
#include "train/schedule.h"
#include "train/score.h"

namespace pedigree::train {

namespace {

// Cells over samples that a claim brings with it.
bool is_input(const Tensor& t) {
  return t.kind == TensorKind::committed && t.advice == Advice::input;
}

// What a lookup of `column` in [0, 2^bits) says of the value behind it. Only values that training
// can push out of range: remainders and the like are in range by construction, and they are not
// wrapped in an affine tensor of one term.
std::optional<RangeCheck> range_behind(const Program& p, TensorId column, u32 bits) {
  const Tensor* t = &p.tensors[column];
  while (t->kind == TensorKind::affine && t->shift > 0) {  // a top limb: (x - limb) / 2^shift
    bits += t->shift;
    column = p.terms[t->first_term].tensor;
    t = &p.tensors[column];
  }
  if (t->kind != TensorKind::affine || t->num_terms != 1 || p.terms[t->first_term].coef != 1)
    return std::nullopt;
  const TensorId inner = p.terms[t->first_term].tensor;
  const Tensor& value = p.tensors[inner];
  if (value.kind != TensorKind::committed && value.kind != TensorKind::affine) return std::nullopt;
  // What is rounded once more stays in its range while the quotient stays in its own.
  if (value.advice == Advice::rescale && p.tensors[value.a].kind == TensorKind::committed)
    return std::nullopt;
  return RangeCheck{inner, -t->constant, (i64{1} << bits) - t->constant};
}

}  // namespace

ExactRun::ExactRun(const Program& program, const Model& model, const Optimiser& optimiser,
                   const Sampling& sampling, const Cells& cells,
                   std::vector<std::string> layer_names)
    : ExactRun(program, model, optimiser, sampling, cells, std::move(layer_names), 0,
               ExactWeights(program, optimiser, sampling.seed)) {}

ExactRun::ExactRun(const Program& program, const Model& model, const Optimiser& optimiser,
                   const Sampling& sampling, const Cells& cells,
                   std::vector<std::string> layer_names, u32 first, WeightState state)
    : ExactRun(program, model, optimiser, sampling, cells, std::move(layer_names), first,
               ExactWeights(program, optimiser, std::move(state))) {}

ExactRun::ExactRun(const Program& program, const Model& model, const Optimiser& optimiser,
                   const Sampling& sampling, const Cells& cells,
                   std::vector<std::string> layer_names, u32 first, ExactWeights weights)
    : program_(program),
      model_(model),
      sampling_(sampling),
      cells_(cells),
      layer_names_(std::move(layer_names)),
      factors_(factors_of(optimiser)),
      batches_(sampling),
      weights_(std::move(weights)),
      slabs_(program.tensors.size()),
      positions_(1u << program.sizes.log_batch),
      next_(first) {
  PEDIGREE_REQUIRE(factors_.size() == sampling.steps, "the schedule covers the run");
  for (const Lookup& lookup : program.lookups) {
    if (program.tensors[lookup.columns[0]].domain != Domain::samples) continue;
    if (const auto check =
            range_behind(program, lookup.columns[0], program.tables[lookup.table].log_size))
      ranges_.push_back({*check, 0, 0, {}});
  }
  for (const Pullback& x : program.pullbacks)
    if (const auto check =
            range_behind(program, x.index, program.pullback_tables[x.table].log_size))
      ranges_.push_back({*check, 0, 0, {}});
}

void ExactRun::choose_needed(const Trace* trace) {
  needed_.assign(program_.tensors.size(), false);
  if (trace != nullptr)
    for (TensorId t = 0; t < trace->columns.size(); ++t) needed_[t] = trace->columns[t] != nullptr;
  for (const Update& u : program_.updates) needed_[u.a] = needed_[u.d] = true;
  for (const RangeUse& use : ranges_) needed_[use.check.tensor] = true;
  if (watches_loss_) needed_[program_.scores] = true;
  for (TensorId id = static_cast<TensorId>(program_.tensors.size()); id-- > 0;) {
    const Tensor& t = program_.tensors[id];
    if (t.domain != Domain::samples) needed_[id] = false;
    if (!needed_[id]) continue;
    if (slabs_[id].empty()) slabs_[id].resize(positions_ * features_there(t));
    if (t.kind == TensorKind::affine)
      for (u32 i = 0; i < t.num_terms; ++i) needed_[program_.terms[t.first_term + i].tensor] = true;
    else if (t.kind != TensorKind::live && t.kind != TensorKind::gather && !is_input(t))
      needed_[t.a] = true;
    const bool two = t.kind == TensorKind::product ||
                     (t.kind == TensorKind::committed && t.advice == Advice::quotient);
    if (two) needed_[t.b] = true;
  }
}

void ExactRun::evaluate_gather(const Tensor& t, std::span<const u32> rows,
                               std::span<i64> out) const {
  std::fill(out.begin(), out.end(), 0);
  std::vector<std::span<const i32>> from;
  for (const u32 row : rows) from.push_back(t.is_label ? cells_.y(row) : cells_.x(row));
  // Rows are read side by side: their lines stay in the first cache, columns are written in one go.
  for (std::size_t f = 0; f < t.features; ++f)
    for (std::size_t b = 0; b < rows.size(); ++b) out[f * positions_ + b] = from[b][f];
}

void ExactRun::evaluate_affine(const Tensor& t, std::span<i64> out) const {
  std::fill(out.begin(), out.end(), t.constant);
  for (u32 i = 0; i < t.num_terms; ++i) {
    const Term& term = program_.terms[t.first_term + i];
    const std::vector<i64>& from = slabs_[term.tensor];  // may end earlier: zeros follow
    for (std::size_t x = 0; x < from.size(); ++x) out[x] += term.coef * from[x];
  }
  if (t.shift > 0)
    for (i64& x : out) x >>= t.shift;
}

namespace {

// An index outside the table reads any row here; check_ranges reports it.
void read_table(const Table& table, u32 column, std::span<const i64> index, std::span<i64> out) {
  const u64 last = (u64{1} << table.log_size) - 1;
  for (std::size_t x = 0; x < out.size(); ++x)
    out[x] = table.values[column][static_cast<u64>(index[x]) & last];
}

}  // namespace

void ExactRun::evaluate_committed(const Tensor& t, std::span<i64> out) {
  const std::span<const i64> a = slab(t.a);
  switch (t.advice) {
    case Advice::rescale: {
      const i64 half = i64{1} << (t.p - 1);
      for (std::size_t x = 0; x < out.size(); ++x) out[x] = (a[x] + half) >> t.p;
      return;
    }
    case Advice::table:
      read_table(program_.tables[t.p], t.column, a, out);
      return;
    case Advice::maximum: {
      const std::size_t features = program_.tensors[t.a].features;
      std::copy_n(a.begin(), positions_, out.begin());
      for (std::size_t f = 1; f < features; ++f)
        for (u32 b = 0; b < positions_; ++b) out[b] = std::max(out[b], a[f * positions_ + b]);
      return;
    }
    case Advice::quotient: {
      const std::span<const i64> b = slab(t.b);
      for (std::size_t x = 0; x < out.size(); ++x) out[x] = (a[x] + b[x]) / (2 * b[x]);
      return;
    }
    case Advice::limb:
      for (std::size_t x = 0; x < out.size(); ++x) out[x] = a[x] & ((i64{1} << t.p) - 1);
      return;
    case Advice::copy:
      std::copy(a.begin(), a.end(), out.begin());
      return;
    case Advice::first_zero: {
      const std::size_t features = program_.tensors[t.a].features;
      std::fill(out.begin(), out.end(), 0);
      for (u32 b = 0; b < positions_; ++b)
        for (std::size_t f = 0; f < features; ++f)
          if (a[f * positions_ + b] == 0) {
            out[f * positions_ + b] = 1;
            break;
          }
      return;
    }
    case Advice::positive:
      for (std::size_t x = 0; x < out.size(); ++x) out[x] = a[x] > 0;
      return;
    case Advice::input:
      break;
  }
  PEDIGREE_REQUIRE(false, "advice over samples");
}

void ExactRun::evaluate(std::span<const u32> rows) {
  for (TensorId id = 0; id < program_.tensors.size(); ++id) {
    if (!needed_[id]) continue;
    const Tensor& t = program_.tensors[id];
    const std::span<i64> out = slabs_[id];
    switch (t.kind) {
      case TensorKind::committed:
        if (is_input(t))
          evaluate_gather(t, rows, out);
        else
          evaluate_committed(t, out);
        break;
      case TensorKind::gather:
        evaluate_gather(t, rows, out);
        break;
      case TensorKind::live:
        std::fill(out.begin(), out.end(), 0);
        for (std::size_t f = 0; f < t.features; ++f)
          std::fill_n(out.begin() + f * positions_, rows.size(), t.constant);
        break;
      case TensorKind::affine:
        evaluate_affine(t, out);
        break;
      case TensorKind::broadcast:
        for (std::size_t f = 0; f < t.features; ++f)
          std::copy_n(slab(t.a).begin(), positions_, out.begin() + f * positions_);
        break;
      case TensorKind::feature_sum:
        std::fill(out.begin(), out.end(), 0);
        for (std::size_t f = 0; f < t.p; ++f)
          for (u32 b = 0; b < positions_; ++b) out[b] += slabs_[t.a][f * positions_ + b];
        break;
      case TensorKind::product:
        for (std::size_t x = 0; x < out.size(); ++x) out[x] = slabs_[t.a][x] * slabs_[t.b][x];
        break;
      case TensorKind::pullback:
        read_table(program_.pullback_tables[t.p], t.column, slab(t.a), out);
        break;
      case TensorKind::contraction:
        weights_.contract(t.parameter, t.transposed, slab(t.a), positions_, out);
        break;
    }
  }
}

void ExactRun::check_ranges() {
  for (RangeUse& use : ranges_) {
    const RangeCheck& check = use.check;
    i64 lowest = slab(check.tensor)[0], highest = lowest;
    for (const i64 x : slab(check.tensor)) {
      lowest = std::min(lowest, x);
      highest = std::max(highest, x);
    }
    if (lowest < check.low) left_range(check, lowest);
    if (highest >= check.high) left_range(check, highest);
    use.lowest = std::min(use.lowest, lowest);
    use.highest = std::max(use.highest, highest);
    const bool beyond = 2 * highest >= check.high || (check.low < 0 && 2 * lowest <= check.low);
    if (beyond && !use.half_at) use.half_at = next_;
  }
}

// New records may go where those of the training never went.
void ExactRun::check_rows(std::span<const u32> rows) const {
  for (const RangeUse& use : ranges_) {
    const RangeCheck& check = use.check;
    const std::span<const i64> cells = slab(check.tensor);
    for (std::size_t x = 0; x < cells.size(); ++x) {
      if (cells[x] >= check.low && cells[x] < check.high) continue;
      const std::size_t b = x % positions_;
      const RangeText text = range_text({check, 0, 0, {}});
      throw Error(Exit::diverged,
                  fmt::format("{}, layer {} ({}): {} {:.4g} leaves the range {:g} that the run "
                              "declared: leave the record out, or train with a wider --margin",
                              b < rows.size() ? fmt::format("record {}", rows[b] + 1)
                                              : std::string("a record of zeros"),
                              text.layer, text.name, text.what,
                              std::ldexp(static_cast<double>(cells[x]), -frac_of_range(check)),
                              text.declared));
    }
  }
}

// Scores and labels of the batch as numbers.
void ExactRun::add_loss(std::span<const u32> rows) {
  const u32 outputs = model_.outputs, frac = model_.layers[model_.num_layers - 1].frac_q;
  std::vector<double> scores(rows.size() * outputs);
  std::vector<i32> labels(rows.size());
  for (std::size_t b = 0; b < rows.size(); ++b) {
    for (u32 k = 0; k < outputs; ++k)
      scores[b * outputs + k] =
          std::ldexp(static_cast<double>(slab(program_.scores)[std::size_t{k} * positions_ + b]),
                     -static_cast<int>(frac));
    const std::span<const i32> y = cells_.y(rows[b]);
    labels[b] = model_.loss == Loss::cross_entropy
                    ? static_cast<i32>(std::find(y.begin(), y.end(), 1) - y.begin())
                    : y[0];
  }
  loss_.sum +=
      loss_of(model_.loss, outputs, scores, labels, frac) * static_cast<double>(rows.size());
  loss_.records += rows.size();
}

RangeText ExactRun::range_text(const RangeUse& use) const {
  const Tensor& t = program_.tensors[use.check.tensor];
  const bool activation = t.layer >= 1 && model_.layers[t.layer - 1].kind == LayerKind::activation;
  const int frac = frac_of_range(use.check);
  const auto value = [&](i64 x) { return std::ldexp(static_cast<double>(x), -frac); };
  return {t.layer, layer_names_[t.layer - 1],
          activation                     ? "delta"
          : t.kind == TensorKind::affine ? "difference of scores"
                                         : "pre-activation",
          value(std::max(use.highest, -use.lowest)), value(use.check.high)};
}

int ExactRun::frac_of_range(const RangeCheck& check) const {
  const Tensor& t = program_.tensors[check.tensor];
  const bool activation = t.layer >= 1 && model_.layers[t.layer - 1].kind == LayerKind::activation;
  const Layer& linear =
      model_.layers[(activation ? model_.layers[t.layer - 1].input : t.layer) - 1];
  if (activation && t.advice == Advice::rescale &&
      program_.tensors[t.a].kind == TensorKind::product)
    return linear.frac_d;
  return activation ? linear.frac_e : linear.frac_q;
}

void ExactRun::left_range(const RangeCheck& check, i64 value) const {
  const RangeText text = range_text({check, 0, 0, {}});
  throw Error(
      Exit::diverged,
      fmt::format(
          "step {}, layer {} ({}): {} {:.4g} leaves the declared range {:g}: take a longer dry run "
          "(--dry-run), a wider --margin, or a lower learning rate",
          next_, text.layer, text.name, text.what,
          std::ldexp(static_cast<double>(value), -frac_of_range(check)), text.declared));
}

void ExactRun::store(const Trace& trace, u32 slot, u32 copies) const {
  const std::size_t steps = std::size_t{1} << program_.sizes.log_steps;
  for (TensorId id = 0; id < trace.columns.size(); ++id) {
    F* const column = trace.columns[id];
    if (column == nullptr) continue;
    const std::size_t features = features_there(program_.tensors[id]);
    for (std::size_t f = 0; f < features; ++f) {
      const i64* from = slabs_[id].data() + f * positions_;
      for (u32 copy = 0; copy < copies; ++copy) {
        F* to = column + (f * steps + slot + copy) * positions_;
        for (u32 b = 0; b < positions_; ++b)
          to[b] = F::canonical(from[b] >= 0 ? static_cast<u64>(from[b])
                                            : kModulus - (u64{0} - static_cast<u64>(from[b])));
      }
    }
  }
}

void ExactRun::forward(std::span<const u32> rows, Trace& trace) {
  PEDIGREE_REQUIRE(program_.sizes.log_steps == 0 && !program_.trains(),
                   "one step that trains nothing");
  choose_needed(&trace);
  evaluate(rows);
  check_rows(rows);
  store(trace, 0, 1);
}

void ExactRun::run(u32 until, Trace* trace, const std::function<void(u32)>& progress) {
  PEDIGREE_REQUIRE(until <= sampling_.steps, "the run has that many steps");
  choose_needed(trace);
  const u32 first = next_, padded = 1u << program_.sizes.log_steps;
  PEDIGREE_REQUIRE(trace == nullptr || until - first <= padded,
                   "a trace has as many steps as its program");
  for (; next_ < until; ++next_) {
    const std::span<const u32> rows = batches_.rows(next_);
    evaluate(rows);
    check_ranges();
    if (watches_loss_) add_loss(rows);
    if (trace != nullptr) store(*trace, next_ - first, 1);
    for (const Update& u : program_.updates)
      weights_.accumulate(u, slab(u.a), slab(u.d), positions_, factors_[next_]);
    weights_.apply(next_, factors_[next_]);
    if (progress) progress(next_ + 1);
  }
  if (trace == nullptr || until - first == padded) return;
  evaluate({});
  store(*trace, until - first, padded - (until - first));
}

void run_forward(const Program& program, const Model& model, const Cells& cells,
                 std::span<const u32> rows, const Entries& weights,
                 std::vector<std::string> layer_names, Trace& trace) {
  Sampling one_step;
  one_step.records = one_step.batch = static_cast<u32>(rows.size());
  one_step.steps = 1;
  const Optimiser::Run step{1, 1};
  Optimiser unused;
  unused.num_runs = 1;
  unused.runs = &step;
  ExactRun(program, model, unused, one_step, cells, std::move(layer_names), 0,
           WeightState{weights, {}})
      .forward(rows, trace);
}

void run_forward(const Program& program, const Model& model, const Cells& cells, u32 samples,
                 const Entries& weights, std::vector<std::string> layer_names, Trace& trace) {
  std::vector<u32> rows(samples);
  for (u32 n = 0; n < samples; ++n) rows[n] = n;
  run_forward(program, model, cells, rows, weights, std::move(layer_names), trace);
}

}  // namespace pedigree::train
