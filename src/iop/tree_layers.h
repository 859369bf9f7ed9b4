// Layers of the prover's fraction tree (iop/fraction_tree.h) that are stored, and the rounds of one.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "iop/eq_rounds.h"
#include "iop/fraction_tree.h"
#include "iop/pair_rest.h"

namespace pedigree::tree {

using Table = TreeTable;

inline constexpr std::size_t kChunk = kTreeChunk;
inline constexpr std::size_t kShortestBlock = 32;  // shorter ones are joined

// Blocks whose leaves are all (0, 1), and so are the nodes above them.
struct Gaps {
  std::vector<std::size_t> places;

  bool has(std::size_t place) const {
    return std::find(places.begin(), places.end(), place) != places.end();
  }
  // What they add to each round of a layer: eq adds up to 1 over a block.
  K round(const K& lambda, const EqRounds& rounds) const {
    K weight;
    for (const std::size_t place : places) weight += rounds.block_weights()[place];
    return lambda * weight;
  }
};

// Nodes of a layer, or what is left of them: in tree order, or of the blocks at `places`, one after the other.
struct Layer {
  Table p, q;
  std::vector<std::size_t> places;  // empty: in tree order
  Gaps gaps;                        // the other blocks

  bool in_tree_order() const { return places.empty(); }
  std::size_t num_blocks() const { return std::max<std::size_t>(1, places.size()); }
  std::size_t block_size() const { return p.size() / num_blocks(); }
};

// Of each block of a tree: which one of the tables it is, kNone for a gap.
inline constexpr std::size_t kNone = ~std::size_t{};
inline std::vector<std::size_t> slots_of(const std::vector<std::size_t>& places, u32 log_all) {
  std::vector<std::size_t> slots(std::size_t{1} << log_all, kNone);
  for (std::size_t i = 0; i < places.size(); ++i) slots[places[i]] = i;
  return slots;
}

// A layer in tree order from blocks of `size` nodes, value(b, i) node i of block b.
template <class Value>
Table joined(std::size_t size, u32 log_all, Value value) {
  const std::size_t all = std::size_t{1} << log_all;
  Table out(size << log_all);
  for (std::size_t i = 0; i < size; ++i)
    for (std::size_t b = 0; b < all; ++b) out[i * all + b] = value(b, i);
  return out;
}

inline Layer join_short(Layer layer, u32 log_all) {
  const std::size_t size = layer.block_size();
  if (layer.in_tree_order() || size >= kShortestBlock) return layer;
  const std::vector<std::size_t> slots = slots_of(layer.places, log_all);
  const auto take = [&](const Table& table, const K& gap) {
    return joined(size, log_all, [&](std::size_t b, std::size_t i) {
      return slots[b] == kNone ? gap : table[slots[b] * size + i];
    });
  };
  return {take(layer.p, K()), take(layer.q, K(kOne)), {}, {}};
}

inline Layer combine(const Layer& below, u32 log_all) {
  const std::size_t half = below.block_size() / 2;
  Layer up{Table(below.p.size() / 2), Table(below.p.size() / 2), below.places, below.gaps};
  fraction_layer(below.p.data(), below.q.data(), half, up.p.data(), up.q.data(),
                 below.num_blocks());
  return join_short(std::move(up), log_all);
}

// Children of a layer in blocks, first and second ones of each block one behind the other. Those of a LookupBlock or PullbackBlock
// are d_0 and d_1, the others numerators and denominators.
struct Blocks {
  std::vector<std::size_t> fractions, pairs;  // their places in the tree
  Gaps gaps;
  std::size_t stride = 0;
  bool in_tree_order = false;  // one block is all
  Table p, q, d;

  Blocks() = default;
  explicit Blocks(Layer layer)
      : fractions(layer.in_tree_order() ? std::vector<std::size_t>(1) : layer.places),
        gaps(std::move(layer.gaps)),
        stride(layer.block_size()),
        in_tree_order(layer.in_tree_order()),
        p(std::move(layer.p)),
        q(std::move(layer.q)) {}
};

// The weights of blocks of one kind; of tables in tree order, 1.
class Places {
 public:
  Places(const std::vector<std::size_t>& places, const Blocks& blocks, const EqRounds& rounds)
      : stride_(blocks.stride), weights_(places.size()) {
    for (std::size_t i = 0; i < places.size(); ++i)
      total_ += weights_[i] = blocks.in_tree_order ? K(kOne) : rounds.block_weights()[places[i]];
  }
  TreeBlocks blocks() const { return {weights_.size(), stride_, weights_.data()}; }
  const K& total() const { return total_; }

