#include "harness/naive_run.h"

#include "base/require.h"
#include "tensor/start.h"

namespace pedigree::harness {

namespace {

i64 floor_div_pow2(i64 a, u32 s) { return a >> s; }

// Cells of every tensor for one block of positions: a step's batch, or all records.
class NaiveRun {
 public:
  NaiveRun(const CompiledSegment& c, const std::vector<i64>& x, const std::vector<i64>& y,
           const WeightEntries& start, TraceSinks* sinks, const RunLies& lies)
      : c_(c),
        p_(c.program),
        x_(x),
        y_(y),
        sinks_(sinks),
        lies_(lies),
        cells_(p_.tensors.size()),
        weights_(start),
        history_(start.size()) {
    for (ParameterId w = 0; w < weights_.size(); ++w)
      if (lies_.start) lies_.start(w, weights_[w]);
  }

  WeightEntries run() {
    const std::size_t steps = std::size_t{1} << p_.sizes.log_steps;
    std::vector<u32> schedule(steps);
    expand_schedule(c_.optimiser, schedule);
    for (std::size_t t = 0; t < steps; ++t) {
      evaluate(t);
      update(t, schedule[t]);
    }
    return weights_;
  }

 private:
  std::size_t positions() const { return std::size_t{1} << p_.sizes.log_batch; }

  void evaluate(std::size_t step) {
    for (TensorId id = 0; id < p_.tensors.size(); ++id) {
      const Tensor& t = p_.tensors[id];
      if (t.domain != Domain::samples) continue;
      const std::size_t n = positions();
      std::vector<i64>& out = cells_[id];
      out.assign(n * features_there(t), 0);
      for (std::size_t f = 0; f < features_there(t); ++f)
        for (std::size_t b = 0; b < n; ++b) {
          i64& value = out[f * n + b];
          value = cell(t, f, b, n, step);
          if (lies_.cell) value = lies_.cell({id, f, step, b}, value);
        }
      if (F* sink = sinks_ != nullptr ? sinks_->tensors[id] : nullptr) store(sink, id, step, n);
    }
  }

  void store(F* sink, TensorId id, std::size_t step, std::size_t n) const {
    const Tensor& t = p_.tensors[id];
    const std::size_t stride = std::size_t{1} << p_.log_positions(t);
    for (std::size_t f = 0; f < features_there(t); ++f)
      for (std::size_t b = 0; b < n; ++b)
        sink[f * stride + step * n + b] = F::from_int(cells_[id][f * n + b]);
  }

  i64 cell(const Tensor& t, std::size_t f, std::size_t b, std::size_t n, std::size_t step) const {
    const auto at = [&](TensorId id) {
      return f < features_there(p_.tensors[id]) ? cells_[id][f * n + b] : 0;
    };
    const u32 row = c_.selection[step * n + b];
    switch (t.kind) {
      case TensorKind::gather:
        return row == kDeadSlot || f >= t.features ? 0
                                                   : (t.is_label ? y_ : x_)[row * t.features + f];
      case TensorKind::live:
        return row != kDeadSlot && f < t.features ? t.constant : 0;
      case TensorKind::affine: {
        i64 sum = t.constant;
        for (u32 i = 0; i < t.num_terms; ++i)
          sum += p_.terms[t.first_term + i].coef * at(p_.terms[t.first_term + i].tensor);
        // Exact but in the trace of a liar, where no integer is right.
        PEDIGREE_REQUIRE(lies_.cell || sum % (i64{1} << t.shift) == 0,
                         "division by a power of two is exact");
        return floor_div_pow2(sum, t.shift);
      }
      case TensorKind::broadcast:
        return f < t.features ? cells_[t.a][b] : 0;
      case TensorKind::feature_sum: {
        i64 sum = 0;
        for (std::size_t g = 0; g < t.p; ++g) sum += cells_[t.a][g * n + b];
        return sum;
      }
      case TensorKind::product:
        return at(t.a) * at(t.b);
      case TensorKind::contraction: {
        const Parameter& w = p_.parameters[t.parameter];
        i64 sum = 0;
        if (f < (t.transposed ? w.in : w.out))
          for (std::size_t g = 0; g < (t.transposed ? w.out : w.in); ++g)
            sum += cells_[t.a][g * n + b] *
                   weights_[t.parameter][t.transposed ? f * w.out + g : g * w.out + f];
        return sum;
      }
      case TensorKind::pullback:
        return looked_up(p_.pullback_tables[t.p], t.column, cells_[t.a][f * n + b]);
      case TensorKind::committed:
        return advice(t, f, b, n);
    }
    return 0;
  }

