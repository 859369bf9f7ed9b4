#include "proof/shows_protocol.h"

namespace pedigree {

namespace {

F field_of(i32 cell) noexcept { return F::from_int(cell); }
F field_of(u32 count) noexcept { return F(count); }

}  // namespace

template <class Cell>
K matrix_at(std::span<const Cell> matrix, u32 columns, std::span<const K> row_point,
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
      row.add_product(field_of(matrix[i * columns + j]), at_column[j]);
    sum.add_product(at_row[i], row.value());
  }
  arena.release(mark);
  return sum.value();
}

template K matrix_at(std::span<const i32>, u32, std::span<const K>, std::span<const K>,
                     Arena&) noexcept;
template K matrix_at(std::span<const u32>, u32, std::span<const K>, std::span<const K>,
                     Arena&) noexcept;

}  // namespace pedigree
