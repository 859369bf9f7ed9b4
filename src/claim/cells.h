// A matrix of integers in the statement of a claim, samples by columns: hidden, hashed, or shown (docs/claims.md 3).
#pragma once

#include "claim/weights.h"

namespace pedigree {

inline constexpr u32 kMaxClaimSamples = 1u << 16, kMaxShownCells = 1u << 22;

struct CellsStatement {
  Visibility visibility = Visibility::hidden;
  Digest digest;   // hashed; zero otherwise
  Vec<i32> cells;  // shown, sample by sample; empty otherwise
};

template <class Io, class M>
void visit_cells(Io& io, M& m) noexcept {
  io("visibility", m.visibility);
  io("digest", m.digest);
  io.list("cells", m.cells, kMaxShownCells,
          [](auto& inner, auto& cell) noexcept { inner("cell", cell); });
}

// Of `cells` numbers below `limit` in magnitude. Refuses statement_range, statement_canonical.
Result<void> check_cells(const CellsStatement& m, u64 cells, u64 limit, u64 index) noexcept;

// The show of a matrix that is not hidden; `tensor` is a tensor over samples. A hashed one takes three cells of the program for
// its pad.
Show show_cells(const CellsStatement& m, TensorId tensor, Builder& builder) noexcept;

}  // namespace pedigree
