#include <algorithm>
#include <array>
#include <mutex>
#include <optional>

#include "base/require.h"
#include "iop/eq_rounds.h"
#include "iop/fraction_tree.h"
#include "iop/tree_order.h"
#include "kernel/fold.h"
#include "kernel/parallel.h"
#include "kernel/rounds.h"

namespace pedigree {

namespace {

using Table = TreeTable;

constexpr std::size_t kChunk = kTreeChunk;
constexpr std::size_t kShortestBlock = 32;  // shorter ones are joined

// Nodes of a layer, or what is left of them: in tree order, or without the blocks that are (0, 1) throughout, one after the other.
struct Layer {
  Table p, q;
  std::size_t blocks = 0;  // 0: in tree order

  std::size_t block_size() const { return p.size() / std::max<std::size_t>(1, blocks); }
};

// The blocks of `table` in tree order; `gap` in those that it does not have.
Table joined(const K* table, std::size_t blocks, std::size_t stride, std::size_t size, u32 log_all,
             const K& gap) {
  const std::size_t all = std::size_t{1} << log_all;
  Table out(size << log_all);
  for (std::size_t i = 0; i < size; ++i)
    for (std::size_t b = 0; b < all; ++b)
      out[i * all + b] = b < blocks ? table[b * stride + i] : gap;
  return out;
}

Layer join_short(Layer layer, u32 log_all) {
  const std::size_t size = layer.block_size();
  if (layer.blocks == 0 || size >= kShortestBlock) return layer;
  return {joined(layer.p.data(), layer.blocks, size, size, log_all, K()),
          joined(layer.q.data(), layer.blocks, size, size, log_all, K(kOne)), 0};
}

Layer combine(const Layer& below, u32 log_all) {
  const std::size_t half = below.block_size() / 2;
  Layer up{Table(below.p.size() / 2), Table(below.p.size() / 2), below.blocks};
  fraction_layer(below.p.data(), below.q.data(), half, up.p.data(), up.q.data(),
                 std::max<std::size_t>(1, below.blocks));
  return join_short(std::move(up), log_all);
}

// The rounds of one layer above the leaves, children in tables that are used up: p_0, p_1 in p, q_0, q_1 in q, each half of a block.
class LayerProver {
 public:
  LayerProver(Layer children, const K& lambda)
      : children_(std::move(children)), lambda_(lambda), size_(children_.block_size() / 2) {
    K *const p = children_.p.data(), *const q = children_.q.data();
    tables_ = {p, p + size_, q, q + size_};
  }

  FractionRound first_round(const EqRounds& rounds) {
    size_ /= 2;
    const TreeBlocks blocks = blocks_of(rounds);
    return with_gaps(fraction_first_round(tables_, lambda_, rounds.eq(), size_, blocks), rounds);
  }
  // After the highest variable is bound at r.
  FractionRound next_round(const K& r, EqRounds& rounds) {
    if (children_.blocks > 0 && 2 * size_ < kShortestBlock) join(rounds);
    size_ /= 2;
    const TreeBlocks blocks = blocks_of(rounds);
    return with_gaps(fraction_next_round(tables_, r, rounds.eq(), size_, blocks), rounds);
  }
  // The last variable, of at least one.
  void bind_last(const K& r) {
    for (K* const table : {tables_.p0, tables_.w, tables_.q0, tables_.q1}) fold_halves(table, 1, r);
    *tables_.w -= lambda_ * *tables_.q1;
  }

  // p_0, p_1, q_0, q_1 once all variables are bound.
  std::array<K, 4> children() const { return {*tables_.p0, *tables_.w, *tables_.q0, *tables_.q1}; }

 private:
  TreeBlocks blocks_of(const EqRounds& rounds) const {
    if (children_.blocks == 0) return {};
    return {children_.blocks, children_.block_size(), rounds.block_weights().data()};
  }
  // A node of a gap is 0 / 1 and adds p_0 q_1 + q_0 (p_1 + lambda q_1) = lambda.
  FractionRound with_gaps(FractionRound sum, const EqRounds& rounds) const {
    if (children_.blocks > 0) sum.at0 += lambda_ * rounds.weight_from(children_.blocks);
    return sum;
  }
  void join(EqRounds& rounds) {
    const u32 log_all = ceil_log2(rounds.block_weights().size());
    const std::size_t stride = children_.block_size(), size = 2 * size_;
    const K gaps[4] = {K(), lambda_, K(kOne), K(kOne)};
    K** const tables[4] = {&tables_.p0, &tables_.w, &tables_.q0, &tables_.q1};
    for (u32 i = 0; i < 4; ++i) {
      joined_[i] = joined(*tables[i], children_.blocks, stride, size, log_all, gaps[i]);
      *tables[i] = joined_[i].data();
    }
    children_ = Layer();
    size_ <<= log_all;
    rounds.join_blocks();
  }

