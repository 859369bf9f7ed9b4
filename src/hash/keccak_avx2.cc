#include "hash/keccak_lanes.h"

#ifdef __x86_64__
#include <utility>

#include "base/intrinsics.h"

#define PEDIGREE_TARGET PEDIGREE_AVX2
#define PEDIGREE_LANE static PEDIGREE_AVX2 PEDIGREE_INLINE

namespace pedigree::keccak_lanes {

namespace {

struct Lanes {
  using V = __m256i;
  static constexpr int kCount = 4;

  PEDIGREE_LANE V zero() { return _mm256_setzero_si256(); }
  PEDIGREE_LANE V splat(u64 x) { return _mm256_set1_epi64x(static_cast<i64>(x)); }
  PEDIGREE_LANE V bit_xor(V a, V b) { return _mm256_xor_si256(a, b); }
  PEDIGREE_LANE V xor3(V a, V b, V c) { return _mm256_xor_si256(a, _mm256_xor_si256(b, c)); }
  PEDIGREE_LANE V chi(V a, V b, V c) { return _mm256_xor_si256(a, _mm256_andnot_si256(b, c)); }
  template <int n>
  PEDIGREE_LANE V rotate(V a) {
    if constexpr (n == 0) return a;
    if constexpr (n % 8 == 0) return _mm256_shuffle_epi8(a, rotation_by_bytes(n / 8));
    return _mm256_or_si256(_mm256_slli_epi64(a, n), _mm256_srli_epi64(a, 64 - n));
  }

  PEDIGREE_LANE void load_words(const u8* p, std::size_t stride, V* out) {
    V row[4];
    for (int i = 0; i < 4; ++i)
      row[i] = _mm256_loadu_si256(reinterpret_cast<const V*>(p + i * stride));
    transpose(row, out);
  }
  PEDIGREE_LANE V load_word(const u8* p, std::size_t stride) {
    u64 word[4];
    for (int i = 0; i < 4; ++i) __builtin_memcpy(&word[i], p + i * stride, 8);
    return _mm256_loadu_si256(reinterpret_cast<const V*>(word));
  }
  PEDIGREE_LANE void store_digests(const V* state, Digest* out) {
    V digest[4];
    transpose(state, digest);
    for (int i = 0; i < 4; ++i) _mm256_storeu_si256(reinterpret_cast<V*>(out[i].bytes), digest[i]);
  }

 private:
  PEDIGREE_LANE V rotation_by_bytes(int n) {
    char at[32];
    for (int i = 0; i < 32; ++i) at[i] = static_cast<char>((i & 8) | ((i - n) & 7));
    return _mm256_loadu_si256(reinterpret_cast<const V*>(at));
  }
  PEDIGREE_LANE void transpose(const V* row, V* out) {
    const V a = _mm256_unpacklo_epi64(row[0], row[1]), b = _mm256_unpackhi_epi64(row[0], row[1]);
    const V c = _mm256_unpacklo_epi64(row[2], row[3]), d = _mm256_unpackhi_epi64(row[2], row[3]);
    out[0] = _mm256_permute2x128_si256(a, c, 0x20);
    out[1] = _mm256_permute2x128_si256(b, d, 0x20);
    out[2] = _mm256_permute2x128_si256(a, c, 0x31);
    out[3] = _mm256_permute2x128_si256(b, d, 0x31);
  }
};

#include "hash/keccak_lanes.inc"

}  // namespace

void hash_avx2(const Messages& messages, std::size_t first, Digest* out) noexcept {
  hash(messages, first, out);
}

}  // namespace pedigree::keccak_lanes
#endif
