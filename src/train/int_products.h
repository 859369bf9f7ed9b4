// The products of exact training in integers of 16 bits, which take a third of the time that they take in doubles (train/blas.h).
//
// Weights are split into two limbs of at most 15 bits and a sign, 2^h high + low. Sums have 32 bits: before each product
// max_column sum|a| * max|limb| < 2^31 is checked, which bounds all partial sums.
#pragma once

#include <span>

#include "base/types.h"

namespace pedigree::train {

// With thinner batches splitting the weights takes longer than the products; fewer features leave most of a tile empty.
inline constexpr u32 kLeastPositions = 48, kLeastFeatures = 16;

// Matrices of weights [in][out], row-major, whole numbers.
struct WeightShape {
  u32 in, out;
};

// Whether a product of such a shape may be done here: the batch is not too thin to pay, and the machine has a kernel.
bool integers_pay(WeightShape shape, u32 positions);

// result[j * positions + x] = sum over i of w(i, j) a[i * positions + x]; transposed: w(j, i). `bound` is at least max|w|. False, and
// nothing is done, where numbers are too wide or integers do not pay.
bool multiply_weights(const double* w, WeightShape shape, double bound, bool transposed,
                      std::span<const i64> a, u32 positions, std::span<i64> result);

i64 largest_magnitude(std::span<const i64> a);

// Factors a [in, positions] and d [out, positions], and the largest magnitude in each.
struct Factors {
  std::span<const i64> a, d;
  i64 largest_a, largest_d;
};
// w(i, j) += factor * sum over x of a[i * positions + x] d[j * positions + x], or false as above.
bool add_products(const Factors& of, u32 positions, double factor, double* w, WeightShape shape);

}  // namespace pedigree::train
