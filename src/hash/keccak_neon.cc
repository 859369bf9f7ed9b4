#include "hash/keccak_lanes.h"

#ifdef __aarch64__
#include <utility>

#include "base/intrinsics.h"

#define PEDIGREE_TARGET
#define PEDIGREE_LANE static PEDIGREE_INLINE

namespace pedigree::keccak_lanes {

namespace {

struct Lanes {
  using V = uint64x2_t;
  static constexpr int kCount = 2;

  PEDIGREE_LANE V zero() { return vdupq_n_u64(0); }
  PEDIGREE_LANE V splat(u64 x) { return vdupq_n_u64(x); }
  PEDIGREE_LANE V bit_xor(V a, V b) { return veorq_u64(a, b); }
  PEDIGREE_LANE V xor3(V a, V b, V c) { return veorq_u64(a, veorq_u64(b, c)); }
  PEDIGREE_LANE V chi(V a, V b, V c) { return veorq_u64(a, vbicq_u64(c, b)); }
  template <int n>
  PEDIGREE_LANE V rotate(V a) {
    if constexpr (n == 0)
      return a;
    else
      return vsriq_n_u64(vshlq_n_u64(a, n), a, 64 - n);
  }

  PEDIGREE_LANE V load_word(const u8* p, std::size_t stride) {
    u64 word[2];
    for (int i = 0; i < 2; ++i) __builtin_memcpy(&word[i], p + i * stride, 8);
    return vld1q_u64(word);
  }
  PEDIGREE_LANE void load_words(const u8* p, std::size_t stride, std::size_t count, V* out) {
    if (count < 2) {
      out[0] = load_word(p, stride);
      return;
    }
    const V a = vreinterpretq_u64_u8(vld1q_u8(p)), b = vreinterpretq_u64_u8(vld1q_u8(p + stride));
    out[0] = vtrn1q_u64(a, b);
    out[1] = vtrn2q_u64(a, b);
  }
  PEDIGREE_LANE V byte_on(V a, V b) { return vsriq_n_u64(vshlq_n_u64(b, 8), a, 56); }
  PEDIGREE_LANE void store_digests(const V* state, Digest* out) {
    for (int half = 0; half < 2; ++half) {
      const V a = state[2 * half], b = state[2 * half + 1];
      vst1q_u8(out[0].bytes + 16 * half, vreinterpretq_u8_u64(vtrn1q_u64(a, b)));
      vst1q_u8(out[1].bytes + 16 * half, vreinterpretq_u8_u64(vtrn2q_u64(a, b)));
    }
  }
};

#include "hash/keccak_whole_rounds.inc"
// After it, as it takes permute from there.
#include "hash/keccak_lanes.inc"

}  // namespace

void hash_neon(const Messages& messages, std::size_t first, Digest* out) noexcept {
  hash(messages, first, out);
}

}  // namespace pedigree::keccak_lanes
#endif
