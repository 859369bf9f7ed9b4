#include "cli/exact_trace.h"

#include "base/require.h"

namespace pedigree::cli {

namespace {

// Tensors over the records: what is checked of the labels, once and not per step.
class RecordTrace {
 public:
  RecordTrace(const Program& p, const train::Cells& cells)
      : p_(p), n_(std::size_t{1} << p.sizes.log_records), columns_(p.tensors.size()) {
    place(p.records_x, cells.x);
    place(p.records_y, cells.y);
  }

  void fill(TraceSinks& sinks) {
    for (TensorId id = 0; id < p_.tensors.size(); ++id) {
      const Tensor& t = p_.tensors[id];
      if (t.domain != Domain::records) continue;
      if (columns_[id].empty()) evaluate(t, columns_[id]);
      if (F* sink = sinks.tensors[id])
        for (std::size_t i = 0; i < columns_[id].size(); ++i)
          sink[i] = F::from_int(columns_[id][i]);
    }
  }

 private:
  void place(TensorId id, const std::vector<i64>& cells) {
    const std::size_t width = p_.tensors[id].features;
    columns_[id].resize(n_ << p_.tensors[id].log_features);
    for (std::size_t r = 0; r < p_.sizes.records; ++r)
      for (std::size_t f = 0; f < width; ++f) columns_[id][f * n_ + r] = cells[r * width + f];
  }

  void evaluate(const Tensor& t, std::vector<i64>& out) const {
    out.resize(n_ << t.log_features);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = cell(t, i / n_, i % n_);
  }

  i64 cell(const Tensor& t, std::size_t f, std::size_t r) const {
    const auto at = [&](TensorId id) { return columns_[id][f * n_ + r]; };
    switch (t.kind) {
      case TensorKind::live:
        return f < t.features && r < p_.sizes.records ? t.constant : 0;
      case TensorKind::affine: {
        i64 sum = t.constant;
        for (u32 i = 0; i < t.num_terms; ++i)
          sum += p_.terms[t.first_term + i].coef * at(p_.terms[t.first_term + i].tensor);
        return sum >> t.shift;
      }
      case TensorKind::broadcast:
        return f < t.features ? columns_[t.a][r] : 0;
      case TensorKind::feature_sum: {
        i64 sum = 0;
        for (std::size_t g = 0; g < t.p; ++g) sum += columns_[t.a][g * n_ + r];
        return sum;
      }
      case TensorKind::product:
        return at(t.a) * at(t.b);
      case TensorKind::committed:
        if (t.advice == Advice::limb) return at(t.a) & ((i64{1} << t.p) - 1);
        if (t.advice == Advice::copy) return at(t.a);
        break;
      default:
        break;
    }
    PEDIGREE_REQUIRE(false, "a tensor over the records is one of the kinds above");
    return 0;
  }

  const Program& p_;
  const std::size_t n_;
  std::vector<std::vector<i64>> columns_;
};

}  // namespace

std::vector<std::vector<i64>> fill_exact_trace(const Statement& statement,
                                               const train::Cells& cells,
                                               const std::vector<std::string>& layer_names,
                                               const Compiled& compiled, TraceSinks& sinks,
                                               const std::function<void(u32 done)>& progress) {
  const Program& program = compiled.program;
  RecordTrace(program, cells).fill(sinks);
  train::Trace trace;
  for (TensorId id = 0; id < program.tensors.size(); ++id)
    trace.columns.push_back(program.tensors[id].domain == Domain::samples ? sinks.tensors[id]
                                                                          : nullptr);
  train::ExactRun run(program, statement.model, statement.optimiser, statement.sampling, cells,
                      layer_names);
  run.run(statement.sampling.steps, &trace, progress);
  std::vector<std::vector<i64>> entries;
  for (ParameterId w = 0; w < program.parameters.size(); ++w) {
    const Parameter& p = program.parameters[w];
    entries.push_back(run.weights().entries(w));
    for (std::size_t i = 0; i < p.in; ++i)
      for (std::size_t o = 0; o < p.out; ++o)
        sinks.end_weights[w][(i << p.log_out) + o] = F::from_int(entries[w][i * p.out + o]);
  }
  return entries;
}

}  // namespace pedigree::cli
