// Proves origins (claim/origins/origins.h).
#pragma once

#include "claim/cells_prove.h"
#include "claim/claim_prove.h"
#include "claim/origins/origins.h"

namespace pedigree {

// Records by features, record by record.
struct Rows {
  u32 records = 0;
  std::span<const i32> x;
};

// All pairs of a row of the datasets, one after the other, and a record of the list that are equal, in the order of a statement.
std::vector<RowHit> find_hits(std::span<const Rows> datasets, const Rows& list);

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
