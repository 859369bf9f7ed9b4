#include "tensor/tables.h"

namespace pedigree {

namespace {

constexpr u64 kOne62 = u64{1} << 62;

// C[j] = round(2^62 exp(-2^j)), j = -24 .. 5.
constexpr int kLowestPower = -24;
constexpr u64 kExpPowers[30] = {
    0x3fffffc000002000, 0x3fffff8000008000, 0x3fffff0000020000, 0x3ffffe0000080000,
    0x3ffffc00001fffff, 0x3ffff800007ffffb, 0x3ffff00001ffffd5, 0x3fffe00007fffeab,
    0x3fffc0001ffff555, 0x3fff80007fffaaab, 0x3fff0001fffd5558, 0x3ffe0007ffeaaad5,
    0x3ffc001fff555800, 0x3ff8007ffaaad554, 0x3ff001ffd557ffde, 0x3fe007feaad55111,
    0x3fc01ff557ff778e, 0x3f807faad54449f3, 0x3f01fd57fddf4925, 0x3e07ead5116baf23,
    0x3c1f57f78e05479d, 0x387ad449db04430f, 0x31d7df3d590415d1, 0x26d165f8df2c13fd,
    0x178b56362cef37c7, 0x08a95551dfc0e5d0, 0x012c155b8213cf47, 0x00057f08410409eb,
    0x00000078d56eebba, 0x000000000000e423};

constexpr u64 multiply62(u64 a, u64 b) noexcept { return static_cast<u64>((u128{a} * b) >> 62); }

// floor((v + 2^(shift-1)) / 2^shift) in 128 bits; shift >= 1.
constexpr i64 round_shift(i128 v, u32 shift) noexcept {
  return static_cast<i64>((v + (i128{1} << (shift - 1))) >> shift);
}

struct Entry {
  i64 value;
  i64 derivative;
};

// x = q 2^-frac_q, magnitudes with 24 fractional bits, |x| cut at 8 in what feeds the exponential
// (there e = 0):
//   X = min(|q| 2^(24 - frac_q), 2^27);  Y = floor(X^2 / 2^24);
//   u = floor(floor(X (2^24 + floor(750193 Y / 2^24)) / 2^24) * 26772563 / 2^24)
//                                                    2 sqrt(2/pi) (x + 0.044715 x^3)
//   e = EXP62(u, 24);  s = floor(2^124 / (2^62 + e))        sigmoid(u), 62 bits
//   s(q) = s for q >= 0, 2^62 - s for q < 0
//   value = sign(q) floor(|q| s(q) / 2^(62 + frac_q - frac_a) + 1/2)
//   d = floor((2^24 + floor(3 * 750193 Y / 2^24)) * 26772563 / 2^24)
//   v = floor(X d / 2^24)                                   x u'(x)
//   derivative = rescale(s(q) + sign(q) floor(floor(s (2^62 - s) / 2^62) v / 2^24),
//                        62 - derivative_bits)
Entry gelu_entry(i64 q, u32 frac_q, u32 frac_a, u32 derivative_bits) noexcept {
  constexpr u64 one = u64{1} << 24, cubic = 750193, slope = 26772563;
  const u64 magnitude = static_cast<u64>(q < 0 ? -q : q);
  u64 x = magnitude << (24 - frac_q);
  if (x > (u64{8} << 24)) x = u64{8} << 24;
  const u64 y = (x * x) >> 24;
  const u64 u = (((x * (one + ((cubic * y) >> 24))) >> 24) * slope) >> 24;
  const u64 e = exp62(u, 24);
  const u64 s = static_cast<u64>((u128{1} << 124) / (kOne62 + e));
  const u64 signed_s = q < 0 ? kOne62 - s : s;
  const i64 value =
      round_shift(static_cast<i128>(u128{magnitude} * signed_s), 62 + frac_q - frac_a);
  const u64 d = ((one + ((3 * cubic * y) >> 24)) * slope) >> 24;
  const u64 v = (x * d) >> 24;
  const i128 term = static_cast<i128>((u128{multiply62(s, kOne62 - s)} * v) >> 24);
  const i128 derivative = q < 0 ? i128{signed_s} - term : i128{signed_s} + term;
  return {q < 0 ? -value : value, round_shift(derivative, 62 - derivative_bits)};
}

Entry tanh_entry(i64 q, u32 frac_q, u32 frac_a, u32 derivative_bits) noexcept {
  const u64 magnitude = static_cast<u64>(q < 0 ? -q : q);
  const u64 e = exp62(2 * magnitude, frac_q);
  const u64 t = static_cast<u64>((u128{kOne62 - e} << 62) / (kOne62 + e));
  const i64 value = round_shift(t, 62 - frac_a);
  return {q < 0 ? -value : value, round_shift(kOne62 - multiply62(t, t), 62 - derivative_bits)};
}

Entry activation_entry(Activation activation, i64 q, u32 frac_q, u32 frac_a,
                       u32 derivative_bits) noexcept {
  const int shift = static_cast<int>(frac_q) - static_cast<int>(frac_a);
  switch (activation) {
    case Activation::relu:
      return {rescale(q > 0 ? q : 0, shift), q > 0};
    case Activation::tanh:
      return tanh_entry(q, frac_q, frac_a, derivative_bits);
    case Activation::gelu:
      return gelu_entry(q, frac_q, frac_a, derivative_bits);
    case Activation::identity:
      break;
  }
  return {rescale(q, shift), 1};
}

}  // namespace

u64 exp62(u64 n, u32 f) noexcept {
  u64 p = kOne62;
  for (u32 k = 0; n >> k != 0; ++k) {
    if (((n >> k) & 1) == 0) continue;
    const int power = static_cast<int>(k) - static_cast<int>(f);
    if (power > 5) return 0;
    p = multiply62(p, kExpPowers[power - kLowestPower]);
    if (k == 63) break;
  }
  return p;
}

i64 rescale(i64 q, int shift) noexcept {
  if (shift <= 0) return static_cast<i64>(static_cast<u64>(q) << -shift);
  return round_shift(q, static_cast<u32>(shift));
}

void activation_table(Activation activation, u32 range_bits, u32 frac_q, u32 frac_a,
                      std::span<i64> value, std::span<i64> derivative,
                      u32 derivative_bits) noexcept {
  const i64 half = i64{1} << range_bits;
  for (i64 q = -half; q < half; ++q) {
    const Entry entry = activation_entry(activation, q, frac_q, frac_a, derivative_bits);
    value[static_cast<std::size_t>(q + half)] = entry.value;
    derivative[static_cast<std::size_t>(q + half)] = entry.derivative;
  }
}

void round_table(u32 range_bits, u32 shift, std::span<i64> out) noexcept {
  const i64 half = i64{1} << range_bits;
  for (i64 q = -half; q < half; ++q)
    out[static_cast<std::size_t>(q + half)] = rescale(q, static_cast<int>(shift));
}

void exp_table(u32 range_bits, u32 frac_q, u32 exp_bits, std::span<i64> out) noexcept {
  // EXP62 goes through the bits from the lowest up, so the highest bit of an index is one more product. It is at most 2^62.
  out[0] = static_cast<i64>(kOne62);
  for (u32 k = 0; k <= range_bits; ++k) {
    const int power = static_cast<int>(k) - static_cast<int>(frac_q);
    const u64 half = u64{1} << k, factor = power > 5 ? 0 : kExpPowers[power - kLowestPower];
    for (u64 i = 0; i < half; ++i)
      out[half + i] = static_cast<i64>(multiply62(static_cast<u64>(out[i]), factor));
  }
  for (i64& entry : out.first(u64{2} << range_bits)) entry = round_shift(entry, 62 - exp_bits);
}

void sigmoid_table(u32 range_bits, u32 frac_q, u32 frac_d, std::span<i64> out) noexcept {
  const i64 half = i64{1} << range_bits;
  const i64 one = i64{1} << frac_d;
  for (i64 q = 0; q <= half; ++q) {
    const u128 b = kOne62 + exp62(static_cast<u64>(q), frac_q);
    const i64 s = static_cast<i64>(((u128{1} << (63 + frac_d)) + b) / (2 * b));
    if (q < half) out[static_cast<std::size_t>(half + q)] = s;
    if (q > 0) out[static_cast<std::size_t>(half - q)] = one - s;
  }
}

}  // namespace pedigree
