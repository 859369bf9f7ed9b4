// Proves origins (claim/origins/origins.h).
#pragma once

#include "claim/cells_prove.h"
#include "claim/claim_prove.h"
#include "claim/origins/origins.h"
#include "claim/rows.h"

namespace pedigree {

// Records by features, record by record.
struct OriginsInput {
  std::span<const Manifest> datasets;  // of the run
  std::vector<OpenableRoot*> roots;    // theirs
  Rows records;
  Visibility show = Visibility::hashed;
  std::vector<RowHit> hits;
  Context context;
};
struct Origins {
  Proof proof;
  Salt salt;  // where hashed: for who is to check the records
};
// Throws std::runtime_error as `prove` does, and where a row is neither a hit nor apart from all records.
Origins prove_origins(const OriginsInput& input, const ProveOptions& options);

// The proof of a whole statement on these records.
Proof prove_origins_statement(const std::vector<OpenableRoot*>& roots,
                              const OriginsStatement& statement, const Rows& records,
                              const Salt& salt, const ProveOptions& options);

}  // namespace pedigree
