// Mean squared error: delta = rescale(q - y, fQ - fD), targets y with fQ fractional bits, -2^R <= y < 2^R.
#pragma once

#include "op/op.h"
