#include "op/add/add.h"

namespace pedigree::op {

namespace {

const Layer& layer(const Model& m, u32 i) noexcept { return m.layers[i - 1]; }

u32 finer(u32 a, u32 b) noexcept { return a > b ? a : b; }

Result<void> check(const Model& m, u32 i) noexcept {
  const Layer& l = layer(m, i);
  for (const u32 input : {l.input, l.second}) {
    PEDIGREE_CHECK(statement_layer,
                   input >= 1 && input < i && layer(m, input).kind != LayerKind::linear, i);
  }
  PEDIGREE_CHECK(statement_layer, width_of(m, l.input) == width_of(m, l.second), i);
  PEDIGREE_CHECK(statement_format, l.frac_a == finer(frac_of(m, l.input), frac_of(m, l.second)), i);
  return {};
}

u32 width(const Model& m, u32 i) noexcept { return width_of(m, layer(m, i).input); }
u32 frac(const Model& m, u32 i) noexcept { return layer(m, i).frac_a; }

void forward(Compiler& c, u32 i) noexcept {
  const Layer& l = layer(c.model, i);
  const Compiler::State& x = c.state[l.input];
  const Compiler::State& y = c.state[l.second];
  Compiler::State& s = c.state[i];
  s.width = x.width;
  s.frac = l.frac_a;
  s.value = c.b.affine(
      {{i64{1} << (s.frac - x.frac), x.value}, {i64{1} << (s.frac - y.frac), y.value}}, 0);
}

void backward(Compiler& c, u32 i) noexcept {
  const Layer& l = layer(c.model, i);
  const Compiler::Contribution sum = c.gathered(i);
  c.contribute(l.input, sum.tensor, sum.frac);
  c.contribute(l.second, sum.tensor, sum.frac);
}

}  // namespace

const LayerRules kAdd{LayerKind::add, check, width, frac, forward, backward};

}  // namespace pedigree::op
