// Sign and rounding of a quotient without a table: where a table would be longer than all that the tensor's own range
// checks take (Builder::is_short).
//
//   takes   q, of any size
//   forces  q in [-2^R, 2^R)                                     q + 2^R in [0, 2^(R+1))
//   sign    gives  beta = 1 if q > 0, else 0; beta q
//           forces beta in {0, 1}; 2 beta q - q - beta >= 0:     q - 1 where beta is 1, -q where it is 0; R + 1 bits
//   round   gives  rescale(q, s), bounded: the quotient is no fraction modulo p
//
// The values are those of the tables ACTIVATION(relu) and ROUND; what is committed differs.
#pragma once

#include "tensor/program.h"

namespace pedigree::op {

struct Sign {
  TensorId positive = 0;  // beta
  TensorId part = 0;      // beta q, a product
};

Sign sign(Builder& b, TensorId q, u32 range_bits) noexcept;

// rescale(q, shift) of q in [0, 2^range_bits), or of any q in [-2^range_bits, 2^range_bits); q itself is checked elsewhere.
TensorId round_part(Builder& b, TensorId part, u32 range_bits, u32 shift) noexcept;
TensorId round_signed(Builder& b, TensorId q, u32 range_bits, u32 shift) noexcept;

}  // namespace pedigree::op
