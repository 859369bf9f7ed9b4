#include "hash/keccak_lanes.h"

#ifdef __x86_64__
#include <utility>

#include "base/intrinsics.h"

#define PEDIGREE_TARGET PEDIGREE_AVX512
#define PEDIGREE_LANE static PEDIGREE_AVX512 PEDIGREE_INLINE

namespace pedigree::keccak_lanes {

namespace {

struct Lanes {
  using V = __m512i;
  static constexpr int kCount = 8;

  PEDIGREE_LANE V zero() { return _mm512_setzero_si512(); }
  PEDIGREE_LANE V splat(u64 x) { return _mm512_set1_epi64(static_cast<i64>(x)); }
  PEDIGREE_LANE V bit_xor(V a, V b) { return _mm512_xor_si512(a, b); }
  PEDIGREE_LANE V xor3(V a, V b, V c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }
  PEDIGREE_LANE V chi(V a, V b, V c) { return _mm512_ternarylogic_epi64(a, b, c, 0xd2); }
  template <int n>
  PEDIGREE_LANE V rotate(V a) {
    return _mm512_rol_epi64(a, n);
  }

  // The 8 x 8 transpose in three steps: pairs of words, then pairs of 128 bits, then halves.
  PEDIGREE_LANE void load_words(const u8* p, std::size_t stride, std::size_t count, V* out) {
    V row[8], pair[8], quad[8];
    const __mmask8 there = static_cast<__mmask8>((1u << count) - 1);
    for (int i = 0; i < 8; ++i) row[i] = _mm512_maskz_loadu_epi64(there, p + i * stride);
    for (int i = 0; i < 8; i += 2) {
      pair[i] = _mm512_unpacklo_epi64(row[i], row[i + 1]);
      pair[i + 1] = _mm512_unpackhi_epi64(row[i], row[i + 1]);
    }
    for (int i = 0; i < 2; ++i)
      for (int half = 0; half < 8; half += 4) {
        quad[half + i] = _mm512_shuffle_i64x2(pair[half + i], pair[half + i + 2], 0x88);
        quad[half + i + 2] = _mm512_shuffle_i64x2(pair[half + i], pair[half + i + 2], 0xdd);
      }
    for (int i = 0; i < 4; ++i) {
      out[i] = _mm512_shuffle_i64x2(quad[i], quad[i + 4], 0x88);
      out[i + 4] = _mm512_shuffle_i64x2(quad[i], quad[i + 4], 0xdd);
    }
  }
  PEDIGREE_LANE V byte_on(V a, V b) {
    return _mm512_or_si512(_mm512_slli_epi64(b, 8), _mm512_srli_epi64(a, 56));
  }
  PEDIGREE_LANE V load_word(const u8* p, std::size_t stride) {
    u64 word[8];
    for (int i = 0; i < 8; ++i) __builtin_memcpy(&word[i], p + i * stride, 8);
    return _mm512_loadu_si512(word);
  }

  PEDIGREE_LANE void store_digests(const V* state, Digest* out) {
    const V low = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11),
            high = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    for (int odd = 0; odd < 2; ++odd) {
      const V front = odd ? _mm512_unpackhi_epi64(state[0], state[1])
                          : _mm512_unpacklo_epi64(state[0], state[1]);
      const V back = odd ? _mm512_unpackhi_epi64(state[2], state[3])
                         : _mm512_unpacklo_epi64(state[2], state[3]);
      store_pair(_mm512_permutex2var_epi64(front, low, back), out + odd, out + odd + 2);
      store_pair(_mm512_permutex2var_epi64(front, high, back), out + odd + 4, out + odd + 6);
    }
  }
  PEDIGREE_LANE void store_pair(V digests, Digest* a, Digest* b) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(a->bytes), _mm512_castsi512_si256(digests));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(b->bytes),
                        _mm512_extracti64x4_epi64(digests, 1));
  }
};

#include "hash/keccak_whole_rounds.inc"
// After it, as it takes permute from there.
#include "hash/keccak_lanes.inc"

}  // namespace

void hash_avx512(const Messages& messages, std::size_t first, Digest* out) noexcept {
  hash(messages, first, out);
}

}  // namespace pedigree::keccak_lanes
#endif
