#include "op/map/map.h"
#include "tensor/tables.h"

namespace pedigree::op {

namespace {

Table sized(TableKind kind, u32 log_size, u32 num_columns, u32 from, u32 to) noexcept {
  Table t;
  t.kind = kind;
  t.log_size = log_size;
  t.num_columns = num_columns;
  t.from = from;
  t.to = to;
  t.high[0] = (i64{1} << log_size) - 1;
  return t;
}

// An equal table that exists already, or `wanted` with fresh columns, which `fill` computes. `wanted` may have the bounds of its columns:
// they are those of the values.
template <class Fill>
MapTable find_or_fill(Builder& b, const Table& wanted, bool pulls_back, Fill fill) noexcept {
  Vec<Table>& tables = pulls_back ? b.program().pullback_tables : b.program().tables;
  const std::size_t before = tables.size();
  const TableId id = pulls_back ? b.pullback_table(wanted) : b.table(wanted);
  if (tables.size() == before) return {id, pulls_back};
  if (const Table* known = b.filled_before(wanted); known != nullptr) {
    tables[id] = *known;
    return {id, pulls_back};
  }
  if (!b.fills_tables() && wanted.high[1] != 0) return {id, pulls_back};
  const std::size_t rows = std::size_t{1} << wanted.log_size;
  std::span<i64> columns[2];
  for (u32 c = 1; c < wanted.num_columns; ++c)
    columns[c - 1] = {b.arena().allocate<i64>(rows), rows};
  fill(columns[0], columns[1]);
  Table& made = tables[id];
  for (u32 c = 1; c < wanted.num_columns; ++c) {
    made.values[c] = columns[c - 1].data();
    for (const i64 v : columns[c - 1]) {
      made.low[c] = v < made.low[c] ? v : made.low[c];
      made.high[c] = v > made.high[c] ? v : made.high[c];
    }
  }
  return {id, pulls_back};
}

}  // namespace

MapTable activation_table_of(Builder& b, TensorId q, Activation f, u32 range_bits, u32 frac_q,
                             u32 frac_a) noexcept {
  Table t = sized(TableKind::activation, range_bits + 1, 3, frac_q, frac_a);
  t.activation = f;
  if (f == Activation::relu) {
    t.high[1] =
        rescale((i64{1} << range_bits) - 1, static_cast<int>(frac_q) - static_cast<int>(frac_a));
    t.high[2] = 1;
  }
  return find_or_fill(b, t, b.pulls_back(q, t.log_size),
                      [&](std::span<i64> value, std::span<i64> derivative) noexcept {
                        activation_table(f, range_bits, frac_q, frac_a, value, derivative,
                                         kDerivativeBits);
                      });
}

MapTable round_table_of(Builder& b, TensorId q, u32 range_bits, u32 shift) noexcept {
  Table t = sized(TableKind::round, range_bits + 1, 2, shift, 0);
  t.low[1] = rescale(-(i64{1} << range_bits), static_cast<int>(shift));
  t.high[1] = rescale((i64{1} << range_bits) - 1, static_cast<int>(shift));
  return find_or_fill(b, t, b.pulls_back(q, t.log_size),
                      [&](std::span<i64> value, std::span<i64>) noexcept {
                        round_table(range_bits, shift, value);
                      });
}

MapTable exponential_table_of(Builder& b, u32 range_bits, u32 frac_q, u32 exp_bits) noexcept {
  Table t = sized(TableKind::exponential, range_bits + 1, 3, frac_q, exp_bits);
  t.high[1] = i64{1} << exp_bits;  // of row 0; the others are smaller
  t.high[2] = 1;
  return find_or_fill(b, t, false, [&](std::span<i64> value, std::span<i64> top) noexcept {
    exp_table(range_bits, frac_q, exp_bits, value);
    for (i64& x : top) x = 0;
    top[0] = 1;
  });
}

MapTable sigmoid_table_of(Builder& b, u32 range_bits, u32 frac_q, u32 frac_d) noexcept {
  return find_or_fill(b, sized(TableKind::sigmoid, range_bits + 1, 2, frac_q, frac_d), false,
                      [&](std::span<i64> value, std::span<i64>) noexcept {
                        sigmoid_table(range_bits, frac_q, frac_d, value);
                      });
}

Mapped map(Builder& b, TensorId q, MapTable table, i64 offset) noexcept {
  const TensorId index = b.affine({{1, q}}, offset);
  if (table.pulls_back) {
    const Pullback pulled = b.pullback(table.id, index);
    return {pulled.columns[0], pulled.columns[1]};
  }
  const Table t = b.program().tables[table.id];
  const Tensor from = b.tensor(q);
  TensorId out[2] = {};
  for (u32 c = 1; c < t.num_columns; ++c) {
    out[c - 1] = b.committed(Advice::table, from.domain, from.features, index, 0, table.id, c,
                             column_bound(t, c));
  }
  if (t.num_columns == 3)
    b.lookup(table.id, {index, out[0], out[1]});
  else
    b.lookup(table.id, {index, out[0]});
  return {out[0], out[1]};
}

}  // namespace pedigree::op
