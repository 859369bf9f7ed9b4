// Linear: q = rescale(A W + 2^fA b), W and b on the grid 2^-fW, fW = max over uses of (fA + fD) + k.
//
//   forward    z = A W_t + ones b_t      exact, fA + fW fractional bits, ones = 2^fA in live slots
//              q = rescale(z, fA + fW - fQ)
//   backward   W -= c 2^shift A^T D,  b -= c 2^shift ones^T D       shift aligns a use with a smaller fA + fD
//              the input receives D W_t^T, fD + fW fractional bits
//
// Parameters are never committed per step: contractions read them through the low-rank identity of proof/segment.h.
#pragma once

#include "op/op.h"
