// The lowest layer of the prover's fraction tree, where its blocks are two tables d_0, d_1 instead of four (iop/lookup_block.h,
// iop/pullback_block.h):
//   p_0 q_1 + p_1 q_0 + lambda q_0 q_1 = lambda d_0 d_1 - rest
#pragma once

#include <vector>

#include "iop/pullback_block.h"
#include "kernel/rounds.h"
#include "poly/eq.h"

namespace pedigree {

class PairRest {
 public:
  virtual ~PairRest() = default;
  // To be subtracted from the round of the highest variable that is left.
  virtual FractionRound round() const = 0;
  // Binds it.
  virtual void bind(const K& r) = 0;
  // Numerator of the child (0, 1) of node i of pair-block j; d is its denominator plus this over lambda.
  virtual K numerator(u32 child, std::size_t j, std::size_t i) const = 0;
};

// Of lookups: numerators are 1.
class UnitRest : public PairRest {
 public:
  UnitRest(const K& lambda, const K& there) : rest_(inverse(lambda) * there) {}
  FractionRound round() const override { return {rest_, K()}; }
  void bind(const K&) override {}
  K numerator(u32, std::size_t, std::size_t) const override { return kOne; }

 private:
  K rest_;
};

// Of pullbacks (iop/pullback_block.h).
class EqRest : public PairRest {
 public:
  // `weights` of the blocks, `places` those of eq in the layer's sum; `z` the layer's point at the variables of a block.
  EqRest(const K& lambda, const PullbackPoint& point, std::vector<K> weights,
         const TreeBlocks& places, std::span<const K> z)
      : at_(point.coordinates().first(z.size())),
        top_(point.top(0)),
        weights_(std::move(weights)),
        below_(z.size() + 1, K(kOne)) {
    for (std::size_t j = 0; j < weights_.size(); ++j)
      scale_ += places.weights[j] * weights_[j] * weights_[j];
    scale_ *= inverse(lambda) * top_ * (K(kOne) - top_);
    for (std::size_t i = 0; i < z.size(); ++i) {
      const K one(kOne), low = one - at_[i];
      below_[i + 1] = below_[i] * ((one - z[i]) * low * low + z[i] * at_[i] * at_[i]);
    }
  }
  FractionRound round() const override {
    const K scale = scale_ * bound_ * bound_ * below_[at_.size() - 1], x = at_.back();
    const K low = K(kOne) - x, step = x - low;
    return {scale * low * low, scale * step * step};
  }
  void bind(const K& r) override {
    bound_ *= (K(kOne) - r) * (K(kOne) - at_.back()) + r * at_.back();
    at_ = at_.first(at_.size() - 1);
  }
  K numerator(u32 child, std::size_t j, std::size_t i) const override {
    return weights_[j] * (child == 0 ? K(kOne) - top_ : top_) * bound_ * eq_at(at_, i);
  }

 private:
  std::span<const K> at_;  // of the variables that are left
  K top_;
  std::vector<K> weights_;
  std::vector<K> below_;  // the sum of eq e^2 over so many variables
  K scale_, bound_ = kOne;
};

}  // namespace pedigree
