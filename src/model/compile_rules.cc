#include "model/compile.h"
#include "op/activation/activation.h"
#include "op/add/add.h"
#include "op/cross_entropy/cross_entropy.h"
#include "op/linear/linear.h"
#include "op/logistic/logistic.h"
#include "op/mean_squared/mean_squared.h"
#include "op/op.h"

namespace pedigree {

namespace op {

namespace {

// The lists: a new kind of layer or loss is a folder and a line here.
const LayerRules* const kLayers[] = {&kLinear, &kActivation, &kAdd};
const LossRules* const kLosses[] = {&kCrossEntropy, &kLogistic, &kMeanSquared};

}  // namespace

const LayerRules* rules_of(LayerKind kind) noexcept {
  for (const LayerRules* r : kLayers)
    if (r->kind == kind) return r;
  return nullptr;
}

const LossRules* rules_of(Loss loss) noexcept {
  for (const LossRules* r : kLosses)
    if (r->loss == loss) return r;
  return nullptr;
}

u32 width_of(const Model& m, u32 layer) noexcept {
  return layer == 0 ? m.features : rules_of(m.layers[layer - 1].kind)->width(m, layer);
}

u32 frac_of(const Model& m, u32 layer) noexcept {
  return layer == 0 ? m.frac_x : rules_of(m.layers[layer - 1].kind)->frac(m, layer);
}

}  // namespace op

void Compiler::contribute(u32 layer, TensorId tensor, u32 frac) noexcept {
  if (layer != 0) state[layer].contributions.push_back({tensor, frac});
}

Compiler::Contribution Compiler::gathered(u32 layer) noexcept {
  const Vec<Contribution>& all = state[layer].contributions;
  if (all.size() == 1) return all[0];
  u32 finest = 0;
  for (const Contribution& c : all) finest = c.frac > finest ? c.frac : finest;
  Vec<Term> terms(b.arena());
  for (const Contribution& c : all) terms.push_back({i64{1} << (finest - c.frac), c.tensor});
  return {b.affine(terms.span(), 0), finest};
}

ProgramSizes program_sizes(const Model& m, const Sampling& s) noexcept {
  ProgramSizes p;
  p.steps = s.steps;
  p.batch = s.batch;
  p.log_steps = ceil_log2(s.steps);
  p.log_batch = ceil_log2(s.batch);
  p.num_datasets = 1;
  p.records[0] = s.records;
  // The widest range table holds about as many rows as one quotient tensor has cells.
  u64 cells = 0;
  for (u32 i = 1; i <= m.num_layers; ++i)
    if (m.layers[i - 1].kind == LayerKind::linear)
      cells += u64{1} << (ceil_log2(m.layers[i - 1].out) + p.log_samples());
  u32 bits = 0;
  while (bits < kMaxLimbBits && (u64{2} << bits) <= cells) ++bits;
  p.limb_bits = bits < kMinLimbBits ? kMinLimbBits : bits;
  return p;
}

namespace {

constexpr u32 kMaxShift = 40;

Result<void> check_sampling(const Sampling& s) noexcept {
  PEDIGREE_CHECK(statement_range, s.records >= 1 && s.records <= kMaxRecords, 0);
  PEDIGREE_CHECK(statement_range, s.holdout < s.records, 1);
  PEDIGREE_CHECK(statement_range, s.shards >= 1 && s.shards <= s.records - s.holdout, 26);
  PEDIGREE_CHECK(statement_range, s.batch >= 1 && s.batch <= s.records - s.holdout, 2);
  PEDIGREE_CHECK(statement_range, s.steps >= 1 && s.steps <= (1u << kMaxLogSamples), 3);
  PEDIGREE_CHECK(statement_range, ceil_log2(s.steps) + ceil_log2(s.batch) <= kMaxLogSamples, 4);
  return {};
}

}  // namespace

Result<void> check_optimiser(const Optimiser& o, const Sampling& s) noexcept {
  PEDIGREE_CHECK(statement_range, o.num_impulse >= 1 && o.num_impulse <= kMaxImpulse, 5);
  PEDIGREE_CHECK(statement_range, o.impulse[o.num_impulse - 1] != 0, 9);
  u64 steps = 0;
  for (u32 i = 0; i < o.num_runs; ++i) {
    PEDIGREE_CHECK(statement_range, o.runs[i].count >= 1 && o.runs[i].c < (1u << 20), 6);
    PEDIGREE_CHECK(statement_range, i == 0 || o.runs[i].c != o.runs[i - 1].c, 7);
    steps += o.runs[i].count;
  }
  PEDIGREE_CHECK(statement_range, steps == s.steps, 8);
  return {};
}

namespace {

// Each layer is read by a later one, or is the last.
Result<void> check_use(const Model& m) noexcept {
  bool used[kMaxLayers + 1] = {};
  for (u32 i = 1; i <= m.num_layers; ++i) {
    const Layer& l = m.layers[i - 1];
    PEDIGREE_CHECK(statement_layer, op::rules_of(l.kind) != nullptr, i);
    PEDIGREE_CHECK(statement_layer, l.input < i && l.second < i, i);
    PEDIGREE_CHECK(statement_layer, l.kind == LayerKind::add || l.second == 0, i);
    PEDIGREE_CHECK(statement_layer, l.kind == LayerKind::linear || (l.out == 0 && l.share == 0), i);
    PEDIGREE_CHECK(statement_format, l.kind != LayerKind::linear || l.frac_a == 0, i);
    PEDIGREE_CHECK(statement_format,
                   l.kind == LayerKind::linear || (l.frac_q == 0 && l.frac_e == 0 && l.frac_d == 0),
                   i);
    PEDIGREE_CHECK(statement_layer,
                   l.kind == LayerKind::activation || l.activation == Activation::identity, i);
    PEDIGREE_CHECK(statement_format, l.frac_a <= 24, i);
    PEDIGREE_CHECK(statement_layer, l.share < i, i);
    used[l.input] = used[l.second] = true;
  }
  for (u32 i = 1; i < m.num_layers; ++i) PEDIGREE_CHECK(statement_layer, used[i], i);
  return {};
}

// Sums of sums are written out where they are claimed: how many terms one has, forward and backward, is bounded, or a chain of
// additions would double it with each.
constexpr u32 kMaxTerms = 256;

Result<void> check_terms(const Model& m) noexcept {
  u32 forward[kMaxLayers + 1], backward[kMaxLayers + 1] = {};
  const auto is_add = [&](u32 i) noexcept {
    return i > 0 && m.layers[i - 1].kind == LayerKind::add;
  };
  forward[0] = 1;
  for (u32 i = 1; i <= m.num_layers; ++i) {
    const Layer& l = m.layers[i - 1];
    forward[i] = is_add(i) ? forward[l.input] + forward[l.second] : 1;
    PEDIGREE_CHECK(statement_layer, forward[i] <= kMaxTerms, i);
  }
  for (u32 i = m.num_layers; i >= 1; --i) {
    const Layer& l = m.layers[i - 1];
    PEDIGREE_CHECK(statement_layer, backward[i] <= kMaxTerms, i);
    const u32 passed = is_add(i) ? backward[i] : 1;
    backward[l.input] += passed;
    if (is_add(i)) backward[l.second] += passed;
  }
  return {};
}

// The delta that reaches an activation is at least as fine as the quotient it is rescaled to, and the contributions to one
// layer are aligned by shifts of at most kMaxShift bits.
Result<void> check_deltas(const Model& m) noexcept {
  u32 finest[kMaxLayers + 1] = {}, coarsest[kMaxLayers + 1];
  for (u32& c : coarsest) c = ~0u;
  for (u32 i = m.num_layers; i >= 1; --i) {
    const Layer& l = m.layers[i - 1];
    const auto pass = [&](u32 to, u32 frac) noexcept {
      finest[to] = frac > finest[to] ? frac : finest[to];
      coarsest[to] = frac < coarsest[to] ? frac : coarsest[to];
    };
    PEDIGREE_CHECK(statement_format, finest[i] == 0 || finest[i] - coarsest[i] <= kMaxShift, i);
    if (l.kind == LayerKind::linear) {
      pass(l.input, l.frac_d + op::weight_frac(m, i));
    } else if (l.kind == LayerKind::add) {
      pass(l.input, finest[i]);
      pass(l.second, finest[i]);
    } else {
      const u32 frac_e = m.layers[l.input - 1].frac_e;
      PEDIGREE_CHECK(statement_format, finest[i] > frac_e && finest[i] - frac_e <= 44, i);
    }
  }
  return {};
}

}  // namespace

Result<void> check_model(const Model& m) noexcept {
  PEDIGREE_CHECK(statement_range, m.num_layers >= 1 && m.num_layers <= kMaxLayers, 10);
  PEDIGREE_CHECK(statement_range, m.features >= 1 && m.features <= kMaxWidth, 11);
  PEDIGREE_CHECK(statement_range, m.outputs >= 1 && m.outputs <= kMaxWidth, 12);
  PEDIGREE_CHECK(statement_format, m.range_bits >= 2 && m.range_bits <= kMaxRangeBits, 13);
  PEDIGREE_CHECK(statement_format,
                 m.input_bits >= 1 && m.input_bits <= 20 && m.frac_x <= 20 && m.rate_bits <= 32,
                 14);
  PEDIGREE_TRY(check_use(m));
  for (u32 i = 1; i <= m.num_layers; ++i) {
    PEDIGREE_TRY(op::rules_of(m.layers[i - 1].kind)->check(m, i));
  }
  PEDIGREE_CHECK(statement_layer, m.layers[m.num_layers - 1].kind == LayerKind::linear,
                 m.num_layers);
  const op::LossRules* loss = op::rules_of(m.loss);
  PEDIGREE_CHECK(statement_layer, loss != nullptr, m.num_layers);
  PEDIGREE_CHECK(statement_format, m.loss == Loss::cross_entropy || m.exp_bits == 0, m.num_layers);
  PEDIGREE_TRY(loss->check(m));
  PEDIGREE_TRY(check_terms(m));
  return check_deltas(m);
}

namespace {

Result<void> check_shape(const SegmentShape& s) noexcept {
  PEDIGREE_CHECK(statement_range, !s.records.empty() && s.records.size() <= kMaxDatasets, 27);
  u64 records = 0;
  for (const u32 n : s.records) {
    PEDIGREE_CHECK(statement_range, n >= 1 && n <= kMaxRecords, 28);
    records += n;
  }
  PEDIGREE_CHECK(statement_range, records == s.sampling.records, 29);
  PEDIGREE_CHECK(statement_range, s.check_bits <= kMaxCheckBits, 30);
  PEDIGREE_CHECK(statement_range, s.check_bits == 0 || s.committed_start, 31);
  return {};
}

Compiler& new_compiler(Builder& b, const Model& model) noexcept {
  Arena& arena = b.arena();
  Compiler& c =
      *new (arena.allocate<std::aligned_storage_t<sizeof(Compiler), alignof(Compiler)>>(1))
          Compiler(b, model);
  for (Compiler::State& s : c.state) s.contributions = Vec<Compiler::Contribution>(arena);
  return c;
}

// The scores of the last layer for inputs x.
TensorId forward(Compiler& c, TensorId x) noexcept {
  const Model& model = c.model;
  c.state[0].value = x;
  c.state[0].width = model.features;
  c.state[0].frac = model.frac_x;
  for (u32 i = 1; i <= model.num_layers; ++i) {
    c.b.set_layer(i);
    op::rules_of(model.layers[i - 1].kind)->forward(c, i);
  }
  return c.state[model.num_layers].value;
}

// Start weights that are committed: their bounds, and the check of their range.
void settle_start(Builder& b, const SegmentShape& shape) noexcept {
  if (!shape.committed_start) return;
  Vec<Parameter>& all = b.program().parameters;
  for (ParameterId w = 0; w < all.size(); ++w) {
    all[w].bound = shape.check_bits > 0 ? u128{1} << shape.check_bits : shape.start_bounds[w];
    if (shape.check_bits == 0) continue;
    b.set_layer(all[w].layer);
    b.range_check(b.affine({{1, b.start(w)}}, i64{1} << shape.check_bits), shape.check_bits + 1);
  }
}

}  // namespace

Result<Program> compile(const Model& model, const Optimiser& optimiser, const Sampling& sampling,
                        Arena& arena) noexcept {
  const SegmentShape::DataChecks check;
  SegmentShape shape;
  shape.sampling = sampling;
  shape.records = {&sampling.records, 1};
  shape.check_data = {&check, 1};
  return compile(model, optimiser, shape, arena);
}

Result<Program> compile(const Model& model, const Optimiser& optimiser, const SegmentShape& shape,
                        Arena& arena) noexcept {
  PEDIGREE_TRY(check_model(model));
  PEDIGREE_TRY(check_sampling(shape.sampling));
  PEDIGREE_TRY(check_optimiser(optimiser, shape.sampling));
  PEDIGREE_TRY(check_shape(shape));
  ProgramSizes sizes = program_sizes(model, shape.sampling);
  sizes.num_datasets = static_cast<u32>(shape.records.size());
  for (u32 d = 0; d < sizes.num_datasets; ++d) sizes.records[d] = shape.records[d];
  sizes.pullbacks = shape.pullbacks;
  Builder b(arena, sizes, shape.like);
  if (shape.for_sizes) b.leave_tables_empty();
  Compiler& c = new_compiler(b, model);
  const op::LossRules& loss = *op::rules_of(model.loss);

  const u128 input_bound = u128{1} << model.input_bits;
  const TensorId x = 0, y = 1;
  for (u32 d = 0; d < sizes.num_datasets; ++d) {
    b.data(d, false, model.features, input_bound);
    b.data(d, true, loss.label_columns(model), loss.label_bound(model));
  }
  for (u32 d = 0; d < sizes.num_datasets; ++d) {
    if (shape.check_data[d].inputs)
      b.range_check(b.affine({{1, x + 2 * d}}, i64{1} << model.input_bits), model.input_bits + 1);
    if (shape.check_data[d].labels) loss.check_labels(c, y + 2 * d);
  }
  const TensorId q = forward(c, b.gather(x));
  const u32 last = model.num_layers;
  const TensorId delta = loss.delta(c, q, b.gather(y));
  c.contribute(last, delta, model.layers[last - 1].frac_d);
  for (u32 i = last; i >= 1; --i) {
    b.set_layer(i);
    op::rules_of(model.layers[i - 1].kind)->backward(c, i);
  }

  settle_start(b, shape);
  Program& program = b.program();
  program.records_x = x;
  program.records_y = y;
  program.scores = q;
  program.output_delta = delta;
  PEDIGREE_TRY(check_bounds(program, optimiser));
  return program;
}

namespace {

ProgramSizes forward_sizes(const Model& model, const ForwardShape& shape) noexcept {
  Sampling one_step;
  one_step.steps = 1;
  one_step.batch = shape.samples;
  ProgramSizes sizes = program_sizes(model, one_step);
  sizes.num_datasets = static_cast<u32>(shape.records.size());
  for (u32 d = 0; d < sizes.num_datasets; ++d) sizes.records[d] = shape.records[d];
  return sizes;
}

}  // namespace

ForwardCompiler::ForwardCompiler(const Model& model, const ForwardShape& shape,
                                 Arena& arena) noexcept
    : model_(model),
      shape_(shape),
      builder_(arena, forward_sizes(model, shape)),
      compiler_(new_compiler(builder_, model)) {}

TensorId ForwardCompiler::inputs(bool check_range) noexcept {
  const TensorId x = builder_.input(model_.features, u128{1} << model_.input_bits);
  if (check_range)
    builder_.range_check(builder_.affine({{1, x}}, i64{1} << model_.input_bits),
                         model_.input_bits + 1);
  return x;
}

TensorId ForwardCompiler::scores(TensorId inputs) noexcept {
  scores_ = forward(compiler_, inputs);
  // As wide as a loss allows them: rescale leaves the range of its quotient to who reads it.
  const u32 bits = model_.range_bits;
  builder_.range_check(builder_.affine({{1, scores_}}, i64{3} << bits), bits + 2);
  return scores_;
}

Result<Program> ForwardCompiler::finish() noexcept {
  SegmentShape shape;
  shape.committed_start = true;
  shape.check_bits = shape_.show_weights ? shape_.weight_bits : 0;
  Program& program = builder_.program();
  Vec<u128> bounds(builder_.arena());
  for (std::size_t w = 0; w < program.parameters.size(); ++w)
    bounds.push_back(u128{1} << shape_.weight_bits);
  shape.start_bounds = bounds.span();
  settle_start(builder_, shape);
  program.scores = scores_;
  program.records_y = shape_.records.empty() ? 0 : 1;
  Optimiser none;
  PEDIGREE_TRY(check_bounds(program, none));
  return program;
}

}  // namespace pedigree
