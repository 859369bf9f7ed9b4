// What claims say, in the terms of the C interface: parts that kinds share.
#pragma once

#include <pedigree/verify.h>

#include "claim/cells.h"

namespace pedigree {

pedigree_digest describe(const Digest& digest) noexcept;
pedigree_dataset describe(const Manifest& manifest) noexcept;
void describe(const Beacon& beacon, pedigree_claim& claim) noexcept;
pedigree_cells describe(const CellsStatement& m, u32 samples, u32 columns, u32 frac) noexcept;
// As the datasets of a claim; identities where they are known, else none.
void describe(std::span<const Manifest> manifests, std::span<const Digest> identities,
              pedigree_claim& claim, Arena& arena) noexcept;

}  // namespace pedigree
