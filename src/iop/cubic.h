// The prover's sumcheck of degree 3 (iop/sumcheck.h): the mean over the cube of sum over terms of e x y.
//
// Terms may have different numbers of variables; shorter ones join late. Tables are used up: each ends as one value, that
// of its multilinear extension at the challenges of its own variables.
#pragma once

#include <vector>

#include "iop/masked_send.h"

namespace pedigree {

struct CubicTerm {
  std::vector<K> e, x, y;  // 2^n values each; no y: 1

  // Instead of them x and y may be over F, at (feature, position) with positions low, and e a sum of products of one weight for
  // the feature and one for the position. They become tables with the first round, which is over F but for the weights. Both may end
  // before the last features: what is missing is 0.
  struct Outer {
    std::vector<K> feature, position;
  };
  std::span<const F> base_x = {}, base_y = {};
  std::vector<Outer> outer = {};
};

// Sends the rounds, returns the point (num_vars coordinates).
std::vector<K> prove_cubic(std::span<CubicTerm> terms, u32 num_vars, MaskedSender& sender);

}  // namespace pedigree
