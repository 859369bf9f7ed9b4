#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <optional>

#include "base/require.h"
#include "iop/fraction_tree.h"
#include "iop/tree_layers.h"
#include "iop/tree_order.h"
#include "kernel/fold.h"
#include "kernel/parallel.h"
#include "kernel/rounds.h"

namespace pedigree {

namespace {

using namespace tree;

// Blocks that belong to one lookup, or to one map.
template <class Numerator>
using BlocksOf = std::vector<std::optional<typename LeafSourceOf<Numerator>::Block>>;

template <class Numerator>
BlocksOf<Numerator> blocks_of(const LeafSourceOf<Numerator>& source, u32 depth) {
  const std::size_t size = std::size_t{1} << (depth - log_tree_blocks(depth));
  BlocksOf<Numerator> out((source.size() + size - 1) / size);
  if (size < 2 * kShortestBlock) return out;
  for (std::size_t b = 0; b < out.size(); ++b) out[b] = source.block(b * size, (b + 1) * size);
  return out;
}

// Those that are gaps; not all of the tree.
template <class Numerator>
Gaps gaps_of(const LeafSourceOf<Numerator>& source, u32 depth) {
  const u32 log_all = log_tree_blocks(depth);
  const std::size_t size = std::size_t{1} << (depth - log_all);
  Gaps out;
  for (std::size_t b = std::size_t{1} << log_all; b-- > 0;) {
    const bool may_be =
        size >= 2 * kShortestBlock && (b > 0 || out.places.size() + 1 < 1u << log_all);
    if (b * size >= source.size() || (may_be && source.is_gap(b * size, (b + 1) * size)))
      out.places.push_back(b);
  }
  return out;
}

// The leaves as children of the lowest layer.
template <class NumeratorOfLeaves>
class Leaves {
 public:
  using Numerator = NumeratorOfLeaves;
  using BlockList = BlocksOf<NumeratorOfLeaves>;
  static constexpr u32 kDepth = 0;

  explicit Leaves(const LeafSourceOf<Numerator>& source) : source_(source) {}
  void load(std::size_t x, std::size_t n, Numerator* p, K* q) const {
    source_.leaves(x, x + n, q, p);
  }

 private:
  const LeafSourceOf<Numerator>& source_;
};

void layer_of(const F* p, const K* q, std::size_t n, K* up_p, K* up_q) {
  leaf_layer(p, q, n, up_p, up_q);
}
void layer_of(const K* p, const K* q, std::size_t n, K* up_p, K* up_q) {
  fraction_layer(p, q, n, up_p, up_q);
}

// Makes nodes of a layer from their children, both of them in runs of a block.
template <class Below>
class Parents {
 public:
  // Blocks of `half` nodes; `most` nodes at a time.
  Parents(const Below& below, std::size_t half, std::size_t most)
      : below_(below), half_(half), p_(2 * most), q_(2 * most) {}
  // Nodes [x, x + n), which lie in one block.
  void make(std::size_t x, std::size_t n, K* p, K* q) {
    const std::size_t first = x / half_ * 2 * half_ + x % half_;
    for (u32 child = 0; child < 2; ++child)
      below_.load(first + child * half_, n, p_.data() + child * n, q_.data() + child * n);
    layer_of(p_.data(), q_.data(), n, p, q);
  }

 private:
  const Below& below_;
  std::size_t half_;
  Buffer<typename Below::Numerator> p_;
  Buffer<K> q_;
};

// The nodes of the lowest layer, made from their leaves, as children of the layer above.
template <class NumeratorOfLeaves>
class LeafParents {
 public:
  using Numerator = K;
  using BlockList = BlocksOf<NumeratorOfLeaves>;
  static constexpr u32 kDepth = 1;

