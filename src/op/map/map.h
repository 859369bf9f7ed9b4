// Map: a function of one integer, given by a public table.
//
//   takes   q  in [-2^R, 2^R)
//   gives   v_1 = table[q + 2^R][1], v_2 = table[q + 2^R][2]     committed
//   forces  (q + 2^R, v_1, v_2) is a row of the table            one lookup by fingerprint; it bounds q as well
#pragma once

#include "tensor/program.h"

namespace pedigree::op {

struct Mapped {
  TensorId value = 0;
  TensorId derivative = 0;  // second column, where the table has one
};

Mapped map(Builder& b, TensorId q, TableId table, i64 offset) noexcept;

// Tables of 2^(range_bits + 1) rows.
TableId activation_table_of(Builder& b, Activation f, u32 range_bits, u32 frac_q,
                            u32 frac_a) noexcept;
TableId round_table_of(Builder& b, u32 range_bits, u32 shift) noexcept;
TableId exponential_table_of(Builder& b, u32 range_bits, u32 frac_q, u32 exp_bits) noexcept;
TableId sigmoid_table_of(Builder& b, u32 range_bits, u32 frac_q, u32 frac_d) noexcept;

// Fractional bits of the derivative of tanh and gelu.
inline constexpr u32 kDerivativeBits = 8;

}  // namespace pedigree::op
