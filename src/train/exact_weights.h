// The parameters of an exact run: integers, kept in doubles so that BLAS multiplies them, never
// rounded.
//
//   W[t+1] = W[t] - c_t u[t]
//   u[t]   = sum over j of mu_j g[t-j],   g = sum over updates of 2^shift A^T D
//
// Every matrix product is exact: before each one max_column sum|A| * max|W| < 2^52 is checked,
// which bounds all partial sums in any order of summation; where it fails W is split in two halves
// and the parts are added as integers. u follows the staircase of mu: u[t] = u[t-1] + mu_0 g[t] -
// sum over drops (mu_{j-1} - mu_j) g[t-j].
//
//   source  docs/arithmetic.md sections 5 to 7
#pragma once

#include <span>
#include <vector>

#include "tensor/program.h"

namespace pedigree::train {

class ExactWeights {
 public:
  ExactWeights(const Program& program, const Optimiser& optimiser, u64 seed);

  // out[j * positions + x] = sum over i of W(i, j) a[i * positions + x]; transposed: W(j, i). Rows
  // of `out` beyond the live ones are left alone. Throws Error (exit 7), naming the layer, where
  // even halves do not fit.
  void contract(ParameterId w, bool transposed, std::span<const i64> a, u32 positions,
                std::span<i64> out);

  // Adds 2^shift a d^T to the gradient of this step; a [in, positions], d [out, positions].
  void accumulate(const Update& update, std::span<const i64> a, std::span<const i64> d,
                  u32 positions);

  // Ends the step: W -= factor * u.
  void apply(u32 factor);

  std::vector<i64> entries(ParameterId w) const;  // live, in * out

 private:
  struct Drop {
    u32 age;
    double weight;
  };
  struct State {
    std::vector<double> w;
    double bound = 0;                          // >= max|w|
    double gradient_bound = 0;                 // >= max|g| of this step
    double response_bound = 0;                 // >= max|u|
    bool fresh = true;                         // no update of this step added yet
    std::vector<std::vector<double>> history;  // ring of gradients, the newest at at_
    std::vector<double> response;              // u, with momentum
  };

  double tighten(State& s) const;
  void respond(State& s);
  [[noreturn]] void too_wide(ParameterId w) const;

  const Program& program_;
  std::vector<State> states_;
  std::vector<double> left_, right_, low_, high_;  // scratch
  std::vector<Drop> drops_;
  double first_weight_ = 1, total_weight_ = 1;
  u32 ring_ = 1, at_ = 0;
};

}  // namespace pedigree::train
