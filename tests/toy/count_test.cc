// Counting over the toy field (p = 97, |K| = 912,673): the share of challenges with which a cheating prover gets through
// is at most the error that the headers state. Exhaustive where |K| allows it.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "iop/sumcheck.h"
#include "poly/eq.h"

namespace pedigree {
namespace {

constexpr u64 kSize = kModulus * kModulus * kModulus;
K element(u64 i) {
  return K(F(i % kModulus), F(i / kModulus % kModulus), F(i / kModulus / kModulus));
}

// Feeds fixed messages and a chosen challenge to verify_sumcheck.
struct Scripted {
  using Value = K;
  std::vector<K> messages;
  std::vector<K> challenges;
  std::size_t next_message = 0, next_challenge = 0;
  Result<K> receive(std::string_view) noexcept { return messages[next_message++]; }
  K challenge(std::string_view) noexcept { return challenges[next_challenge++]; }
};

// G(x) = sum of c_j x^j; a prover who claims another mean sends other coefficients and hopes for a root of the difference.
TEST(ToyCount, SumcheckAcceptsAtMostDegreeChallenges) {
  std::mt19937_64 random(1);
  for (u32 degree = 1; degree <= 3; ++degree) {
    for (int trial = 0; trial < 4; ++trial) {
      std::vector<K> honest, sent;
      for (u32 j = 0; j <= degree; ++j) honest.push_back(element(random() % kSize));
      // The difference of sent and honest polynomial is a product of linear factors: as many roots as there can be.
      std::vector<K> difference{K(F(1 + random() % 96))};
      for (u32 j = 0; j < degree; ++j) {
        const K root = element(random() % kSize);
        std::vector<K> grown(difference.size() + 1);
        for (std::size_t i = 0; i < difference.size(); ++i) {
          grown[i + 1] += difference[i];
          grown[i] -= root * difference[i];
        }
        difference = grown;
      }
      for (u32 j = 0; j <= degree; ++j) sent.push_back(honest[j] + difference[j]);
      const K half(inverse(F(2)));
      K claim = sent[0];
      for (u32 j = 1; j <= degree; ++j) claim += half * sent[j];
      u64 accepted = 0;
      for (u64 i = 0; i < kSize; ++i) {
        const K r = element(i);
        Scripted script{{sent.begin() + 1, sent.end()}, {r}};
        K point;
        const K left =
            verify_sumcheck(script, claim, 1, degree, {}, std::span<K>(&point, 1)).value();
        K actual = honest[degree];
        for (u32 j = degree; j-- > 0;) actual = actual * r + honest[j];
        accepted += left == actual;
      }
      EXPECT_LE(accepted, degree);
      EXPECT_GE(accepted, 1u);  // the attack is not a straw man
    }
  }
}

// A value outside the table, any multiplicities: the fractions agree for few alpha only, whatever beta is.
TEST(ToyCount, LookupFractionsAgreeForFewChallenges) {
  const std::vector<u32> table = {0, 1, 2, 3}, looked_up = {1, 3, 7};  // 7 is not there
  const std::vector<F> multiplicity = {F(5), F(96), F(2), F(1)};       // the cheater's choice
  for (const u64 beta : {u64{3}, u64{12345}, u64{700000}}) {
    u64 agreed = 0;
    for (u64 i = 0; i < kSize; ++i) {
      const K alpha = element(i) - element(beta);  // table id 1
      K p, q(kOne);
      const auto add = [&](const K& numerator, const K& denominator) {
        p = p * denominator + numerator * q;
        q *= denominator;
      };
      for (const u32 v : looked_up) add(K(kOne), alpha - K(F(v)));
      for (std::size_t t = 0; t < table.size(); ++t)
        add(-K(multiplicity[t]), alpha - K(F(table[t])));
      agreed += p.is_zero();
    }
    EXPECT_LE(agreed, 3 * (looked_up.size() + table.size() + 1));
  }
}

// Reed-Solomon code of dimension 2 on 8 points: two words, one of them far from the code; the combinations that come close
// to the code are at most as many as the agreement theorem allows.
TEST(ToyCount, FoldingKeepsFarWordsFar) {
  std::mt19937_64 random(2);
  const F w = root_of_unity(3);
  F points[8];
  points[0] = kOne;
  for (int i = 1; i < 8; ++i) points[i] = points[i - 1] * w;
  const auto agreement = [&](const F* word) {
    int best = 0;
    for (u64 a = 0; a < kModulus; ++a)
      for (u64 b = 0; b < kModulus; ++b) {
        int same = 0;
        for (int i = 0; i < 8; ++i) same += F(a) + F(b) * points[i] == word[i];
        best = std::max(best, same);
      }
    return best;
  };
  // Radius 1 - sqrt(1/4) (1 + 1/(2m)) with m = 3: agreement on 8 * 7/12 < 5 points or more counts as close.
  constexpr int kClose = 5;
  for (int trial = 0; trial < 6; ++trial) {
    F f[8], g[8];
    do {
      for (int i = 0; i < 8; ++i) f[i] = F(random()), g[i] = F(random());
    } while (agreement(f) >= kClose);
    int close = 0;
    for (u64 r = 0; r < kModulus; ++r) {
      F line[8];
      for (int i = 0; i < 8; ++i) line[i] = g[i] + F(r) * (f[i] - g[i]);
      close += agreement(line) >= kClose;
    }
    const double m = 3.5, rho = 0.25, n = 8, theta = 1 - 0.5 * (1 + 1.0 / 6);
    const double bound = (2 * std::pow(m, 5) + 3 * m * theta * rho) * n / (3 * std::pow(rho, 1.5)) +
                         m / std::sqrt(rho);
    EXPECT_LE(close, bound);
    EXPECT_LE(close, 8);  // far below it in fact
  }
}

TEST(ToyCount, GeneratorAndExtension) {
  EXPECT_EQ(power(root_of_unity(kTwoAdicity), 1u << kTwoAdicity), kOne);
  EXPECT_NE(power(root_of_unity(kTwoAdicity), 1u << (kTwoAdicity - 1)), kOne);
  for (u64 i = 1; i < kSize; i += 977) EXPECT_EQ(element(i) * inverse(element(i)), K(kOne));
}

}  // namespace
}  // namespace pedigree
