#include "train/exact_score.h"

#include <algorithm>
#include <cmath>

#include "base/require.h"
#include "op/op.h"
#include "tensor/tables.h"

namespace pedigree::train {

namespace {

constexpr u32 kRowsAtOnce = 256;

// One chunk of rows through the model; values[i] is [width, positions] of layer i, integers.
class Forward {
 public:
  Forward(const Model& model, const Program& program, ExactWeights& weights)
      : model_(model),
        program_(program),
        weights_(weights),
        values_(model.num_layers + 1),
        tables_(model.num_layers + 1) {
    std::vector<i64> derivative(std::size_t{2} << model.range_bits);
    for (u32 i = 1; i <= model.num_layers; ++i) {
      const Layer& l = model.layers[i - 1];
      if (l.kind != LayerKind::activation) continue;
      tables_[i].resize(derivative.size());
      activation_table(l.activation, model.range_bits, model.layers[l.input - 1].frac_q, l.frac_a,
                       tables_[i], derivative, 8);
    }
  }

  const std::vector<i64>& run(const record::Dataset& data, std::span<const u32> rows) {
    const u32 positions = static_cast<u32>(rows.size());
    values_[0].resize(std::size_t{model_.features} * positions);
    for (u32 f = 0; f < model_.features; ++f)
      for (u32 b = 0; b < positions; ++b)
        values_[0][std::size_t{f} * positions + b] =
            data.x[std::size_t{rows[b]} * data.features + f];
    for (u32 i = 1; i <= model_.num_layers; ++i) layer(i, positions);
    return values_[model_.num_layers];
  }

 private:
  ParameterId parameter(u32 owner, bool bias) const {
    for (ParameterId w = 0; w < program_.parameters.size(); ++w)
      if (program_.parameters[w].layer == owner && program_.parameters[w].is_bias == bias) return w;
    PEDIGREE_REQUIRE(false, "every owner has parameters");
    return 0;
  }

  void layer(u32 i, u32 positions) {
    const Layer& l = model_.layers[i - 1];
    std::vector<i64>& out = values_[i];
    const std::vector<i64>& in = values_[l.input];
    out.resize(std::size_t{op::width_of(model_, i)} * positions);
    if (l.kind == LayerKind::linear) {
      linear(i, positions, in, out);
    } else if (l.kind == LayerKind::add) {
      const std::vector<i64>& second = values_[l.second];
      const u32 left = l.frac_a - op::frac_of(model_, l.input),
                right = l.frac_a - op::frac_of(model_, l.second);
      for (std::size_t x = 0; x < out.size(); ++x)
        out[x] = in[x] * (i64{1} << left) + second[x] * (i64{1} << right);
    } else {
      const i64 half = i64{1} << model_.range_bits;
      for (std::size_t x = 0; x < out.size(); ++x)
        out[x] = tables_[i][static_cast<std::size_t>(std::clamp(in[x], -half, half - 1) + half)];
    }
  }

  void linear(u32 i, u32 positions, const std::vector<i64>& in, std::vector<i64>& out) {
    const Layer& l = model_.layers[i - 1];
    const u32 owner = op::owner_of(model_, i), frac_a = op::frac_of(model_, l.input);
    weights_.contract(parameter(owner, false), false, in, positions, out);
    const std::vector<i64> bias = weights_.entries(parameter(owner, true));
    const int shift = static_cast<int>(frac_a + op::weight_frac(model_, i)) - l.frac_q;
    for (std::size_t j = 0; j < bias.size(); ++j)
      for (u32 b = 0; b < positions; ++b) {
        i64& z = out[j * positions + b];
        z = rescale(z + bias[j] * (i64{1} << frac_a), shift);
      }
  }

  const Model& model_;
  const Program& program_;
  ExactWeights& weights_;
  std::vector<std::vector<i64>> values_, tables_;
};

}  // namespace

std::vector<double> exact_scores(const Model& model, const Program& program, ExactWeights& weights,
                                 const record::Dataset& data, std::span<const u32> rows) {
  Forward forward(model, program, weights);
  std::vector<double> scores(rows.size() * model.outputs);
  const int frac = model.layers[model.num_layers - 1].frac_q;
  for (std::size_t from = 0; from < rows.size(); from += kRowsAtOnce) {
    const std::span<const u32> chunk =
        rows.subspan(from, std::min<std::size_t>(kRowsAtOnce, rows.size() - from));
    const std::vector<i64>& q = forward.run(data, chunk);
    for (std::size_t b = 0; b < chunk.size(); ++b)
      for (u32 j = 0; j < model.outputs; ++j)
        scores[(from + b) * model.outputs + j] =
            std::ldexp(static_cast<double>(q[j * chunk.size() + b]), -frac);
  }
  return scores;
}

}  // namespace pedigree::train
