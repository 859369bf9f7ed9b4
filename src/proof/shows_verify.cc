#include "proof/shows_protocol.h"

namespace pedigree {

K cells_at(std::span<const i32> cells, u32 features, std::span<const K> feature_point,
           std::span<const K> sample_point, Arena& arena) noexcept {
  const std::size_t mark = arena.mark(), width = std::size_t{1} << feature_point.size(),
                    height = std::size_t{1} << sample_point.size();
  K* at_feature = arena.allocate<K>(width);
  K* at_sample = arena.allocate<K>(height);
  eq_fill(feature_point, K(kOne), {at_feature, width});
  eq_fill(sample_point, K(kOne), {at_sample, height});
  KSum sum;
  for (std::size_t n = 0; n * features < cells.size(); ++n) {
    KSum row;
    for (std::size_t f = 0; f < features; ++f)
      row.add_product(F::from_int(cells[n * features + f]), at_feature[f]);
    sum.add_product(at_sample[n], row.value());
  }
  arena.release(mark);
  return sum.value();
}

K matrix_at(std::span<const u32> matrix, u32 columns, std::span<const K> row_point,
            std::span<const K> column_point, Arena& arena) noexcept {
  const std::size_t mark = arena.mark(), height = std::size_t{1} << row_point.size(),
                    width = std::size_t{1} << column_point.size();
  K* at_row = arena.allocate<K>(height);
  K* at_column = arena.allocate<K>(width);
  eq_fill(row_point, K(kOne), {at_row, height});
  eq_fill(column_point, K(kOne), {at_column, width});
  KSum sum;
  for (std::size_t i = 0; i * columns < matrix.size(); ++i) {
    KSum row;
    for (std::size_t j = 0; j < columns; ++j)
      row.add_product(F(matrix[i * columns + j]), at_column[j]);
    sum.add_product(at_row[i], row.value());
  }
  arena.release(mark);
  return sum.value();
}

}  // namespace pedigree
