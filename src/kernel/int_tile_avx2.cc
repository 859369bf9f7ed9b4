#include "kernel/int_tile.h"

#ifdef __x86_64__
#include "base/intrinsics.h"

#define PEDIGREE_TARGET PEDIGREE_AVX2
#define PEDIGREE_LANE static PEDIGREE_AVX2 PEDIGREE_INLINE

namespace pedigree {

namespace {

struct Lanes {
  using V = __m256i;
  static constexpr std::size_t kCount = 8;

  PEDIGREE_LANE V zero() { return _mm256_setzero_si256(); }
  PEDIGREE_LANE V load(const i16* p) { return _mm256_loadu_si256(reinterpret_cast<const V*>(p)); }
  PEDIGREE_LANE void store(i32* p, V a) { _mm256_storeu_si256(reinterpret_cast<V*>(p), a); }
  PEDIGREE_LANE V everywhere(const i16* pair) {
    i32 both;
    __builtin_memcpy(&both, pair, sizeof both);
    return _mm256_set1_epi32(both);
  }
  PEDIGREE_LANE V add_pairs(V sum, V a, V b) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
  }
};

constexpr std::size_t kRows = 6;

#include "kernel/int_tile.inc"

}  // namespace

const IntTile& int_tile_avx2() noexcept { return kTile; }

}  // namespace pedigree
#endif
