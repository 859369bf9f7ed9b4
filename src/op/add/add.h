// Add: the exact sum of two activation values at the finer of their fractions; nothing is rounded or committed.
//
//   forward    A = 2^(f - f1) A1 + 2^(f - f2) A2,  f = max(f1, f2)
//   backward   both inputs receive the layer's contributions as they are
#pragma once

#include "op/op.h"