  LeafParents(const LeafSourceOf<NumeratorOfLeaves>& source, const BlockList& blocks, u32 depth)
      : leaves_(source),
        blocks_(blocks),
        half_(std::size_t{1} << (depth - log_tree_blocks(depth) - 1)) {}
  // Nodes [x, x + n), which lie in one block.
  void load(std::size_t x, std::size_t n, K* p, K* q) const {
    if (const auto& block = blocks_[x / half_]) {
      Buffer<K> below(2 * n);
      block->pairs(x % half_, n, below.data(), p, q);
    } else {
      Parents(leaves_, half_, n).make(x, n, p, q);
    }
  }

 private:
  Leaves<NumeratorOfLeaves> leaves_;
  const BlockList& blocks_;
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

void add_weighted(FractionRound& sum, const K& weight, const FractionRound& part) {
  sum.at0 += weight * part.at0;
  sum.square += weight * part.square;
}

// A low layer, whose children are made where they are read and never stored: twice, for the first round and to be bound.
template <class Below>
class LowLayer {
  using BlockList = typename Below::BlockList;
  using Block = typename BlockList::value_type::value_type;

 public:
  LowLayer(Below below, const BlockList& blocks, Gaps gaps, u32 depth)
      : below_(std::move(below)), blocks_(blocks), log_all_(log_tree_blocks(depth)) {
    quarter_ = std::size_t{1} << (depth - log_all_ - Below::kDepth - 2);
    bound_.stride = 2 * quarter_;
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      if (gaps.has(b)) continue;
      auto& places = has_pairs(b) ? bound_.pairs : bound_.fractions;
      there_.push_back(b);
      slot_.push_back(places.size());
      places.push_back(b);
    }
    bound_.gaps = std::move(gaps);
  }

  FractionRound round(const K& lambda, const EqRounds& rounds) const {
    std::mutex mutex;
    FractionRound sum;
    const SplitEq eq = rounds.eq();
    const std::size_t n = std::size_t{1} << eq.log_low, pieces = quarter_ / n;
    const K shift = inverse(lambda);
    parallel_for(there_.size() * pieces, 1, [&](std::size_t begin, std::size_t end) {
      Piece at(n);
      FractionRound own;
      for (std::size_t x = begin; x < end; ++x) {
        const std::size_t b = there_[x / pieces], y = x % pieces * n;
        const K weight = eq.high[x % pieces] * rounds.block_weights()[b];
        add_weighted(own, weight, piece_round(b, y, lambda, shift, eq.low, at));
      }
      const std::lock_guard lock(mutex);
      add_weighted(sum, K(kOne), own);
    });
    sum.at0 += bound_.gaps.round(lambda, rounds);
    return sum;
  }

  // Of the pairs among its children, `r` being the first variable's; none: null.
  std::unique_ptr<PairRest> rest(const K& lambda, const EqRounds& rounds, const K& r) const {
    if (bound_.pairs.empty()) return nullptr;
    const Places places(bound_.pairs, bound_, rounds);
    if constexpr (std::is_same_v<Block, LookupBlock>) {
      return std::make_unique<UnitRest>(lambda, places.total());
    } else {
      std::vector<K> weights;
      for (const std::size_t b : bound_.pairs) weights.push_back(blocks_[b]->weight());
      auto rest =
          std::make_unique<EqRest>(lambda, blocks_[bound_.pairs[0]]->point(), std::move(weights),
                                   places.blocks(), rounds.point().subspan(log_all_));
      rest->bind(r);
      return rest;
    }
  }