 private:
  std::size_t stride_;
  std::vector<K> weights_;
  K total_;
};

// The rounds of one layer above the leaves, from tables that are used up.
class LayerProver {
 public:
  // `rest`: of its pairs, where it has some.
  LayerProver(Blocks children, const K& lambda, const EqRounds& rounds,
              std::unique_ptr<PairRest> rest)
      : children_(std::move(children)),
        rest_(std::move(rest)),
        lambda_(lambda),
        gaps_(children_.gaps.round(lambda, rounds)),
        size_(children_.stride / 2),
        weights_{Places(children_.fractions, children_, rounds),
                 Places(children_.pairs, children_, rounds)} {
    K *const p = children_.p.data(), *const q = children_.q.data(), *const d = children_.d.data();
    tables_ = {p, p + size_, q, q + size_};
    pairs_ = {d, d + size_};
  }

  FractionRound first_round(const EqRounds& rounds) {
    size_ /= 2;
    FractionRound fractions, pairs;
    if (!children_.fractions.empty())
      fractions = fraction_first_round(tables_, lambda_, rounds.eq(), size_, weights_[0].blocks());
    if (!children_.pairs.empty())
      pairs = product_first_round(pairs_, rounds.eq(), size_, weights_[1].blocks());
    return whole(fractions, pairs);
  }
  // After the highest variable is bound at r.
  FractionRound next_round(const K& r, EqRounds& rounds) {
    if (!children_.in_tree_order && 2 * size_ < kShortestBlock) join(rounds);
    if (rest_) rest_->bind(r);
    size_ /= 2;
    FractionRound fractions, pairs;
    if (!children_.fractions.empty())
      fractions = fraction_next_round(tables_, r, rounds.eq(), size_, weights_[0].blocks());
    if (!children_.pairs.empty())
      pairs = product_next_round(pairs_, r, rounds.eq(), size_, weights_[1].blocks());
    return whole(fractions, pairs);
  }
  // The last variable, of at least one.
  void bind_last(const K& r) {
    for (K* const table : {tables_.p0, tables_.w, tables_.q0, tables_.q1}) fold_halves(table, 1, r);
    *tables_.w -= lambda_ * *tables_.q1;
  }

  // p_0, p_1, q_0, q_1 once all variables are bound.
  std::array<K, 4> children() const { return {*tables_.p0, *tables_.w, *tables_.q0, *tables_.q1}; }

 private:
  FractionRound whole(FractionRound sum, const FractionRound& pairs) const {
    if (rest_) {
      const FractionRound rest = rest_->round();
      sum.at0 += lambda_ * pairs.at0 - rest.at0;
      sum.square += lambda_ * pairs.square - rest.square;
    }
    sum.at0 += gaps_;
    return sum;
  }

  // Tables of all blocks in tree order, w as after the first round.
  void join(EqRounds& rounds) {
    const u32 log_all = ceil_log2(rounds.block_weights().size());
    const std::size_t stride = children_.stride, size = 2 * size_;
    const std::vector<std::size_t> fraction = slots_of(children_.fractions, log_all),
                                   pair = slots_of(children_.pairs, log_all);
    const K below = children_.pairs.empty() ? K() : inverse(lambda_);
    const auto take = [&](K*& table, auto of_pair, const K& gap) {
      Table out = joined(size, log_all, [&](std::size_t b, std::size_t i) {
        if (fraction[b] != kNone) return table[fraction[b] * stride + i];
        return pair[b] == kNone ? gap : of_pair(pair[b], i);
      });
      table = out.data();
      return out;
    };
    const auto numerator = [&](std::size_t j, std::size_t i) { return rest_->numerator(0, j, i); };
    const auto w = [&](std::size_t j, std::size_t i) {
      return lambda_ * pairs_.q1[j * stride + i];
    };
    const auto q0 = [&](std::size_t j, std::size_t i) {
      return pairs_.q0[j * stride + i] - below * rest_->numerator(0, j, i);
    };
    const auto q1 = [&](std::size_t j, std::size_t i) {
      return pairs_.q1[j * stride + i] - below * rest_->numerator(1, j, i);
    };
    Table all[4] = {take(tables_.p0, numerator, K()), take(tables_.w, w, lambda_),
                    take(tables_.q0, q0, K(kOne)), take(tables_.q1, q1, K(kOne))};
    rest_.reset();
    gaps_ = K();
    std::move(all, all + 4, joined_);
    children_ = Blocks(Layer());
    size_ <<= log_all;
    rounds.join_blocks();
    weights_ = {Places(children_.fractions, children_, rounds), Places({}, children_, rounds)};
  }

  Blocks children_;
  std::unique_ptr<PairRest> rest_;
  K lambda_, gaps_;
  std::size_t size_;
  std::array<Places, 2> weights_;  // of fractions, of pairs
  FractionTables tables_;
  PairTables pairs_;
  Table joined_[4];
};

}  // namespace pedigree::tree
