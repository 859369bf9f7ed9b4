// Origins: which rows of a run's datasets are equal to the records of a list, and that no others are (docs/claims.md 5).
//
//   records   features only, integers as the datasets have them; hashed or shown
//   hits      (row of all datasets, record) that are equal; a row that equals any record of the list is among them. Of records
//             that are equal to each other a hit may name any
//
// The program: the datasets, the records in the segment's root with their range, a pad where they are hashed, the cofactors of
// the two sides. What is stated is that the rows which are no hits have none in common with the records (proof/apart.h), and
// that the hits are equal.
#pragma once

#include "claim/cells.h"
#include "claim/claim.h"

namespace pedigree {

inline constexpr u32 kMaxHits = 4096;

struct OriginsStatement {
  ClaimKind kind = ClaimKind::origins;
  u32 arithmetic = kArithmeticVersion;
  Profile profile = Profile::fast;
  Vec<Manifest> datasets;
  u32 samples = 0;
  CellsStatement records;
  Vec<RowHit> hits;
  Context context;

  u32 features() const noexcept { return datasets.empty() ? 0 : datasets[0].features; }
  u32 input_bits() const noexcept {
    u32 bits = 0;
    for (const Manifest& m : datasets) bits = m.input_bits > bits ? m.input_bits : bits;
    return bits;
  }
};

template <class Io, class S>
void visit_origins(Io& io, S& s) noexcept {
  io("kind", s.kind);
  io("arithmetic", s.arithmetic);
  io("profile", s.profile);
  io.list("datasets", s.datasets, kMaxDatasets,
          [](auto& inner, auto& manifest) noexcept { visit_manifest(inner, manifest); });
  io("records", s.samples);
  visit_cells(io, s.records);
  io.list("hits", s.hits, kMaxHits, [](auto& inner, auto& hit) noexcept {
    inner("row", hit.row);
    inner("record", hit.position);
  });
  visit_context(io, s.context);
}

// The tensors of such a claim, for who fills them.
struct CompiledOrigins {
  Compiled file;
  TensorId records = 0;
  TensorId salt = 0;  // where hashed
};
Result<CompiledOrigins> compile_origins(const OriginsStatement& s, Arena& arena) noexcept;

extern const ClaimRules kOrigins;

}  // namespace pedigree