  Layer children_;
  K lambda_;
  std::size_t size_;
  FractionTables tables_;
  Table joined_[4];
};

// The leaves as children of the lowest layer; their numerators lie in F.
class Leaves {
 public:
  using Numerator = F;
  static constexpr u32 kDepth = 0;

  explicit Leaves(const LeafSource& source) : source_(source) {}
  void load(std::size_t x, std::size_t n, F* p, K* q) const { source_.leaves(x, x + n, q, p); }

 private:
  const LeafSource& source_;
};

void layer_of(const F* p, const K* q, std::size_t n, K* up_p, K* up_q) {
  leaf_layer(p, q, n, up_p, up_q);
}
void layer_of(const K* p, const K* q, std::size_t n, K* up_p, K* up_q) {
  fraction_layer(p, q, n, up_p, up_q);
}

// Makes nodes of a layer from their children, both of them in runs of a block.
template <class Children>
class Parents {
 public:
  // Blocks of `half` nodes; `most` nodes at a time.
  Parents(const Children& children, std::size_t half, std::size_t most)
      : children_(children), half_(half), p_(2 * most), q_(2 * most) {}
  // Nodes [x, x + n), which lie in one block.
  void make(std::size_t x, std::size_t n, K* p, K* q) {
    const std::size_t first = x / half_ * 2 * half_ + x % half_;
    for (u32 child = 0; child < 2; ++child)
      children_.load(first + child * half_, n, p_.data() + child * n, q_.data() + child * n);
    layer_of(p_.data(), q_.data(), n, p, q);
  }

 private:
  const Children& children_;
  std::size_t half_;
  Buffer<typename Children::Numerator> p_;
  Buffer<K> q_;
};

// The nodes of the lowest layer, made from their leaves, as children of the layer above.
class LeafParents {
 public:
  using Numerator = K;
  static constexpr u32 kDepth = 1;

  LeafParents(const LeafSource& source, u32 depth)
      : leaves_(source), half_(std::size_t{1} << (depth - log_tree_blocks(depth) - 1)) {}
  // Nodes [x, x + n), which lie in one block.
  void load(std::size_t x, std::size_t n, K* p, K* q) const {
    Parents(leaves_, half_, n).make(x, n, p, q);
  }

 private:
  Leaves leaves_;
  std::size_t half_;
};

// Children at X = 0 and 1, first and second ones, n of each: what they add to a round, and what they are once bound.
FractionRound round_of(const F* p, const K* q, const K& lambda, const K* eq, std::size_t n) {
  FractionRound sum;
  leaf_round(p, q, lambda, eq, n, sum);
  return sum;
}
FractionRound round_of(K* p, K* q, const K& lambda, const K* eq, std::size_t n) {
  const K one = kOne;
  return fraction_first_round({p, p + 2 * n, q, q + 2 * n}, lambda, {eq, &one, ceil_log2(n)}, n);
}
void bind(K* at, const K& r, std::size_t n, K* out) {
  fold_halves(at, n, r);
  std::copy_n(at, n, out);
}
void bind(const F* at, const K& r, std::size_t n, K* out) { leaf_bind(at, at + n, r, n, out); }

// A low layer, whose children are made where they are read and never stored: twice, for the first round and to be bound.
template <class Children>
class LowLayer {
 public:
  LowLayer(Children children, std::size_t num_leaves, u32 depth)
      : children_(std::move(children)), log_all_(log_tree_blocks(depth)) {
    const u32 log_leaves = depth - log_all_;  // of a block
    quarter_ = std::size_t{1} << (log_leaves - Children::kDepth - 2);
    blocks_ = (num_leaves + (std::size_t{1} << log_leaves) - 1) >> log_leaves;
  }

  FractionRound round(const K& lambda, const EqRounds& rounds) const {
    std::mutex mutex;
    FractionRound total;
    const SplitEq eq = rounds.eq();
    const std::size_t n = std::size_t{1} << eq.log_low, pieces = quarter_ / n;
    parallel_for(blocks_ * pieces, 1, [&](std::size_t begin, std::size_t end) {
      Piece at(n);
      FractionRound own;
      for (std::size_t x = begin; x < end; ++x) {
        const std::size_t b = x / pieces, y = x % pieces;
        load(b, y * n, at);
        const FractionRound part = round_of(at.p.data(), at.q.data(), lambda, eq.low, n);
        const K weight = eq.high[y] * rounds.block_weights()[b];
        own.at0 += weight * part.at0;
        own.square += weight * part.square;
      }
      const std::lock_guard lock(mutex);
      total.at0 += own.at0;
      total.square += own.square;
    });
    total.at0 += lambda * rounds.weight_from(blocks_);
    return total;
  }

