#include "op/activation/activation.h"
#include "op/map/map.h"
#include "op/rescale/rescale.h"
#include "op/sign/sign.h"

namespace pedigree::op {

namespace {

const Layer& layer(const Model& m, u32 i) noexcept { return m.layers[i - 1]; }

Result<void> check(const Model& m, u32 i) noexcept {
  const Layer& l = layer(m, i);
  PEDIGREE_CHECK(statement_layer,
                 static_cast<u8>(l.activation) <= static_cast<u8>(Activation::gelu), i);
  PEDIGREE_CHECK(statement_layer, l.input >= 1 && layer(m, l.input).kind == LayerKind::linear, i);
  PEDIGREE_CHECK(statement_format, l.frac_a <= layer(m, l.input).frac_q, i);
  return {};
}

u32 width(const Model& m, u32 i) noexcept { return width_of(m, layer(m, i).input); }
u32 frac(const Model& m, u32 i) noexcept { return layer(m, i).frac_a; }

void range_check_quotient(Compiler& c, TensorId q) noexcept {
  c.b.range_check(c.b.affine({{1, q}}, i64{1} << c.model.range_bits), c.model.range_bits + 1);
}

// rescale(q, shift), which checks that q is in [-2^R, 2^R).
TensorId rounded(Compiler& c, TensorId q, u32 shift) noexcept {
  const u32 range = c.model.range_bits;
  const bool has_table = shift > 0 && !c.b.is_short(q, range + 1);
  if (has_table) return map(c.b, q, round_table_of(c.b, q, range, shift), i64{1} << range).value;
  range_check_quotient(c, q);
  return shift > 0 ? round_signed(c.b, q, range, shift) : q;
}

void forward(Compiler& c, u32 i) noexcept {
  const Layer& l = layer(c.model, i);
  const Compiler::State& input = c.state[l.input];
  Compiler::State& s = c.state[i];
  s.width = input.width;
  s.frac = l.frac_a;
  const u32 range = c.model.range_bits;
  if (l.activation == Activation::identity) {
    s.value = rounded(c, input.value, input.frac - l.frac_a);
  } else if (l.activation == Activation::relu && c.b.is_short(input.value, range + 1)) {
    range_check_quotient(c, input.value);
    const Sign q = sign(c.b, input.value, range);
    s.derivative = q.positive;
    s.value =
        input.frac == l.frac_a ? q.part : round_part(c.b, q.part, range, input.frac - l.frac_a);
  } else {
    const MapTable t =
        activation_table_of(c.b, input.value, l.activation, range, input.frac, l.frac_a);
    const Mapped mapped = map(c.b, input.value, t, i64{1} << range);
    s.value = mapped.value;
    s.derivative = mapped.derivative;
  }
}

void backward(Compiler& c, u32 i) noexcept {
  const Layer& l = layer(c.model, i);
  const Layer& linear = layer(c.model, l.input);
  const Compiler::Contribution sum = c.gathered(i);
  const u32 range = c.model.range_bits;
  // Contributions carry fD + fW bits of a later layer: check_model has seen that this exceeds fE.
  const TensorId e = rescale(c.b, sum.tensor, sum.frac - linear.frac_e, range);
  const u32 drop = linear.frac_e - linear.frac_d;
  TensorId delta = e;
  if (l.activation == Activation::relu || l.activation == Activation::identity) {
    delta = rounded(c, e, drop);
    if (l.activation == Activation::relu) delta = c.b.product(delta, c.state[i].derivative);
  } else {
    range_check_quotient(c, e);
    delta = rescale(c.b, c.b.product(e, c.state[i].derivative), drop + kDerivativeBits, range);
    range_check_quotient(c, delta);
  }
  c.contribute(l.input, delta, linear.frac_d);
}

}  // namespace

const LayerRules kActivation{LayerKind::activation, check, width, frac, forward, backward};

}  // namespace pedigree::op
