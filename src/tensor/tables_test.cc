#include "tensor/tables.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace pedigree {
namespace {

constexpr u32 kRange = 15;
constexpr std::size_t kRows = std::size_t{2} << kRange;
constexpr i64 kHalf = i64{1} << kRange;

// Sample values of docs/arithmetic.md, found by tests/reference/exact_twin.py as well.
TEST(Tables, SampleValuesOfTheDocument) {
  EXPECT_EQ(exp62(0, 8), u64{1} << 62);
  EXPECT_EQ(exp62(1, 8), 4593706758521714574u);
  EXPECT_EQ(exp62(3, 8), 4557958248912561943u);
  EXPECT_EQ(exp62(255, 8), 1703184562651197868u);
  EXPECT_EQ(exp62(1000, 8), 92767726062686130u);
  EXPECT_EQ(exp62(5000, 8), 15189575311u);
  EXPECT_EQ(exp62(~u64{0}, 0), 0u);
  std::vector<i64> out(kRows), derivative(kRows);
  exp_table(kRange, 8, 16, out);
  EXPECT_EQ(out[0], 65536);
  EXPECT_EQ(out[100], 44344);
  EXPECT_EQ(out[3000], 1);
  EXPECT_EQ(out[kRows - 1], 0);
  sigmoid_table(kRange, 8, 8, out);
  EXPECT_EQ(out[kHalf - 256], 69);
  EXPECT_EQ(out[kHalf], 128);
  EXPECT_EQ(out[kHalf + 256], 187);
  activation_table(Activation::gelu, kRange, 8, 5, out, derivative, 8);
  EXPECT_EQ(out[kHalf - 256], -5);
  EXPECT_EQ(derivative[kHalf - 256], -21);
  EXPECT_EQ(out[kHalf + 500], 61);
  EXPECT_EQ(derivative[kHalf + 500], 279);
}

TEST(Tables, RescaleRoundsHalvesUp) {
  EXPECT_EQ(rescale(-1, 1), 0);
  EXPECT_EQ(rescale(-3, 1), -1);
  EXPECT_EQ(rescale(3, 1), 2);
  EXPECT_EQ(rescale(5, 0), 5);
  EXPECT_EQ(rescale(-5, -2), -20);
  std::vector<i64> out(kRows);
  round_table(kRange, 3, out);
  for (i64 q = -kHalf; q < kHalf; ++q)
    ASSERT_EQ(out[static_cast<std::size_t>(q + kHalf)],
              static_cast<i64>(std::floor((static_cast<double>(q) + 4) / 8)));
}

// Against long double: no entry further off than rounding explains, and f(0) = 0.
TEST(Tables, CloseToTheRealFunctions) {
  std::vector<i64> value(kRows), derivative(kRows);
  for (const u32 f : {5u, 8u, 12u})
    for (const Activation a :
         {Activation::relu, Activation::tanh, Activation::gelu, Activation::identity}) {
      activation_table(a, kRange, f, 5, value, derivative, 8);
      EXPECT_EQ(value[kHalf], 0);
      for (i64 q = -kHalf; q < kHalf; ++q) {
        const long double x = std::ldexp(static_cast<long double>(q), -static_cast<int>(f));
        const long double inner = 1.595769121605730711L * (x + 0.044715L * x * x * x),
                          s = 1 / (1 + std::exp(-inner));
        const long double t = std::tanh(x);
        const long double y = a == Activation::relu   ? std::max(x, 0.0L)
                              : a == Activation::tanh ? t
                              : a == Activation::gelu ? x * s
                                                      : x;
        const long double d = a == Activation::tanh ? 1 - t * t
                                                    : s + x * s * (1 - s) * 1.595769121605730711L *
                                                              (1 + 0.134145L * x * x);
        const auto row = static_cast<std::size_t>(q + kHalf);
        ASSERT_NEAR(static_cast<double>(value[row]), static_cast<double>(32 * y), 0.501) << q;
        if (a == Activation::tanh || a == Activation::gelu)
          ASSERT_NEAR(static_cast<double>(derivative[row]), static_cast<double>(256 * d), 0.501)
              << q;
        else
          ASSERT_EQ(derivative[row], a == Activation::identity || q > 0);
      }
    }
}

TEST(Tables, ExponentialAndSigmoidCloseToTheRealFunctions) {
  std::vector<i64> out(kRows);
  for (const u32 f : {3u, 8u, 13u}) {
    exp_table(kRange, f, 16, out);
    for (std::size_t i = 0; i < kRows; ++i)
      ASSERT_NEAR(static_cast<double>(out[i]), 65536 * std::exp(-std::ldexp(double(i), -int(f))),
                  0.5001);
    sigmoid_table(kRange, f, 10, out);
    for (i64 q = -kHalf; q < kHalf; ++q)
      ASSERT_NEAR(static_cast<double>(out[static_cast<std::size_t>(q + kHalf)]),
                  1024 / (1 + std::exp(-std::ldexp(double(q), -int(f)))), 0.5001);
  }
}

}  // namespace
}  // namespace pedigree
