#include "op/rescale/rescale.h"
#include "op/sign/sign.h"

namespace pedigree::op {

namespace {

// The largest magnitude of rescale(q, shift), |q| <= 2^range_bits, is 2^this.
u32 rounded_bits(u32 range_bits, u32 shift) noexcept {
  return shift < range_bits ? range_bits - shift : 0;
}

}  // namespace

Sign sign(Builder& b, TensorId q, u32 range_bits) noexcept {
  const Tensor from = b.tensor(q);
  Sign s;
  s.positive = b.committed(Advice::positive, from.domain, from.features, q, 0, 0, 0, u128{1});
  b.range_check(s.positive, 1);
  s.part = b.product(s.positive, q);
  b.range_check(b.affine({{2, s.part}, {-1, q}, {-1, s.positive}}, 0), range_bits + 1);
  return s;
}

TensorId round_part(Builder& b, TensorId part, u32 range_bits, u32 shift) noexcept {
  const u32 bits = rounded_bits(range_bits, shift);
  const TensorId rounded = rescale(b, part, shift, bits);
  b.range_check(rounded, bits + 1);
  return rounded;
}

TensorId round_signed(Builder& b, TensorId q, u32 range_bits, u32 shift) noexcept {
  const u32 bits = rounded_bits(range_bits, shift);
  const TensorId rounded = rescale(b, q, shift, bits);
  b.range_check(b.affine({{1, rounded}}, i64{1} << bits), bits + 2);
  return rounded;
}

}  // namespace pedigree::op
