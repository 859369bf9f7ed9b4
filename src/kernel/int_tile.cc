#include "kernel/int_tile.h"

#include "kernel/instruction_set.h"

namespace pedigree {

const IntTile* int_tile() noexcept {
#ifdef __x86_64__
  if (instruction_set() == InstructionSet::avx512) return &int_tile_avx512();
  if (instruction_set() == InstructionSet::avx2) return &int_tile_avx2();
#endif
  return nullptr;
}

}  // namespace pedigree