  // The children bound at r, half as long.
  Blocks bound(const K& lambda, const K& r) const {
    Blocks out = bound_;
    out.p = Table(out.stride * out.fractions.size());
    out.q = Table(out.p.size());
    out.d = Table(out.stride * out.pairs.size());
    const std::size_t n = std::min(quarter_, kChunk), pieces = quarter_ / n;
    const K shift = inverse(lambda);
    parallel_for(there_.size() * pieces, 1, [&](std::size_t begin, std::size_t end) {
      Piece at(n);
      for (std::size_t x = begin; x < end; ++x) {
        const std::size_t slot = slot_[x / pieces], b = there_[x / pieces], y = x % pieces * n;
        if (!has_pairs(b) && !has_quads(b)) load(b, y, at);
        for (u32 child = 0; child < 2; ++child) {
          const std::size_t to = (2 * slot + child) * quarter_ + y, from = 2 * child * n;
          if (has_pairs(b)) {
            blocks_[b]->bind_pair(child, y, n, shift, r, at.room, out.d.data() + to);
          } else if (has_quads(b)) {
            blocks_[b]->bind_quad(child, y, n, r, out.p.data() + to, out.q.data() + to);
          } else {
            bind(at.p.data() + from, r, n, out.p.data() + to);
            bind(at.q.data() + from, r, n, out.q.data() + to);
          }
        }
      }
    });
    if (out.stride >= kShortestBlock) return out;
    return Blocks(join_short({std::move(out.p), std::move(out.q), there_, bound_.gaps}, log_all_));
  }

  // The nodes of the layer.
  Layer nodes() const {
    return made(2 * quarter_, kChunk,
                [&](auto& parents, std::size_t b, std::size_t y, std::size_t n, K* p, K* q) {
                  make(b, y, n, parents, p, q);
                });
  }
  // Those of the layer above, without these.
  Layer parents() const {
    return made(quarter_, kChunk / 2,
                [&](auto& parents, std::size_t b, std::size_t y, std::size_t n, K* p, K* q) {
                  Buffer<K> below_p(2 * n), below_q(2 * n);
                  for (u32 child = 0; child < 2; ++child)
                    make(b, child * quarter_ + y, n, parents, below_p.data() + child * n,
                         below_q.data() + child * n);
                  layer_of(below_p.data(), below_q.data(), n, p, q);
                });
  }

 private:
  // First children at X = 0 and 1, then second children, n of each.
  struct Piece {
    explicit Piece(std::size_t n_) : n(n_), p(4 * n_), q(4 * n_), room(n_) {}
    std::size_t n;
    Buffer<typename Below::Numerator> p;
    Buffer<K> q;
    typename Block::Room room;
  };
  // A layer of `half` nodes a block, at most `most` at a time: make_nodes(parents of leaves, block, first node, n, p, q).
  template <class MakeNodes>
  Layer made(std::size_t half, std::size_t most, MakeNodes make_nodes) const {
    const std::size_t n = std::min(half, most), blocks = there_.size();
    Layer out{Table(blocks * half), Table(blocks * half), there_, bound_.gaps};
    parallel_for(blocks * half / n, 1, [&](std::size_t begin, std::size_t end) {
      Parents parents(below_, 2 * quarter_, n);
      for (std::size_t x = begin * n; x < end * n; x += n)
        make_nodes(parents, there_[x / half], x % half, n, out.p.data() + x, out.q.data() + x);
    });
    return join_short(std::move(out), log_all_);
  }
  // Nodes [y, y + n) of block b.
  void make(std::size_t b, std::size_t y, std::size_t n, Parents<Below>& parents, K* p,
            K* q) const {
    if constexpr (Block::kQuadRounds)
      if (has_quads(b)) return blocks_[b]->quads(y, n, p, q);
    parents.make(2 * quarter_ * b + y, n, p, q);
  }
  bool has_pairs(std::size_t b) const { return Below::kDepth == 0 && blocks_[b]; }
  bool has_quads(std::size_t b) const {
    return Below::kDepth == 1 && blocks_[b] && blocks_[b]->has_quads();
  }
  // Of the nodes from y on, as many as eq has weights.
  FractionRound piece_round(std::size_t b, std::size_t y, const K& lambda, const K& shift,
                            const K* eq, Piece& at) const {
    if (has_pairs(b)) return blocks_[b]->first_round(y, at.n, lambda, shift, eq, at.room);
    if constexpr (Block::kQuadRounds)
      if (has_quads(b)) return blocks_[b]->quad_round(y, at.n, lambda, eq, at.room);
    load(b, y, at);
    return round_of(at.p.data(), at.q.data(), lambda, eq, at.n);
  }
  void load(std::size_t block, std::size_t y, Piece& at) const {
    for (u32 i = 0; i < 4; ++i)
      below_.load((4 * block + i) * quarter_ + y, at.n, at.p.data() + i * at.n,
                  at.q.data() + i * at.n);
  }

