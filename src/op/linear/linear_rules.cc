#include "op/linear/linear.h"
#include "op/rescale/rescale.h"
#include "tensor/start.h"

namespace pedigree::op {

namespace {

const Layer& layer(const Model& m, u32 i) noexcept { return m.layers[i - 1]; }

u32 shift_of(const Model& m, u32 i) noexcept {
  return frac_of(m, layer(m, i).input) + weight_frac(m, i) - layer(m, i).frac_q;
}

Result<void> check(const Model& m, u32 i) noexcept {
  const Layer& l = layer(m, i);
  PEDIGREE_CHECK(statement_layer, l.out >= 1 && l.out <= kMaxWidth, i);
  PEDIGREE_CHECK(statement_layer, l.input == 0 || layer(m, l.input).kind != LayerKind::linear, i);
  const u32 owner = owner_of(m, i);
  PEDIGREE_CHECK(statement_layer,
                 owner >= 1 && owner <= i && layer(m, owner).kind == LayerKind::linear, i);
  PEDIGREE_CHECK(statement_layer,
                 layer(m, owner).share == 0 && layer(m, owner).out == l.out &&
                     width_of(m, layer(m, owner).input) == width_of(m, l.input),
                 i);
  PEDIGREE_CHECK(statement_format, l.frac_q <= 24 && l.frac_d >= 1 && l.frac_d <= 24, i);
  const u32 frac_z = frac_of(m, l.input) + weight_frac(m, i);
  PEDIGREE_CHECK(statement_format,
                 frac_z > l.frac_q && frac_z - l.frac_q <= 44 && weight_frac(m, i) <= 44, i);
  const bool last = i == m.num_layers;
  PEDIGREE_CHECK(statement_format, last ? l.frac_e == 0 : l.frac_d <= l.frac_e && l.frac_e <= 24,
                 i);
  return {};
}

u32 width(const Model& m, u32 i) noexcept { return layer(m, i).out; }
u32 frac(const Model& m, u32 i) noexcept { return layer(m, i).frac_q; }

void add_parameters(Compiler& c, u32 i) noexcept {
  Compiler::State& s = c.state[i];
  const u32 in = c.state[layer(c.model, i).input].width;
  Parameter w;
  w.in = in;
  w.out = s.width;
  w.log_in = ceil_log2(in);
  w.log_out = ceil_log2(s.width);
  w.frac = s.frac_w;
  w.start_bound = static_cast<u64>(start_range(i == c.model.num_layers, s.frac_w, in));
  w.start_index = static_cast<u32>(c.b.program().parameters.size());
  w.bound = w.start_bound;
  w.layer = i;
  s.weight = c.b.parameter(w);
  w.in = 1;
  w.log_in = 0;
  w.start_bound = 0;
  w.bound = 0;
  w.start_index += 1;
  w.is_bias = true;
  s.bias = c.b.parameter(w);
}

void forward(Compiler& c, u32 i) noexcept {
  const Layer& l = layer(c.model, i);
  const Compiler::State& input = c.state[l.input];
  Compiler::State& s = c.state[i];
  s.width = l.out;
  s.frac = l.frac_q;
  s.frac_w = weight_frac(c.model, i);
  const u32 owner = owner_of(c.model, i);
  if (owner == i) {
    add_parameters(c, i);
  } else {
    s.weight = c.state[owner].weight;
    s.bias = c.state[owner].bias;
  }
  s.ones = c.b.live(Domain::samples, 1, i64{1} << input.frac);
  const TensorId product = c.b.contraction(input.value, s.weight, false);
  const TensorId bias = c.b.contraction(s.ones, s.bias, false);
  // Every reader makes the quotient a table index in [0, 2^(R+1)); softmax bounds it by 3 * 2^R.
  const u32 bound_bits = c.model.range_bits + (i == c.model.num_layers ? 2 : 0);
  s.value =
      rescale(c.b, c.b.affine({{1, product}, {1, bias}}, 0), shift_of(c.model, i), bound_bits);
}

void backward(Compiler& c, u32 i) noexcept {
  const Layer& l = layer(c.model, i);
  const Compiler::State& s = c.state[i];
  const Compiler::State& input = c.state[l.input];
  const Compiler::Contribution delta = c.gathered(i);
  const u32 shift = s.frac_w - c.model.rate_bits - (input.frac + l.frac_d);
  c.b.update(s.weight, input.value, delta.tensor, shift);
  c.b.update(s.bias, s.ones, delta.tensor, shift);
  if (l.input != 0)
    c.contribute(l.input, c.b.contraction(delta.tensor, s.weight, true), l.frac_d + s.frac_w);
}

}  // namespace

const LayerRules kLinear{LayerKind::linear, check, width, frac, forward, backward};

u32 owner_of(const Model& m, u32 i) noexcept {
  return layer(m, i).share == 0 ? i : layer(m, i).share;
}

u32 weight_frac(const Model& m, u32 i) noexcept {
  const u32 owner = owner_of(m, i);
  u32 widest = 0;
  for (u32 j = 1; j <= m.num_layers; ++j) {
    const Layer& l = layer(m, j);
    if (l.kind != LayerKind::linear || owner_of(m, j) != owner) continue;
    const u32 sum = frac_of(m, l.input) + l.frac_d;
    widest = sum > widest ? sum : widest;
  }
  return widest + m.rate_bits;
}

}  // namespace pedigree::op
