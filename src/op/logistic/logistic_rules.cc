#include "op/logistic/logistic.h"
#include "op/map/map.h"

namespace pedigree::op {

namespace {

const Layer& last(const Model& m) noexcept { return m.layers[m.num_layers - 1]; }

Result<void> check(const Model& m) noexcept {
  PEDIGREE_CHECK(statement_layer, m.outputs == 1 && last(m).out == 1, m.num_layers);
  return {};
}

u32 label_columns(const Model&) noexcept { return 1; }
u128 label_bound(const Model&) noexcept { return 1; }

void check_labels(Compiler& c, TensorId labels) noexcept { c.b.range_check(labels, 1); }

TensorId delta(Compiler& c, TensorId q, TensorId labels) noexcept {
  Builder& b = c.b;
  const u32 range = c.model.range_bits, frac_d = last(c.model).frac_d;
  const TensorId p =
      map(b, q, sigmoid_table_of(b, range, last(c.model).frac_q, frac_d), i64{1} << range).value;
  const TensorId alive = b.live(Domain::samples, 1, 1);
  return b.affine({{1, b.product(alive, p)}, {-(i64{1} << frac_d), labels}}, 0);
}

}  // namespace

const LossRules kLogistic{Loss::logistic, check, label_columns, check_labels, label_bound, delta};

}  // namespace pedigree::op
