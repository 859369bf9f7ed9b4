// Softmax and cross-entropy in integers, scores q with fQ fractional bits, C classes, E = exp_bits.
//
//   m = max_j q_j     i_j = m - q_j     e_j = EXP[i_j]     S = sum_j e_j
//   p_j = floor((e_j 2^(fD+1) + S) / (2 S))                delta_j = p_j - y_j 2^fD
//
// forced by
//   (i_j, e_j, h_j) in EXP, h_j = 1 exactly where i_j = 0        so every q_j <= m
//   sum_j h_j - 1 >= 0                                           so some q_j = m
//   t_j = e_j 2^(fD+1) + S - 2 p_j S,  0 <= t_j < 2 S            so p_j is the rounded quotient; p_j < 2^(fD+1)
// Padded classes have q = 0 and no part in m, S, h or delta (their own e, p are forced like any other cell).
// Labels: C columns of bits, exactly one of them 1 in each record.
#pragma once

#include "op/op.h"
