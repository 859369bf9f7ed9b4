#include "claim/cells_prove.h"

namespace pedigree {

CellsStatement state_cells(Visibility visibility, std::span<const i32> cells, Arena& arena) {
  CellsStatement m;
  m.visibility = visibility;
  m.cells = visibility == Visibility::shown ? Vec<i32>(arena, cells) : Vec<i32>(arena);
  return m;
}

Salt hash_cells(CellsStatement& m, u32 columns, std::span<const i32> cells) {
  if (m.visibility != Visibility::hashed) return {};
  Salt salt;
  const Randomness fresh{Digest()};
  fresh.fill("pad", std::span<K>(&salt.pad, 1));
  F words[6];
  fresh.fill("nonce", std::span<F>(words));
  salt.nonce = keccak256({reinterpret_cast<const u8*>(words), sizeof words});
  m.digest = cells_digest(salt, static_cast<u32>(cells.size() / columns), columns, cells);
  return salt;
}

void place_salt(const CellsStatement& m, TensorId tensor, const Salt& salt, TraceSinks& sinks) {
  if (m.visibility != Visibility::hashed) return;
  for (u32 l = 0; l < kDegree; ++l) sinks.cells[tensor][l] = salt.pad.c[l];
}

}  // namespace pedigree