  Below below_;
  const BlockList& blocks_;
  u32 log_all_;
  std::size_t quarter_ = 0;
  Blocks bound_;                    // without tables
  std::vector<std::size_t> there_;  // the blocks that are no gaps
  std::vector<std::size_t> slot_;   // the place of each of these among those of its kind
};

template <class Numerator>
std::vector<K> prove_tree(const LeafSourceOf<Numerator>& source, u32 depth, MaskedSender& sender,
                          u32 deep_from) {
  PEDIGREE_REQUIRE(depth >= 2, "a lookup tree has four leaves at least");
  const u32 log_all = log_tree_blocks(depth);
  const BlocksOf<Numerator> blocks = blocks_of(source, depth);
  const Gaps gaps = gaps_of(source, depth);
  const LowLayer lowest(Leaves<Numerator>(source), blocks, gaps, depth);
  const bool is_deep = depth >= deep_from;
  std::optional<LowLayer<LeafParents<Numerator>>> second;
  if (is_deep) second.emplace(LeafParents<Numerator>(source, blocks, depth), blocks, gaps, depth);

  // layers[k] has 2^k nodes. Of a deep tree those of the lowest that is stored are made when it is their turn: the layers above
  // are gone then.
  std::vector<Layer> layers(depth);
  const u32 stored = is_deep ? depth - 2 : depth - 1, lowest_now = is_deep ? stored - 1 : stored;
  layers[lowest_now] = is_deep ? second->parents() : lowest.nodes();
  for (u32 k = lowest_now; k-- > 0;) layers[k] = combine(layers[k + 1], log_all);
  sender.send("tree_root", layers[0].q[0]);

  std::vector<K> point;
  K p = layers[0].p[0], q = layers[0].q[0];  // of layer k at the point
  for (u32 k = 0; k < depth; ++k) {
    layers[k] = Layer();
    if (is_deep && k + 1 == stored) layers[stored] = second->nodes();
    const K lambda = sender.challenge("lambda");
    PEDIGREE_REQUIRE(!lambda.is_zero(), "a challenge of K is zero once in 2^192 draws");
    const bool in_blocks = k >= stored || !layers[k + 1].in_tree_order();
    EqRounds rounds(point, p + lambda * q, sender, in_blocks ? log_all : 0);
    Blocks tables;
    std::unique_ptr<PairRest> rest;
    K r;
    const auto first_round = [&](const auto& low) {
      r = rounds.exchange(low.round(lambda, rounds));
      tables = low.bound(lambda, r);
      rest = low.rest(lambda, rounds, r);
      if (tables.in_tree_order && rounds.left() > 0) rounds.join_blocks();
    };
    if (k + 1 == depth)
      first_round(lowest);
    else if (k >= stored)
      first_round(*second);
    else
      tables = Blocks(std::move(layers[k + 1]));
    LayerProver layer(std::move(tables), lambda, rounds, std::move(rest));
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

}  // namespace

std::vector<K> prove_fraction_tree(const LeafSource& source, u32 depth, MaskedSender& sender,
                                   u32 deep_from) {
  return prove_tree(source, depth, sender, deep_from);
}
std::vector<K> prove_fraction_tree(const WeightedLeafSource& source, u32 depth,
                                   MaskedSender& sender, u32 deep_from) {
  return prove_tree(source, depth, sender, deep_from);
}

}  // namespace pedigree
