// The prover's rounds of a sumcheck of degree 2 with eq(point, x) taken out (iop/sumcheck.h), highest variable first: what the
// trees of products and of fractions share.
#pragma once

#include <algorithm>
#include <vector>

#include "base/require.h"
#include "iop/masked_send.h"
#include "kernel/buffer.h"
#include "kernel/fold.h"
#include "kernel/rounds.h"

namespace pedigree {

using TreeTable = Buffer<K>;

inline constexpr std::size_t kTreeChunk = 1024;

// eq(point, .) over the variables that are not bound yet and lie below the one at hand, the highest being bound first.
class EqWeights {
 public:
  explicit EqWeights(std::span<const K> point)
      : log_low_(std::min<u32>(static_cast<u32>(point.size()), ceil_log2(kTreeChunk))),
        low_(std::size_t{1} << log_low_),
        high_(std::size_t{1} << (point.size() - log_low_)) {
    eq_table(point.first(log_low_), K(kOne), low_.data());
    eq_table(point.subspan(log_low_), K(kOne), high_.data());
  }

  SplitEq eq() const { return {low_.data(), high_.data(), log_low_}; }
  // eq(point, y + i) = low(y)[i] high(y), for runs that are aligned to their length, which is at most kTreeChunk.
  const K* low(std::size_t y) const { return low_.data() + (y & (low_.size() - 1)); }
  const K& high(std::size_t y) const { return high_[y >> log_low_]; }
  // The mean over the highest variable of eq is eq over the variables below it.
  void drop_highest() {
    if (log_low_ == 0 && high_.size() == 1) return;  // what is left are blocks
    std::vector<K>& table = high_.size() > 1 ? high_ : low_;
    if (high_.size() == 1) --log_low_;
    const std::size_t half = table.size() / 2;
    for (std::size_t x = 0; x < half; ++x) table[x] += table[x + half];
    table.resize(half);
  }

 private:
  u32 log_low_;
  std::vector<K> low_, high_;
};

class EqRounds {
 public:
  // Of the claim that the sum of eq(point, x) times the summand is `sum`. `point` outlives this. The weights of x are those
  // of its block, its low `log_blocks` bits, times eq() of the others.
  EqRounds(std::span<const K> point, const K& sum, MaskedSender& sender, u32 log_blocks = 0)
      : z_(point),
        sum_(sum),
        sender_(sender),
        blocks_(std::size_t{1} << log_blocks),
        weights_(point.empty() ? point : point.subspan(log_blocks, point.size() - 1 - log_blocks)),
        bound_(point.size()),
        left_(static_cast<u32>(point.size())) {
    eq_table(point.first(log_blocks), K(kOne), blocks_.data());
  }

  std::span<const K> point() const { return z_; }
  std::span<const K> block_weights() const { return blocks_; }
  // From the next round on without blocks.
  void join_blocks() { weights_ = EqWeights(z_.first(left_ - 1)); }

  u32 left() const { return left_; }  // variables that are not bound
  // Weights of the next round.
  SplitEq eq() const { return weights_.eq(); }
  // Sends the coefficients of X and X^2 and returns the challenge. The weight at X = 0 is 1 - z, at X = 1 z.
  K exchange(const FractionRound& h) {
    const K& z = z_[--left_];
    PEDIGREE_REQUIRE(!z.is_zero(), "a challenge of K is zero once in 2^192 draws");
    const K linear = (sum_ - h.at0) * inverse(z) - h.square;
    sender_.send("round", linear);
    sender_.send("round", h.square);
    const K r = bound_[left_] = sender_.challenge("bind");
    sum_ += linear * (r - z) + h.square * (r * r - z);
    if (left_ > 0) weights_.drop_highest();
    return r;
  }
  // Where all variables are bound.
  std::vector<K> take_point() { return std::move(bound_); }

 private:
  std::span<const K> z_;
  K sum_;
  MaskedSender& sender_;
  std::vector<K> blocks_;
  EqWeights weights_;
  std::vector<K> bound_;
  u32 left_;
};

}  // namespace pedigree
