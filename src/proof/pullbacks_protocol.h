// Step 6 of proof/segment.h for any channel: tensors that are columns of a table at an index, settled at the point of the products.
#pragma once

#include "proof/tree_protocol.h"

namespace pedigree {

template <class Channel>
class PullbackVerifier : public TreeVerifier<Channel> {
  using Tree = TreeVerifier<Channel>;

 public:
  using Value = typename Channel::Value;
  using Tree::Tree;

 protected:
  using Tree::arena_;
  using Tree::ch_;
  using Tree::fraction_tree;
  using Tree::layout_;
  using Tree::leaf_;
  using Tree::p_;
  using Tree::plan_;
  using Tree::require;
  using Tree::selector;
  using Tree::sent_;
  using Tree::there_at_leaf;
  using Tree::value_at_leaf;
  using typename Tree::Fraction;

  Result<void> pullbacks(SegmentClaims& claims) noexcept {
    if (p_.pullbacks.empty()) return {};
    const std::span<const K> claimed_at = leaf_.span();  // the point of the products
    const K gamma = ch_.challenge("gamma");
    PEDIGREE_LET(root, ch_.receive_root("pushforward"));
    claims.pushforward = root;
    u32 index = 0;
    for (TableId t = 0; t < p_.pullback_tables.size(); ++t)
      for (u32 c = 1; c < p_.pullback_tables[t].num_columns; ++c)
        PEDIGREE_TRY(column_claim(t, c, gamma, index++));
    return leaves(claimed_at, gamma);
  }

 private:
  // The tree: numerators gamma^m eq(claimed_at, x) at indices, minus the pushforwards at rows.
  Result<void> leaves(std::span<const K> claimed_at, const K& gamma) noexcept {
    const K alpha = ch_.challenge("alpha"), beta = ch_.challenge("beta");
    PEDIGREE_LET(sum, fraction_tree(plan_.log_pullbacks, Check::pullback_layer));
    Value numerator{K()}, denominator{K()};
    K used, power(kOne);
    for (u32 i = 0; i < p_.pullbacks.size(); ++i, power *= gamma) {
      const Pullback& x = p_.pullbacks[i];
      const K at = selector(layout_.pullback_offset[i], x.log_size),
              there = at * there_at_leaf(x.index);
      used += there;
      numerator = numerator +
                  Value(at * power *
                        prefix_eq_at(claimed_at.subspan(0, x.log_size),
                                     leaf_.span().subspan(0, x.log_size), p_.cells_there(x.index)));
      denominator =
          denominator + Value(there * (alpha - beta * F(x.table))) - value_at_leaf(x.index) * at;
    }
    for (TableId t = 0; t < p_.pullback_tables.size(); ++t) {
      FormKey row;
      row.position_point = leaf_.span().subspan(0, p_.pullback_tables[t].log_size);
      const K at = selector(layout_.pullback_table_offset[t], p_.pullback_tables[t].log_size);
      used += at;
      numerator = numerator - pushforward(t, row) * at;
      denominator =
          denominator +
          Value(at * (alpha - beta * F(t) -
                      table_column_at(p_.pullback_tables[t], 0, row.position_point, arena_)));
    }
    PEDIGREE_TRY(require(Check::pullback_numerator, 0, numerator - sum.p));
    return require(Check::pullback_denominator, 0, denominator + Value(K(kOne) - used) - sum.q);
  }

  // Value of the pushforward of a table, an element of K a row in three blocks, by a key of one of them.
  Value pushforward(TableId table, FormKey key) noexcept {
    Value sum{K()};
    for (u32 l = 0; l < kDegree; ++l) {
      key.block = layout_.pushforwards[kDegree * table + l];
      sum = sum + ch_.key(key) * basis(l);
    }
    return sum;
  }

  // Column c of table t times its pushforward is what was sent for the pullbacks by that column, joined.
  Result<void> column_claim(TableId t, u32 c, const K& gamma, u32 index) noexcept {
    FormKey column;
    column.position_part = PositionPart::column;
    column.column = p_.pullback_tables[t].values[c];
    Value claim = Value(K()) - pushforward(t, column);
    K power(kOne);
    for (const Pullback& x : p_.pullbacks) {
      if (x.table == t) claim = claim + sent_[x.columns[c - 1]] * power;
      power *= gamma;
    }
    return require(Check::pullback_value, index, claim);
  }
};

}  // namespace pedigree
