// Tables that define the non-linear functions: integer arithmetic only, the same bits on every
// machine.
//
// A table over a quotient q in [-2^R, 2^R), R = range_bits, has 2^(R+1) entries; entry i belongs to
// q = i - 2^R and q stands for the number x = q * 2^-frac_q. All rounding is floor(v + 1/2) unless
// said otherwise.
//
// The one transcendental piece is the negative exponential in 62-bit fixed point. For n >= 0 and 0
// <= f <= 24:
//
//   EXP62(n, f):  p := 2^62
//                 for each bit k of n, from the lowest up, that is set:
//                   p := floor(p * C[k - f] / 2^62)
//                 C[j] = round(2^62 exp(-2^j)) for -24 <= j <= 5, C[j] = 0 for j > 5
//
// so that EXP62(n, f) is close to 2^62 exp(-n 2^-f), and EXP62(0, f) = 2^62 exactly.
// docs/arithmetic.md has the constants and sample values.
//
//   source  docs/arithmetic.md section 2
#pragma once

#include "model/model.h"

namespace pedigree {

inline constexpr u32 kMaxTableFrac = 24;  // largest frac_q of a transcendental table

// EXP62(n, f) above; f <= kMaxTableFrac.
u64 exp62(u64 n, u32 f) noexcept;

// q/2^shift rounded half up: floor((q + 2^(shift-1)) / 2^shift); shift 0 is the identity, a
// negative one shifts left.
i64 rescale(i64 q, int shift) noexcept;

// value[i] = f(x) with frac_a fractional bits, derivative[i] = f'(x); both of 2^(R+1) entries, f(0)
// = 0.
//   identity   value rescale(q, frac_q - frac_a),          derivative 1
//   relu       value rescale(max(q, 0), frac_q - frac_a),  derivative 1 for q > 0, else 0
//   tanh       e = EXP62(2|q|, frac_q), t = floor(2^62 (2^62 - e) / (2^62 + e));
//              value sign(q) rescale(t, 62 - frac_a);
//              derivative rescale(2^62 - floor(t^2 / 2^62), 62 - derivative_bits)
//   gelu       x sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)), in the steps written at gelu_entry
// Derivatives of identity and relu are 0 or 1; those of tanh and gelu have `derivative_bits`
// fractional bits.
void activation_table(Activation activation, u32 range_bits, u32 frac_q, u32 frac_a,
                      std::span<i64> value, std::span<i64> derivative,
                      u32 derivative_bits) noexcept;

// out[i] = rescale(q, shift).
void round_table(u32 range_bits, u32 shift, std::span<i64> out) noexcept;

// out[i] = rescale(EXP62(i, frac_q), 62 - exp_bits) for i in [0, 2^(R+1)): the index is a
// difference, not a quotient. out[0] = 2^exp_bits.
void exp_table(u32 range_bits, u32 frac_q, u32 exp_bits, std::span<i64> out) noexcept;

// For q >= 0, e = EXP62(q, frac_q), b = 2^62 + e:  out = floor((2^(63 + frac_d) + b) / (2 b));
// out(-q) = 2^frac_d - out(q).
void sigmoid_table(u32 range_bits, u32 frac_q, u32 frac_d, std::span<i64> out) noexcept;

}  // namespace pedigree