  // The children bound at r, half as long.
  Layer bound(const K& r) const {
    Layer out{Table(2 * quarter_ * blocks_), Table(2 * quarter_ * blocks_), blocks_};
    const std::size_t n = std::min(quarter_, kChunk), pieces = quarter_ / n;
    parallel_for(blocks_ * pieces, 1, [&](std::size_t begin, std::size_t end) {
      Piece at(n);
      for (std::size_t x = begin; x < end; ++x) {
        const std::size_t b = x / pieces, y = x % pieces * n;
        load(b, y, at);
        for (u32 child = 0; child < 2; ++child) {
          const std::size_t to = (2 * b + child) * quarter_ + y, from = 2 * child * n;
          bind(at.p.data() + from, r, n, out.p.data() + to);
          bind(at.q.data() + from, r, n, out.q.data() + to);
        }
      }
    });
    return join_short(std::move(out), log_all_);
  }

  // The nodes of the layer.
  Layer nodes() const {
    const std::size_t half = 2 * quarter_, n = std::min(half, kChunk);
    Layer up{Table(blocks_ * half), Table(blocks_ * half), blocks_};
    parallel_for(blocks_ * half / n, 1, [&](std::size_t begin, std::size_t end) {
      Parents parents(children_, half, n);
      for (std::size_t x = begin * n; x < end * n; x += n)
        parents.make(x, n, up.p.data() + x, up.q.data() + x);
    });
    return join_short(std::move(up), log_all_);
  }

 private:
  // First children at X = 0 and 1, then second children, n of each.
  struct Piece {
    explicit Piece(std::size_t n_) : n(n_), p(4 * n_), q(4 * n_) {}
    std::size_t n;
    std::vector<typename Children::Numerator> p;
    std::vector<K> q;
  };
  void load(std::size_t block, std::size_t y, Piece& at) const {
    for (u32 i = 0; i < 4; ++i)
      children_.load((4 * block + i) * quarter_ + y, at.n, at.p.data() + i * at.n,
                     at.q.data() + i * at.n);
  }

  Children children_;
  u32 log_all_;
  std::size_t quarter_ = 0, blocks_ = 0;
};

}  // namespace

std::vector<K> prove_fraction_tree(const LeafSource& source, u32 depth, MaskedSender& sender,
                                   u32 deep_from) {
  PEDIGREE_REQUIRE(depth >= 2, "a lookup tree has four leaves at least");
  const u32 log_all = log_tree_blocks(depth);
  const LowLayer lowest(Leaves(source), source.size(), depth);
  const bool is_deep = depth >= deep_from;
  std::optional<LowLayer<LeafParents>> second;
  if (is_deep) second.emplace(LeafParents(source, depth), source.size(), depth);

  std::vector<Layer> layers(depth);  // layers[k] has 2^k nodes
  const u32 stored = is_deep ? depth - 2 : depth - 1;
  layers[stored] = is_deep ? second->nodes() : lowest.nodes();
  for (u32 k = stored; k-- > 0;) layers[k] = combine(layers[k + 1], log_all);
  sender.send("tree_root", layers[0].q[0]);

  std::vector<K> point;
  K p = layers[0].p[0], q = layers[0].q[0];  // of layer k at the point
  for (u32 k = 0; k < depth; ++k) {
    layers[k] = Layer();
    const K lambda = sender.challenge("lambda");
    const bool in_blocks = k >= stored || layers[k + 1].blocks > 0;
    EqRounds rounds(point, p + lambda * q, sender, in_blocks ? log_all : 0);
    Layer tables;
    K r;
    const auto first_round = [&](const auto& low) {
      r = rounds.exchange(low.round(lambda, rounds));
      tables = low.bound(r);
      if (tables.blocks == 0 && rounds.left() > 0) rounds.join_blocks();
    };
    if (k + 1 == depth)
      first_round(lowest);
    else if (k >= stored)
      first_round(*second);
    else
      tables = std::move(layers[k + 1]);
    LayerProver layer(std::move(tables), lambda);
    if (rounds.left() > 0) {
      r = rounds.exchange(layer.first_round(rounds));
      while (rounds.left() > 0) r = rounds.exchange(layer.next_round(r, rounds));
      layer.bind_last(r);
    }
    const std::array<K, 4> children = layer.children();
    for (const K& child : children) sender.send("children", child);
    const K tau = sender.challenge("tau");
    p = children[0] + tau * (children[1] - children[0]);
    q = children[2] + tau * (children[3] - children[2]);
    point = rounds.take_point();
    point.push_back(tau);
  }
  point_of_address(point);
  return point;
}

}  // namespace pedigree
