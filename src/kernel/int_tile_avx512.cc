#include "kernel/int_tile.h"

#ifdef __x86_64__
#include "base/intrinsics.h"

#define PEDIGREE_TARGET PEDIGREE_AVX512
#define PEDIGREE_LANE static PEDIGREE_AVX512 PEDIGREE_INLINE

namespace pedigree {

namespace {

struct Lanes {
  using V = __m512i;
  static constexpr std::size_t kCount = 16;

  PEDIGREE_LANE V zero() { return _mm512_setzero_si512(); }
  PEDIGREE_LANE V load(const i16* p) { return _mm512_loadu_si512(p); }
  PEDIGREE_LANE void store(i32* p, V a) { _mm512_storeu_si512(p, a); }
  PEDIGREE_LANE V everywhere(const i16* pair) {
    i32 both;
    __builtin_memcpy(&both, pair, sizeof both);
    return _mm512_set1_epi32(both);
  }
  PEDIGREE_LANE V add_pairs(V sum, V a, V b) {
    return _mm512_add_epi32(sum, _mm512_madd_epi16(a, b));
  }
};

constexpr std::size_t kRows = 12;

#include "kernel/int_tile.inc"

}  // namespace

const IntTile& int_tile_avx512() noexcept { return kTile; }

}  // namespace pedigree
#endif