  i64 looked_up(const Table& table, u32 column, i64 row) const {
    const bool inside = row >= 0 && row < i64{1} << table.log_size;
    if (lies_.cell && !inside) return 0;
    PEDIGREE_REQUIRE(inside, "index inside the table");
    return column == 0 ? row : table.values[column][row];
  }

  i64 advice(const Tensor& t, std::size_t f, std::size_t b, std::size_t n) const {
    const i64 a = cells_[t.a][f * n + b];
    switch (t.advice) {
      case Advice::rescale:
        return floor_div_pow2(a + (i64{1} << (t.p - 1)), t.p);
      case Advice::table:
        return looked_up(p_.tables[t.p], t.column, a);
      case Advice::maximum: {
        i64 most = cells_[t.a][b];
        for (std::size_t g = 1; g < p_.tensors[t.a].features; ++g)
          most = std::max(most, cells_[t.a][g * n + b]);
        return most;
      }
      case Advice::quotient:
        if (cells_[t.b][f * n + b] == 0) return 0;  // a liar's
        return (a + cells_[t.b][f * n + b]) / (2 * cells_[t.b][f * n + b]);
      case Advice::limb:
        return a & ((i64{1} << t.p) - 1);
      case Advice::first_zero: {
        if (f >= p_.tensors[t.a].features) return 0;
        for (std::size_t g = 0; g < f; ++g)
          if (cells_[t.a][g * n + b] == 0) return 0;
        return a == 0;
      }
      case Advice::positive:
        return a > 0;
      default:
        return a;  // copy
    }
  }

  // W -= c sum_j impulse_j gradient[t - j]; a period's last step also pays out what would come later.
  void update(std::size_t step, u32 c) {
    const Optimiser& o = c_.optimiser;
    const std::size_t n = positions();
    for (std::size_t w = 0; w < weights_.size(); ++w) {
      const Parameter& p = p_.parameters[w];
      std::vector<i64> gradient(weights_[w].size());
      for (const Update& u : p_.updates) {
        if (u.parameter != w) continue;
        for (std::size_t i = 0; i < p.in; ++i)
          for (std::size_t j = 0; j < p.out; ++j)
            for (std::size_t b = 0; b < n; ++b)
              gradient[i * p.out + j] +=
                  (cells_[u.a][i * n + b] * cells_[u.d][j * n + b]) * (i64{1} << u.shift);
      }
      history_[w].insert(history_[w].begin(), std::move(gradient));
      const bool pays = o.period != 0 && (step + 1) % o.period == 0;
      const std::size_t reach = o.period != 0 ? step % o.period + 1 : history_[w].size();
      for (std::size_t k = 0; k < reach && k < history_[w].size(); ++k) {
        i64 weight = k < o.num_impulse ? o.impulse[k] : 0;
        for (std::size_t j = k + 1; pays && j < o.num_impulse; ++j) weight += o.impulse[j];
        for (std::size_t e = 0; e < weights_[w].size(); ++e)
          weights_[w][e] -= static_cast<i64>(c) * weight * history_[w][k][e];
      }
    }
  }

  const CompiledSegment& c_;
  const Program& p_;
  const std::vector<i64>&x_, &y_;
  TraceSinks* sinks_;
  const RunLies& lies_;
  std::vector<std::vector<i64>> cells_;
  WeightEntries weights_;
  std::vector<std::vector<std::vector<i64>>> history_;
};

}  // namespace

WeightEntries start_weights(const Compiled& c) {
  WeightEntries all;
  for (const Parameter& w : c.segments[0].program.parameters) {
    all.emplace_back(static_cast<std::size_t>(w.in) * w.out);
    if (w.start_bound != 0)
      seeded_start(c.seed, w.start_index, static_cast<i64>(w.start_bound), all.back());
  }
  return all;
}

WeightEntries naive_segment(const CompiledSegment& c, const std::vector<i64>& x,
                            const std::vector<i64>& y, const WeightEntries& start,
                            TraceSinks* sinks, const RunLies& lies) {
  return NaiveRun(c, x, y, start, sinks, lies).run();
}

}  // namespace pedigree::harness
