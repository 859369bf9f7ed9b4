// The prover's side of a matrix of cells in a claim.
#pragma once

#include "claim/cells.h"
#include "proof/prove.h"

namespace pedigree {

// What a statement says of these cells; the digest of hashed ones is still missing.
CellsStatement state_cells(Visibility visibility, std::span<const i32> cells, Arena& arena);

// A fresh salt, and the digest under it; nothing unless the matrix is hashed.
Salt hash_cells(CellsStatement& m, u32 columns, std::span<const i32> cells);

// The pad of a hashed matrix into its tensor.
void place_salt(const CellsStatement& m, TensorId tensor, const Salt& salt, TraceSinks& sinks);

}  // namespace pedigree
