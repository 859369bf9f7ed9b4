// Map: a function of one integer, given by a public table.
//
//   takes   q  in [-2^R, 2^R)
//   gives   v_1 = table[q + 2^R][1], v_2 = table[q + 2^R][2]     committed, or pullbacks where the tensor is long
//   forces  (q + 2^R, v_1, v_2) is a row of the table            one lookup by fingerprint; it bounds q as well
#pragma once

#include "tensor/program.h"

namespace pedigree::op {

struct Mapped {
  TensorId value = 0;
  TensorId derivative = 0;  // second column, where the table has one
};

// A table of the program: of its lookups, or of its pullbacks.
struct MapTable {
  TableId id = 0;
  bool pulls_back = false;
};

Mapped map(Builder& b, TensorId q, MapTable table, i64 offset) noexcept;

// Tables of 2^(range_bits + 1) rows; the first two as maps of q want them.
MapTable activation_table_of(Builder& b, TensorId q, Activation f, u32 range_bits, u32 frac_q,
                             u32 frac_a) noexcept;
MapTable round_table_of(Builder& b, TensorId q, u32 range_bits, u32 shift) noexcept;
MapTable exponential_table_of(Builder& b, u32 range_bits, u32 frac_q, u32 exp_bits) noexcept;
MapTable sigmoid_table_of(Builder& b, u32 range_bits, u32 frac_q, u32 frac_d) noexcept;

// Fractional bits of the derivative of tanh and gelu.
inline constexpr u32 kDerivativeBits = 8;

}  // namespace pedigree::op
