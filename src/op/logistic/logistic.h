// Logistic loss: one score, p = SIGMOID[q], delta = p - y 2^fD in live slots. Labels: one bit.
#pragma once

#include "op/op.h"
