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
    K r = rounds.exchange(product_first_round({q0, q1}, rounds.eq(), n /= 2));
    while (rounds.left() > 0)
      r = rounds.exchange(product_next_round({q0, q1}, r, rounds.eq(), n /= 2));
    for (K* const last : {q0, q1}) fold_halves(last, 1, r);
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
