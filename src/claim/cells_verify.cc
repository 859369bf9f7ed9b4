#include "claim/cells.h"

namespace pedigree {

Result<void> check_cells(const CellsStatement& m, u64 cells, u64 limit, u64 index) noexcept {
  PEDIGREE_CHECK(statement_range, m.visibility <= Visibility::shown, index);
  PEDIGREE_CHECK(statement_canonical, m.visibility == Visibility::hashed || m.digest == Digest(),
                 index);
  const u64 stated = m.visibility == Visibility::shown ? cells : 0;
  PEDIGREE_CHECK(statement_range, m.cells.size() == stated, index);
  for (const i32 cell : m.cells) {
    const u64 size = cell < 0 ? u64{0} - static_cast<u64>(i64{cell}) : static_cast<u64>(cell);
    PEDIGREE_CHECK(statement_range, size < limit, index);
  }
  return {};
}

Show show_cells(const CellsStatement& m, TensorId tensor, Builder& builder) noexcept {
  Show show;
  show.tensor = tensor;
  if (m.visibility == Visibility::hashed) {
    show.kind = Show::Kind::hashed;
    show.salt = builder.cells(kDegree);
  } else {
    show.cells = m.cells.span();
  }
  return show;
}

}  // namespace pedigree
