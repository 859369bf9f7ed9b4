// The seeded start: every weight is a public integer.
//
// Parameter tensors are counted in program order: the j-th linear layer that owns its parameters
// has W as tensor 2j and b as tensor 2j + 1. Biases start at zero. Entry (i, j) of W, i the input,
// j the output, is number w = i * out + j:
//
//   u     = word (w mod 8) of Keccak256("pedigree start v1" || seed || p || w / 8)
//   entry = floor(u * 2b / 2^32) - b                                                  in [-b, b)
//   b     = isqrt(floor(c * 4^frac_w / in))        c = 6, for the last layer 3
//
// Numbers are hashed as u64, little endian; words have 32 bits, little endian.
//
//   source  docs/arithmetic.md section 4; sample values in section 11
#pragma once

#include "model/model.h"

namespace pedigree {

inline constexpr u32 kMaxStartFrac = 56;  // largest frac_w, so that c * 4^frac_w fits in 128 bits

// floor(sqrt(n)).
u64 integer_sqrt(u128 n) noexcept;

// The integer b above; frac_w <= kMaxStartFrac, fan_in >= 1.
i64 start_range(bool last, u32 frac_w, u32 fan_in) noexcept;

// out[w - first] = entry number w of parameter tensor p, from `first` on, a multiple of kStartWords: the whole tensor has fan_in *
// fan_out.
inline constexpr u32 kStartWords = 8;  // of a digest
void seeded_start(u64 seed, u32 parameter, i64 range, std::span<i64> out, u64 first = 0) noexcept;

}  // namespace pedigree
