// The parameters of an exact run: integers, kept in doubles so that BLAS multiplies them, never
// rounded.
//
//   W[t+1] = W[t] - c_t u[t]
//   u[t]   = sum over j of mu_j g[t-j],   g = sum over updates of 2^shift A^T D
//   with periods (model.h): g[t-j] of this period only, and the last step t of one also subtracts
//            c_t sum over s of (sum of mu_j over j > t - s) g[s]
//
// Every matrix product is exact: before each one max_column sum|A| * max|W| < 2^52 is checked,
// which bounds all partial sums in any order of summation; where it fails W is split in two halves
// and the parts are added as integers. Where numbers are narrow and batches are not, they are multiplied as integers
// (train/int_products.h). u follows the staircase of mu: u[t] = u[t-1] + mu_0 g[t] -
// sum over drops (mu_{j-1} - mu_j) g[t-j].
//
//   source  docs/arithmetic.md sections 5 to 7
#pragma once

#include <span>
#include <vector>

#include "tensor/program.h"
#include "train/int_products.h"

namespace pedigree::train {

// Live entries [in][out] of each parameter.
using Entries = std::vector<std::vector<i64>>;

// What a run needs to go on: weights and, with momentum, the gradients that still act.
struct WeightState {
  Entries entries;
  std::vector<Entries> history;  // [parameter][age - 1]: ages 1, 2, ...
};

class ExactWeights {
 public:
  // Before step 0, from the seed.
  ExactWeights(const Program& program, const Optimiser& optimiser, u64 seed);
  // Before any step; no history where a period begins.
  ExactWeights(const Program& program, const Optimiser& optimiser, WeightState state);

  // out[j * positions + x] = sum over i of W(i, j) a[i * positions + x]; transposed: W(j, i). Rows
  // of `out` beyond the live ones are left alone. Throws Error (exit 7), naming the layer, where
  // even halves do not fit.
  void contract(ParameterId w, bool transposed, std::span<const i64> a, u32 positions,
                std::span<i64> out);

  // Adds 2^shift a d^T to the gradient of this step; a [in, positions], d [out, positions]. `factor` is that of the step: without
  // momentum it acts at once, so all products with the weights come before.
  void accumulate(const Update& update, std::span<const i64> a, std::span<const i64> d,
                  u32 positions, u32 factor);

  // Ends step t: W -= factor * u.
  void apply(u32 step, u32 factor);

  std::vector<i64> entries(ParameterId w) const;  // live, in * out
  Entries all_entries() const;
  WeightState save() const;

 private:
  struct Drop {
    u32 age;
    double weight;
  };
  struct State {
    std::vector<double> w;
    double bound = 0;                          // >= max|w|
    double tightened = 0;                      // max|w| when it was last counted
    double gradient_bound = 0;                 // >= max|g| of this step
    double response_bound = 0;                 // >= max|u|
    bool fresh = true;                         // no update of this step added yet
    std::vector<std::vector<double>> history;  // ring of gradients, the newest at at_
    std::vector<double> response;              // u, with momentum
  };

  void prepare(const Optimiser& optimiser);
  void add_parameter(const std::vector<i64>& entries);
  void pay_out(ParameterId id, u32 step, u32 factor);
  double tighten(State& s) const;
  // Entries may grow by `reach`.
  void widen(ParameterId id, double reach);
  void respond(State& s);
  // sum += factor a d^T
  void add_multiple_of_products(const Parameter& p, const Factors& of, u32 positions, double factor,
                                std::vector<double>& sum);
  [[noreturn]] void too_wide(ParameterId w) const;

  const Program& program_;
  std::vector<State> states_;
  std::vector<double> left_, right_, low_, high_;  // scratch
  std::vector<Drop> drops_;
  std::vector<double> impulse_;
  double total_weight_ = 1;
  u32 ring_ = 1, at_ = 0, period_ = 0;
};

}  // namespace pedigree::train
