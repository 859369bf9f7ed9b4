#include "op/mean_squared/mean_squared.h"
#include "op/rescale/rescale.h"

namespace pedigree::op {

namespace {

const Layer& last(const Model& m) noexcept { return m.layers[m.num_layers - 1]; }

Result<void> check(const Model& m) noexcept {
  PEDIGREE_CHECK(statement_layer, m.outputs >= 1 && last(m).out == m.outputs, m.num_layers);
  PEDIGREE_CHECK(statement_format, last(m).frac_d <= last(m).frac_q, m.num_layers);
  return {};
}

u32 label_columns(const Model& m) noexcept { return m.outputs; }
u128 label_bound(const Model& m) noexcept { return u128{1} << m.range_bits; }

void check_labels(Compiler& c, TensorId labels) noexcept {
  c.b.range_check(c.b.affine({{1, labels}}, i64{1} << c.model.range_bits), c.model.range_bits + 1);
}

TensorId delta(Compiler& c, TensorId q, TensorId labels) noexcept {
  Builder& b = c.b;
  const u32 range = c.model.range_bits;
  b.range_check(b.affine({{1, q}}, i64{1} << range), range + 1);
  const TensorId error = b.affine({{1, q}, {-1, labels}}, 0);
  const u32 shift = last(c.model).frac_q - last(c.model).frac_d;
  if (shift == 0) return error;
  const TensorId rounded = rescale(b, error, shift, range + 1);
  b.range_check(b.affine({{1, rounded}}, i64{1} << (range + 1)), range + 2);
  return rounded;
}

}  // namespace

const LossRules kMeanSquared{Loss::mean_squared, check,       label_columns,
                             check_labels,       label_bound, delta};

}  // namespace pedigree::op
