// Rescale: the only place, besides tables and division, where a number is rounded.
//
//   takes   z  exact integers, |z| < 2^62
//   gives   q = floor((z + 2^(s-1)) / 2^s)                       committed
//   forces  r = z + 2^(s-1) - 2^s q  in [0, 2^s)                 r is virtual: one range lookup, or limbs
//
// One q satisfies the range for each z once |z| and 2^s |q| stay below 2^62, so that the equation holds over the integers.
// The range of q is the CALLER'S DEBT: without it q could be a fraction modulo p. Every caller makes q the index of a
// table or range-checks it, and states the bound that follows; the no-wrap check uses it, and afterwards the smaller of
// it and |z| / 2^s + 1.
#pragma once

#include "tensor/program.h"

namespace pedigree::op {

// s >= 1; the caller shows |q| <= 2^bound_bits.
TensorId rescale(Builder& b, TensorId z, u32 s, u32 bound_bits) noexcept;

}  // namespace pedigree::op
