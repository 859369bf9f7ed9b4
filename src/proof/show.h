// What a claim says of tensors of its segment, beside its program (docs/claims.md 2.4). Each kind is one function on each side:
// proof/shows_protocol.h and proof/shows_prove.cc.
//
//   stated   live cells of X over samples are in the statement
//   hashed   the digest of its live cells and of a salt is: shown is the masked value, which who has both compares
//   tally    sum over live slots n of X(., n) Y(., n): of all features together, or of each pair of columns
//              X and Y linear; E = constant + coef * the cell of `hidden`, or the matrix of all pairs
//              (s, rho) := sumcheck(2^-n_r E, n_r, 3) of [n < B] X Y;  A, D := X~, Y~ there;  s = e A D
//   apart    no row of one side equals a row of the other
//   hits     rows of datasets that equal positions of a tensor over samples
//
//   error, over |K|   stated, hashed 35     tally 34 + 3 n_r     apart: proof/apart.h     hits 34 + their number
#pragma once

#include "tensor/program.h"

namespace pedigree {

// The rows of a tensor that are no padding, but for some.
struct RowsOf {
  TensorId tensor = 0;
  std::span<const u32> left_out;  // ascending
};
struct RowHit {
  u32 row = 0;       // of all datasets, one after the other
  u32 position = 0;  // of a tensor over samples
};

struct Show {
  enum class Kind : u8 { stated, hashed, tally, apart, hits } kind = Kind::stated;
  TensorId tensor = 0;         // X
  TensorId salt = 0;           // hashed: three cells that are one element of K
  std::span<const i32> cells;  // stated: sample by sample
  // Tally.
  TensorId other = 0;  // Y
  i64 constant = 0, coef = 0;
  TensorId hidden = 0;          // with a coefficient: one cell
  bool is_matrix = false;       // X(i, .) Y(j, .) for each i, j
  std::span<const u32> matrix;  // row by row, a row for each live feature of X
  // Apart: tensors over records or samples, and cells for the cofactors U, V (proof/apart.h).
  std::span<const RowsOf> sides[2];
  TensorId u = 0, v = 0;
  // Hits: rows of datasets that X has at these positions too.
  std::span<const RowHit> hits;
};

// Rounds of a tally's sumcheck.
u32 tally_rounds(const Program& p, const Show& show) noexcept;

// What a show takes of the plan, and adds to the error terms of a proof.
struct ShowCost {
  u32 pads = 0, gates = 0, equations = 0;
  double numerator = 0;
};
ShowCost cost_of(const Program& p, const Show& show) noexcept;

}  // namespace pedigree
