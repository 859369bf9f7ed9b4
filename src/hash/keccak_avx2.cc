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
  PEDIGREE_LANE V chi(V a, V b, V c) { return _mm256_xor_si256(a, _mm256_andnot_si256(b, c)); }
  template <int n>
  PEDIGREE_LANE V rotate(V a) {
    if constexpr (n == 0) return a;
    if constexpr (n % 8 == 0) return _mm256_shuffle_epi8(a, rotation_by_bytes(n / 8));
    return _mm256_or_si256(_mm256_slli_epi64(a, n), _mm256_srli_epi64(a, 64 - n));
  }

  PEDIGREE_LANE void load_words(const u8* p, std::size_t stride, std::size_t count, V* out) {
    if (count < 4) {
      for (std::size_t w = 0; w < count; ++w) out[w] = load_word(p + 8 * w, stride);
      return;
    }
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
  PEDIGREE_LANE V byte_on(V a, V b) {
    return _mm256_or_si256(_mm256_slli_epi64(b, 8), _mm256_srli_epi64(a, 56));
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

// Sixteen registers do not hold a state. A round goes from one block of memory to another, row by row, and the parities of the
// columns are added up while a row is in registers: a word is read once and written once.
template <std::size_t row, std::size_t... x>
PEDIGREE_TARGET PEDIGREE_INLINE void make_row(const Lanes::V* a, const Lanes::V* theta,
                                              u64 constant, Lanes::V* b, Lanes::V* parity,
                                              std::index_sequence<x...>) {
  const Lanes::V moved[] = {Lanes::rotate<kRotation[row + x]>(
      Lanes::bit_xor(a[kSource[row + x]], theta[kSource[row + x] % 5]))...};
  Lanes::V made[] = {Lanes::chi(moved[x], moved[(x + 1) % 5], moved[(x + 2) % 5])...};
  if constexpr (row == 0) made[0] = Lanes::bit_xor(made[0], Lanes::splat(constant));
  ((b[row + x] = made[x]), ...);
  ((parity[x] = row == 0 ? made[x] : Lanes::bit_xor(parity[x], made[x])), ...);
  // Else the compiler puts these sums off until all rows are made and must be read again.
  __asm__ volatile(""
                   : "+x"(parity[0]), "+x"(parity[1]), "+x"(parity[2]), "+x"(parity[3]),
                     "+x"(parity[4])::"memory");
}

PEDIGREE_TARGET PEDIGREE_INLINE void round(const Lanes::V* a, u64 constant, Lanes::V* b,
                                           Lanes::V* parity) {
  constexpr std::make_index_sequence<5> kFive;
  Lanes::V theta[5];
  for (int x = 0; x < 5; ++x)
    theta[x] = Lanes::bit_xor(parity[(x + 4) % 5], Lanes::rotate<1>(parity[(x + 1) % 5]));
  make_row<0>(a, theta, constant, b, parity, kFive);
  make_row<5>(a, theta, constant, b, parity, kFive);
  make_row<10>(a, theta, constant, b, parity, kFive);
  make_row<15>(a, theta, constant, b, parity, kFive);
  make_row<20>(a, theta, constant, b, parity, kFive);
}

PEDIGREE_TARGET static void permute(Lanes::V* state) {
  Lanes::V other[25], parity[5];
  __asm__ volatile("" ::"r"(other) : "memory");  // it lies in memory, not in spilled registers
  for (int x = 0; x < 5; ++x) {
    parity[x] = state[x];
    for (int y = 5; y < 25; y += 5) parity[x] = Lanes::bit_xor(parity[x], state[y + x]);
  }
  for (int i = 0; i < 24; i += 2) {
    round(state, kRoundConstants[i], other, parity);
    round(other, kRoundConstants[i + 1], state, parity);
  }
}

#include "hash/keccak_lanes.inc"

}  // namespace

void hash_avx2(const Messages& messages, std::size_t first, Digest* out) noexcept {
  hash(messages, first, out);
}

}  // namespace pedigree::keccak_lanes
#endif
