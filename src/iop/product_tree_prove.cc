#include <mutex>

#include "iop/product_tree.h"
#include "kernel/parallel.h"
#include "poly/eq.h"

namespace pedigree {

namespace {

TreeTable combine(const TreeTable& below) {
  const std::size_t half = below.size() / 2;
  TreeTable up(half);
  parallel_for(half, kTreeChunk, [&](std::size_t begin, std::size_t end) {
    for (std::size_t x = begin; x < end; ++x) up[x] = below[x] * below[x + half];
  });
  return up;
}

// Of sum over i < n of eq[i] (q_0 q_1)(i, X), tables of 2n values.
FractionRound product_round(const K* q0, const K* q1, const SplitEq& eq, std::size_t n) {
  std::mutex mutex;
  FractionRound total;
  const std::size_t low = std::size_t{1} << eq.log_low;
  parallel_for(n >> eq.log_low, 1, [&](std::size_t begin, std::size_t end) {
    FractionRound own;
    for (std::size_t y = begin; y < end; ++y) {
      KSum at0, square;
      for (std::size_t x = 0; x < low; ++x) {
        const std::size_t i = y * low + x;
        at0.add_product(eq.low[x], q0[i] * q1[i]);
        square.add_product(eq.low[x], (q0[i + n] - q0[i]) * (q1[i + n] - q1[i]));
      }
      own.at0 += eq.high[y] * at0.value();
      own.square += eq.high[y] * square.value();
    }
    const std::lock_guard lock(mutex);
    total.at0 += own.at0;
    total.square += own.square;
  });
  return total;
}

}  // namespace

ProductTree::ProductTree(TreeTable leaves, u32 depth) : layers_(depth + 1) {
  PEDIGREE_REQUIRE(depth >= 1 && leaves.size() == std::size_t{1} << depth,
                   "a tree of products has two leaves at least");
  layers_[depth] = std::move(leaves);
  for (u32 j = depth; j-- > 1;) layers_[j] = combine(layers_[j + 1]);
}

std::vector<K> ProductTree::prove(const K& tau, MaskedSender& sender) {
  K q = left() + tau * (right() - left());
  std::vector<K> point{tau};
  for (std::size_t j = 1; j + 1 < layers_.size(); ++j) {
    layers_[j] = TreeTable();
    TreeTable& children = layers_[j + 1];
    std::size_t n = children.size() / 2;
    K *const q0 = children.data(), *const q1 = q0 + n;
    EqRounds rounds(point, q, sender);
    while (rounds.left() > 0) {
      n /= 2;
      const K r = rounds.exchange(product_round(q0, q1, rounds.eq(), n));
      fold_halves(q0, n, r);
      fold_halves(q1, n, r);
    }
    sender.send("children", *q0);
    sender.send("children", *q1);
    const K next = sender.challenge("tau");
    q = *q0 + next * (*q1 - *q0);
    point = rounds.take_point();
    point.push_back(next);
  }
  return point;
}

}  // namespace pedigree
