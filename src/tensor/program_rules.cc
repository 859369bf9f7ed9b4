#include "tensor/program.h"

namespace pedigree {

namespace {

constexpr u128 kBound = u128{1} << 62;       // every value the relation speaks of stays below
constexpr u128 kSaturated = u128{1} << 100;  // sums and products of bounds stop here

u128 saturating_mul(u128 a, u128 b) noexcept {
  if (a == 0 || b == 0) return 0;
  return a > kSaturated / b ? kSaturated : a * b;
}

u128 saturating_add(u128 a, u128 b) noexcept { return a + b > kSaturated ? kSaturated : a + b; }

u128 magnitude(i64 x) noexcept {
  return x < 0 ? u128{0} - static_cast<u128>(x) : static_cast<u128>(x);
}

}  // namespace

#ifdef PEDIGREE_HARNESS
bool pull_any_map = false, shorten_any_map = false;
#endif

u128 column_bound(const Table& t, u32 column) noexcept {
  const i64 low = t.low[column], high = t.high[column];
  return static_cast<u128>(high > -low ? high : -low);
}

Builder::Builder(Arena& arena, const ProgramSizes& sizes, const Program* like) noexcept
    : arena_(arena), like_(like) {
  program_.sizes = sizes;
  program_.tensors = Vec<Tensor>(arena);
  program_.terms = Vec<Term>(arena);
  program_.tables = Vec<Table>(arena);
  program_.lookups = Vec<Lookup>(arena);
  program_.pullback_tables = Vec<Table>(arena);
  program_.pullbacks = Vec<Pullback>(arena);
  program_.zeros = Vec<TensorId>(arena);
  program_.parameters = Vec<Parameter>(arena);
  program_.updates = Vec<Update>(arena);
}

TensorId Builder::add(Tensor t) noexcept {
  t.layer = layer_;
  program_.tensors.push_back(t);
  return static_cast<TensorId>(program_.tensors.size() - 1);
}

TensorId Builder::committed(Advice advice, Domain domain, u32 features, TensorId a, TensorId b,
                            u32 p, u32 column, u128 bound) noexcept {
  Tensor t;
  t.advice = advice;
  t.domain = domain;
  t.dataset = tensor(a).dataset;
  t.features = features;
  t.log_features = advice == Advice::maximum ? 0 : tensor(a).log_features;
  t.a = a;
  t.b = b;
  t.p = p;
  t.column = column;
  t.bound = bound;
  return add(t);
}

TensorId Builder::data(u32 dataset, bool is_label, u32 features, u128 bound) noexcept {
  Tensor t;
  t.domain = Domain::records;
  t.dataset = dataset;
  t.is_label = is_label;
  t.root = Root::data;
  t.features = features;
  t.log_features = ceil_log2(features);
  t.bound = bound;
  return add(t);
}

TensorId Builder::input(u32 features, u128 bound) noexcept {
  Tensor t;
  t.features = features;
  t.log_features = ceil_log2(features);
  t.bound = bound;
  return add(t);
}

TensorId Builder::cells(u32 count, u128 bound) noexcept {
  Tensor t;
  t.bound = bound;
  t.domain = Domain::cells;
  t.features = count;
  t.log_features = ceil_log2(count);
  return add(t);
}

TensorId Builder::start(ParameterId w) noexcept {
  const Parameter& p = program_.parameters[w];
  Tensor t;
  t.domain = Domain::cells;
  t.root = Root::start;
  t.log_features = p.log_in + p.log_out;
  t.features = t.log_features < 32 ? 1u << t.log_features
                                   : ~0u;  // 2^32 has no place here: cells count by log_features
  t.parameter = w;
  return add(t);
}

TensorId Builder::gather(TensorId records) noexcept {
  Tensor t = tensor(records);
  t.kind = TensorKind::gather;
  t.domain = Domain::samples;
  t.dataset = 0;
  t.a = records;
  return add(t);
}

TensorId Builder::live(Domain domain, u32 features, i64 value, u32 dataset,
                       u32 log_features) noexcept {
  Tensor t;
  t.kind = TensorKind::live;
  t.domain = domain;
  t.dataset = dataset;
  t.features = features;
  t.log_features = ceil_log2(features);
  if (log_features > t.log_features) t.log_features = log_features;
  t.constant = value;
  t.bound = magnitude(value);
  return add(t);
}

TensorId Builder::affine(std::span<const Term> terms, i64 constant, u32 shift) noexcept {
  const Tensor& first = tensor(terms[0].tensor);
  Tensor t;
  t.kind = TensorKind::affine;
  t.domain = first.domain;
  t.dataset = first.dataset;
  t.features = first.features;
  t.log_features = first.log_features;
  t.constant = constant;
  t.shift = shift;
  t.first_term = static_cast<u32>(program_.terms.size());
  t.num_terms = static_cast<u32>(terms.size());
  for (const Term& term : terms) program_.terms.push_back(term);
  return add(t);
}

TensorId Builder::affine(std::initializer_list<Term> terms, i64 constant, u32 shift) noexcept {
  return affine(std::span<const Term>(terms.begin(), terms.size()), constant, shift);
}

bool Builder::contains(TensorId id, bool products) const noexcept {
  const Tensor& t = tensor(id);
  switch (t.kind) {
    case TensorKind::product:
    case TensorKind::pullback:
      return products;
    case TensorKind::contraction:
      return true;
    case TensorKind::affine:
      for (u32 i = 0; i < t.num_terms; ++i)
        if (contains(program_.terms[t.first_term + i].tensor, products)) return true;
      return false;
    default:
      return false;  // operands of the others are linear already
  }
}

TensorId Builder::copy(TensorId x) noexcept {
  const Tensor t = tensor(x);
  const TensorId made = committed(Advice::copy, t.domain, t.features, x, 0, 0, 0, 0);
  zero(affine({{1, x}, {-1, made}}, 0));
  return made;
}

TensorId Builder::linear(TensorId x) noexcept { return contains(x, true) ? copy(x) : x; }
TensorId Builder::factor(TensorId x) noexcept {
  return tensor(x).kind == TensorKind::pullback ? x : linear(x);
}
TensorId Builder::settled(TensorId x) noexcept { return contains(x, false) ? copy(x) : x; }

TensorId Builder::broadcast(TensorId row, u32 features, u32 log_features) noexcept {
  Tensor t;
  t.kind = TensorKind::broadcast;
  t.a = linear(row);
  t.domain = tensor(t.a).domain;
  t.dataset = tensor(t.a).dataset;
  t.features = features;
  t.log_features = log_features;
  return add(t);
}

TensorId Builder::feature_sum(TensorId a, u32 features) noexcept {
  if (tensor(a).kind != TensorKind::committed) a = copy(a);
  Tensor t;
  t.kind = TensorKind::feature_sum;
  t.domain = tensor(a).domain;
  t.dataset = tensor(a).dataset;
  t.a = a;
  t.p = features;
  return add(t);
}

TensorId Builder::product(TensorId a, TensorId b) noexcept {
  a = factor(a);
  b = factor(b);
  Tensor t;
  t.kind = TensorKind::product;
  t.domain = tensor(a).domain;
  t.dataset = tensor(a).dataset;
  t.features = tensor(a).features;
  t.log_features = tensor(a).log_features;
  t.a = a;
  t.b = b;
  return add(t);
}

TensorId Builder::contraction(TensorId a, ParameterId w, bool transposed) noexcept {
  const Parameter& p = program_.parameters[w];
  Tensor t;
  t.kind = TensorKind::contraction;
  t.features = transposed ? p.in : p.out;
  t.log_features = transposed ? p.log_in : p.log_out;
  t.a = settled(a);
  t.parameter = w;
  t.transposed = transposed;
  return add(t);
}

// A table as long as the tensor costs no more than a limb of it; one eight times as long costs more than the limbs of all
// tensors that are likely to share it.
u32 Builder::widest_range(u32 log_cells) const noexcept {
  const u32 limb = program_.sizes.limb_bits, shared = limb > log_cells ? limb : log_cells,
            most = log_cells + kLongerTable, wide = shared < most ? shared : most;
  return wide < kMinLimbBits ? kMinLimbBits : wide < kMaxLimbBits ? wide : kMaxLimbBits;
}

u32 Builder::range_below(u32 bits) const noexcept {
  u32 widest = 0;
  for (const Table& t : program_.tables)
    if (t.kind == TableKind::range && t.log_size < bits && t.log_size > widest) widest = t.log_size;
  return widest;
}

void Builder::range_check(TensorId x, u32 bits) noexcept {
  const u32 log_cells = program_.log_size(x), longest = widest_range(log_cells);
  const auto has_half_the_cells = [log_cells](u32 width) noexcept {
    return width <= kMaxRangeTableBits && width < log_cells;
  };
  while (bits > longest && !has_half_the_cells(bits) && range_below(bits + 1) != bits) {
    const u32 below = range_below(bits), low = 2 * below >= bits ? below : longest;
    const Tensor from = tensor(x);
    const TensorId limb =
        committed(Advice::limb, from.domain, from.features, x, 0, low, 0, (u128{1} << low) - 1);
    look_up_range(limb, low);
    x = affine({{1, x}, {-1, limb}}, 0, low);
    bits -= low;
  }
  look_up_range(x, bits);
}

void Builder::look_up_range(TensorId x, u32 bits) noexcept {
  Table t;
  t.log_size = bits;
  t.high[0] = (i64{1} << bits) - 1;
  lookup(table(t), {x});
}

void Builder::lookup(TableId table, std::initializer_list<TensorId> columns) noexcept {
  Lookup l;
  l.table = table;
  l.num_columns = 0;
  for (const TensorId c : columns) l.columns[l.num_columns++] = c;
  l.log_size = program_.log_size(l.columns[0]);
  program_.lookups.push_back(l);
}

void Builder::zero(TensorId x) noexcept { program_.zeros.push_back(x); }

namespace {

bool same_table(const Table& a, const Table& b) noexcept {
  return a.kind == b.kind && a.activation == b.activation && a.log_size == b.log_size &&
         a.from == b.from && a.to == b.to;
}

}  // namespace

bool Builder::is_short(TensorId q, u32 log_rows) const noexcept {
#ifdef PEDIGREE_HARNESS
  if (shorten_any_map || pull_any_map) return shorten_any_map;
#endif
  return log_rows >= kLongTable && program_.log_size(q) + kShortCells <= log_rows;
}

bool Builder::pulls_back(TensorId q, u32 log_rows) const noexcept {
#ifdef PEDIGREE_HARNESS
  if (pull_any_map) return true;
#endif
  return program_.sizes.pullbacks && program_.log_size(q) >= log_rows + kPullbackCells;
}

Pullback Builder::pullback(TableId id, TensorId index) noexcept {
  const Table& table = program_.pullback_tables[id];
  Pullback p;
  p.table = id;
  p.num_columns = table.num_columns - 1;
  p.index = linear(index);
  p.log_size = program_.log_size(p.index);
  for (u32 c = 0; c < p.num_columns; ++c) {
    Tensor t;
    t.kind = TensorKind::pullback;
    t.domain = tensor(p.index).domain;
    t.dataset = tensor(p.index).dataset;
    t.features = tensor(p.index).features;
    t.log_features = tensor(p.index).log_features;
    t.a = p.index;
    t.p = id;
    t.column = c + 1;
    t.bound = column_bound(table, c + 1);
    p.columns[c] = add(t);
  }
  program_.pullbacks.push_back(p);
  return p;
}

const Table* Builder::filled_before(const Table& wanted) const noexcept {
  if (like_ == nullptr) return nullptr;
  for (const Vec<Table>* tables : {&like_->tables, &like_->pullback_tables})
    for (const Table& t : *tables)
      if (same_table(t, wanted)) return &t;
  return nullptr;
}

TableId Builder::find_or_add(Vec<Table>& tables, const Table& wanted) noexcept {
  for (TableId i = 0; i < tables.size(); ++i)
    if (same_table(tables[i], wanted)) return i;
  tables.push_back(wanted);
  return static_cast<TableId>(tables.size() - 1);
}

ParameterId Builder::parameter(const Parameter& p) noexcept {
  program_.parameters.push_back(p);
  return static_cast<ParameterId>(program_.parameters.size() - 1);
}

void Builder::update(ParameterId w, TensorId a, TensorId d, u32 shift) noexcept {
  program_.updates.push_back({w, settled(a), settled(d), shift});
}

namespace {

u128 smaller(u128 a, u128 b) noexcept { return a < b ? a : b; }

u128 divided(const Tensor& t, u128 bound) noexcept {
  return t.kind == TensorKind::affine ? bound >> t.shift : bound;
}

// The bound of a tensor from those of its operands; contractions take `weights`. Affine tensors: before their division,
// because that is what must not wrap.
u128 bound_of(const Program& p, const Tensor& t, std::span<const u128> weights,
              std::span<const u128> bounds) noexcept {
  const auto of = [&](TensorId id) noexcept { return bounds[id]; };
  switch (t.kind) {
    case TensorKind::affine: {
      u128 sum = magnitude(t.constant);
      for (u32 i = 0; i < t.num_terms; ++i) {
        const Term& term = p.terms[t.first_term + i];
        sum = saturating_add(sum, saturating_mul(magnitude(term.coef), of(term.tensor)));
      }
      return sum;
    }
    case TensorKind::broadcast:
      return of(t.a);
    case TensorKind::feature_sum:
      return saturating_mul(t.p, of(t.a));
    case TensorKind::product:
      return saturating_mul(of(t.a), of(t.b));
    case TensorKind::contraction: {
      const Parameter& w = p.parameters[t.parameter];
      return saturating_mul(t.transposed ? w.out : w.in,
                            saturating_mul(of(t.a), weights[t.parameter]));
    }
    case TensorKind::gather:
      return of(t.a);
    case TensorKind::committed:
      if (t.advice == Advice::copy) return of(t.a);
      if (t.advice == Advice::rescale) return smaller(t.bound, (of(t.a) >> t.p) + 1);
      return t.bound;
    default:
      return t.bound;  // set where the tensor was made
  }
}

// The sum over all steps of the factors with which their gradients enter the weights.
u128 reach_of(const Optimiser& o) noexcept {
  u128 rate = 0, impulse = 0, late = 0, paid = 0;
  for (u32 j = 0; j < o.num_impulse; ++j) {
    impulse += o.impulse[j];
    late += static_cast<u128>(j) * o.impulse[j];
  }
  u64 step = 0;
  for (u32 i = 0; i < o.num_runs; ++i) {
    const u64 next = step + o.runs[i].count;
    rate += static_cast<u128>(o.runs[i].count) * o.runs[i].c;
    if (o.period != 0) paid += static_cast<u128>(next / o.period - step / o.period) * o.runs[i].c;
    step = next;
  }
  return saturating_add(saturating_mul(rate, impulse), saturating_mul(paid, late));
}

}  // namespace

Result<void> check_bounds(Program& p, const Optimiser& optimiser) noexcept {
  Arena& arena = p.tensors.arena();
  Vec<u128> weights(arena, p.parameters.size());
  // First pass, weights of any size: operands of updates are bounded by their tables and ranges, not by contractions.
  for (u128& w : weights) w = kSaturated;
  Vec<u128> operands(arena, p.tensors.size());
  for (TensorId t = 0; t < p.tensors.size(); ++t)
    operands[t] = divided(p.tensors[t], bound_of(p, p.tensors[t], weights, operands));
  const u128 reach = reach_of(optimiser);
  for (ParameterId w = 0; w < p.parameters.size(); ++w) weights[w] = p.parameters[w].bound;
  for (const Update& u : p.updates) {
    const u128 gradient = saturating_mul(saturating_mul(operands[u.a], operands[u.d]),
                                         static_cast<u128>(p.sizes.batch) << u.shift);
    weights[u.parameter] = saturating_add(weights[u.parameter], saturating_mul(reach, gradient));
  }
  for (ParameterId w = 0; w < p.parameters.size(); ++w) p.parameters[w].end_bound = weights[w];
  for (ParameterId w = 0; w < p.parameters.size(); ++w)
    PEDIGREE_CHECK(bound, weights[w] < kBound, p.parameters[w].layer);
  Vec<u128> bounds(arena, p.tensors.size());
  for (TensorId t = 0; t < p.tensors.size(); ++t) {
    const Tensor& x = p.tensors[t];
    const u128 bound = bound_of(p, x, weights, bounds);
    PEDIGREE_CHECK(bound, bound < kBound, x.layer);
    // A quotient is one modulo p first: its equation must not wrap under the stated range.
    if (x.kind == TensorKind::committed && x.advice == Advice::rescale) {
      const u128 equation =
          saturating_add(bounds[x.a], saturating_mul(x.bound + 1, u128{1} << x.p));
      PEDIGREE_CHECK(bound, equation < kBound, x.layer);
    }
    bounds[t] = divided(x, bound);
  }
  for (TensorId t = 0; t < p.tensors.size(); ++t) p.tensors[t].bound = bounds[t];
  return {};
}

}  // namespace pedigree
