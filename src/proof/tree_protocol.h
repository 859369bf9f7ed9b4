// Fraction trees (proof/segment.h, steps 2 and 6) for any channel, and what is read at their leaf points.
#pragma once

#include "iop/sumcheck.h"
#include "iop/tree_order.h"
#include "proof/values_protocol.h"

namespace pedigree {

// Column `column` of a table at a point.
K table_column_at(const Table& table, u32 column, std::span<const K> point, Arena& arena) noexcept;

template <class Channel>
class TreeVerifier : public TensorReader<Channel> {
  using Reader = TensorReader<Channel>;

 public:
  using Value = typename Channel::Value;

  TreeVerifier(Channel& channel, const SegmentPublic& s, Arena& arena) noexcept
      : Reader(channel, s, arena), plan_(*s.plan) {}

 protected:
  using Reader::accumulate;
  using Reader::arena_;
  using Reader::ch_;
  using Reader::p_;
  using Reader::require;
  using Reader::tensor;

  // What a fraction tree leaves: numerator and denominator at the leaf point.
  struct Fraction {
    Value p{K()}, q{K()};
  };

  // Of fractions whose sum is zero; leaf_ becomes the leaf point.
  Result<Fraction> fraction_tree(u32 depth, Check layer) noexcept {
    Fraction at;
    PEDIGREE_LET(root, ch_.receive("tree_root"));
    at.q = root;
    leaf_ = Vec<K>(arena_, depth);
    Vec<K> next(arena_, depth);
    for (u32 k = 0; k < depth; ++k) {
      const K lambda = ch_.challenge("lambda");
      PEDIGREE_LET(sum, verify_sumcheck(ch_, at.p + at.q * lambda, k, 2, leaf_.span().subspan(0, k),
                                        std::span<K>(next.data(), k)));
      Value child[4];  // p_0, p_1, q_0, q_1
      for (Value& v : child) {
        PEDIGREE_LET(sent, ch_.receive("children"));
        v = sent;
      }
      const Gate<Value> gates[] = {{K(kOne), child[0], child[3]},
                                   {K(kOne), child[1], child[2]},
                                   {lambda, child[2], child[3]}};
      PEDIGREE_TRY(require(layer, k, Value(K()) - sum, gates));
      const K tau = ch_.challenge("tau");
      at.p = child[0] + (child[1] - child[0]) * tau;
      at.q = child[2] + (child[3] - child[2]) * tau;
      for (u32 i = 0; i < k; ++i) leaf_[i] = next[i];
      leaf_[k] = tau;
    }
    point_of_address({leaf_.data(), leaf_.size()});
    return at;
  }

  // The coordinates of a leaf point that belong to a tensor.
  TensorPoint at_leaf(TensorId t) const noexcept {
    const u32 positions = p_.log_positions(tensor(t));
    return {leaf_.span().subspan(positions, tensor(t).log_features),
            leaf_.span().subspan(0, positions)};
  }

  Value value_at_leaf(TensorId t) noexcept {
    Value sum{K()};
    accumulate(t, K(kOne), at_leaf(t), sum, nullptr);
    return sum;
  }

  // Of an item of 2^log_size leaves, its place in the tree.
  K selector(u64 offset, u32 log_size) const noexcept {
    return eq_at(leaf_.span().subspan(log_size), offset >> log_size);
  }
  // The part of an item of cells of t that is there.
  K there_at_leaf(TensorId t) const noexcept {
    return Reader::there_at(tensor(t), at_leaf(t).feature);
  }

  const Plan& plan_;
  Vec<K> leaf_;  // the leaf point of a tree; between two trees the point of the products
};

}  // namespace pedigree
