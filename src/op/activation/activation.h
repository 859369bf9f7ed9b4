// Activation: A = f(q) by table, from the quotient of a linear layer; the table rounds to fA fractional bits as well.
//
//   forward    (A, f') = map(q)                                   identity with fA = fQ: A = q, range-checked
//   backward   e = rescale(sum of contributions)                  to fE bits, |e| <= 2^R
//              relu, identity   D = round(e, fE - fD) * f'        f' in {0, 1}
//              tanh, gelu       D = rescale(e * f')               f' has kDerivativeBits
#pragma once

#include "op/op.h"
