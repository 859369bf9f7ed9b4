// What statements say, in the terms of the C interface: parts that runs and claims share.
#pragma once

#include <pedigree/verify.h>

#include "claim/cells.h"

namespace pedigree {

pedigree_text describe(const Vec<u8>& text) noexcept;
pedigree_digest describe(const Digest& digest) noexcept;
pedigree_dataset describe(const Manifest& manifest, Arena& arena) noexcept;
void describe(const Beacon& beacon, pedigree_claim& claim) noexcept;
pedigree_cells describe(const CellsStatement& m, u32 samples, u32 columns, u32 frac) noexcept;
// As the datasets of a claim, which the caller may go on to complete; identities where they are known, else none.
pedigree_dataset* describe(std::span<const Manifest> manifests, std::span<const Digest> identities,
                           pedigree_claim& claim, Arena& arena) noexcept;

}  // namespace pedigree
