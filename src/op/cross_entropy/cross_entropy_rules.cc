#include "op/cross_entropy/cross_entropy.h"
#include "op/map/map.h"

namespace pedigree::op {

namespace {

const Layer& last(const Model& m) noexcept { return m.layers[m.num_layers - 1]; }

Result<void> check(const Model& m) noexcept {
  PEDIGREE_CHECK(statement_layer, m.outputs >= 2 && last(m).out == m.outputs, m.num_layers);
  PEDIGREE_CHECK(statement_format, m.exp_bits >= 4 && m.exp_bits <= 20, m.num_layers);
  return {};
}

u32 label_columns(const Model& m) noexcept { return m.outputs; }
u128 label_bound(const Model&) noexcept { return 1; }

void check_labels(Compiler& c, TensorId labels) noexcept {
  c.b.range_check(labels, 1);
  const TensorId ones = c.b.live(Domain::records, 1, 1, c.b.tensor(labels).dataset);
  c.b.zero(c.b.affine({{1, c.b.feature_sum(labels, c.model.outputs)}, {-1, ones}}, 0));
}

struct Exponentials {
  TensorId e = 0;    // per class
  TensorId sum = 0;  // S, repeated in every class that is there
};

Exponentials exponentials(Compiler& c, TensorId q) noexcept {
  Builder& b = c.b;
  const u32 classes = c.model.outputs, log_classes = ceil_log2(classes), range = c.model.range_bits;
  const TensorId m = b.committed(Advice::maximum, Domain::samples, 1, q, 0, 0, 0, u128{1} << range);
  b.range_check(b.affine({{1, m}}, i64{1} << range), range + 1);
  const TensorId below = b.affine({{1, b.broadcast(m, classes, log_classes)}, {-1, q}}, 0);
  const MapTable table = exponential_table_of(b, range, last(c.model).frac_q, c.model.exp_bits);
  const Mapped mapped = map(b, below, table, 0);
  b.range_check(b.affine({{1, b.feature_sum(mapped.derivative, classes)}}, -1), log_classes);
  const TensorId sum = b.feature_sum(mapped.value, classes);
  const u64 there = features_there(b.tensor(mapped.value));
  return {mapped.value, b.broadcast(sum, static_cast<u32>(there), log_classes)};
}

TensorId delta(Compiler& c, TensorId q, TensorId labels) noexcept {
  Builder& b = c.b;
  const u32 frac_d = last(c.model).frac_d, classes = c.model.outputs;
  const auto [e, sum] = exponentials(c, q);
  const TensorId dividend = b.affine({{i64{1} << (frac_d + 1), e}}, 0);
  const TensorId p = b.committed(Advice::quotient, Domain::samples, classes, dividend, sum, 0, 0,
                                 u128{1} << (frac_d + 1));
  b.range_check(p, frac_d + 1);
  const TensorId t = b.affine({{1, dividend}, {1, sum}, {-2, b.product(p, sum)}}, 0);
  const u32 bits = c.model.exp_bits + ceil_log2(classes) + 1;
  b.range_check(t, bits);
  b.range_check(b.affine({{2, sum}, {-1, t}}, -1), bits);
  const TensorId alive = b.live(Domain::samples, classes, 1);
  return b.affine({{1, b.product(alive, p)}, {-(i64{1} << frac_d), labels}}, 0);
}

}  // namespace

const LossRules kCrossEntropy{Loss::cross_entropy, check,       label_columns,
                              check_labels,        label_bound, delta};

}  // namespace pedigree::op
