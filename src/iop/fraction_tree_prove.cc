#include <algorithm>
#include <array>
#include <mutex>

#include "base/require.h"
#include "iop/eq_rounds.h"
#include "iop/fraction_tree.h"
#include "kernel/fold.h"
#include "kernel/parallel.h"
#include "kernel/rounds.h"

namespace pedigree {

namespace {

using Table = TreeTable;

struct Layer {
  Table p, q;
};

constexpr std::size_t kChunk = kTreeChunk;

// The layer above the leaves, without keeping them.
Layer combine_leaves(const LeafSource& source, u32 depth) {
  const std::size_t half = std::size_t{1} << (depth - 1);
  Layer up{Table(half), Table(half)};
  parallel_for(half, kChunk, [&](std::size_t begin, std::size_t end) {
    std::vector<K> q(2 * kChunk);
    std::vector<F> p(2 * kChunk);
    for (std::size_t at = begin; at < end; at += kChunk) {
      const std::size_t n = std::min(kChunk, end - at);
      source.leaves(at, at + n, q.data(), p.data());
      source.leaves(half + at, half + at + n, q.data() + n, p.data() + n);
      leaf_layer(p.data(), q.data(), n, up.p.data() + at, up.q.data() + at);
    }
  });
  return up;
}

Layer combine(const Layer& below) {
  const std::size_t half = below.p.size() / 2;
  Layer up{Table(half), Table(half)};
  fraction_layer(below.p.data(), below.q.data(), half, up.p.data(), up.q.data());
  return up;
}

// The rounds of one layer above the leaves, children in tables that are used up: p_0, p_1 in p, q_0, q_1 in q, each 2^k.
class LayerProver {
 public:
  LayerProver(Layer children, const K& lambda)
      : children_(std::move(children)), lambda_(lambda), size_(children_.p.size() / 2) {
    K *const p = children_.p.data(), *const q = children_.q.data();
    tables_ = {p, p + size_, q, q + size_};
  }

  FractionRound first_round(const SplitEq& eq) {
    size_ /= 2;
    return fraction_first_round(tables_, lambda_, eq, size_);
  }
  // After the highest variable is bound at r.
  FractionRound next_round(const K& r, const SplitEq& eq) {
    size_ /= 2;
    return fraction_next_round(tables_, r, eq, size_);
  }
  // The last variable, of at least one.
  void bind_last(const K& r) {
    for (K* const table : {tables_.p0, tables_.w, tables_.q0, tables_.q1}) fold_halves(table, 1, r);
    *tables_.w -= lambda_ * *tables_.q1;
  }

  // p_0, p_1, q_0, q_1 once all variables are bound.
  std::array<K, 4> children() const { return {*tables_.p0, *tables_.w, *tables_.q0, *tables_.q1}; }

 private:
  Layer children_;
  K lambda_;
  std::size_t size_;
  FractionTables tables_;
};

// The layer whose children are the leaves: its first round reads them from the source, twice, and only the bound tables,
// half as long, are ever stored. Numerators of leaves lie in F.
class LeafLayer {
 public:
  LeafLayer(const LeafSource& source, u32 depth)
      : source_(source), quarter_(std::size_t{1} << (depth - 2)) {}

  FractionRound round(const K& lambda, const SplitEq& eq) const {
    std::mutex mutex;
    FractionRound total;
    const std::size_t n = std::size_t{1} << eq.log_low;
    parallel_for(quarter_ >> eq.log_low, 1, [&](std::size_t begin, std::size_t end) {
      Leaves at(n);
      FractionRound own;
      for (std::size_t x = begin; x < end; ++x) {
        load(x * n, at);
        FractionRound part;
        leaf_round(at.p.data(), at.q.data(), lambda, eq.low, n, part);
        own.at0 += eq.high[x] * part.at0;
        own.square += eq.high[x] * part.square;
      }
      const std::lock_guard lock(mutex);
      total.at0 += own.at0;
      total.square += own.square;
    });
    return total;
  }

  // Children bound at r.
  Layer bound(const K& r) const {
    Layer out{Table(2 * quarter_), Table(2 * quarter_)};
    const std::size_t n = std::min(quarter_, kChunk);
    parallel_for(quarter_ / n, 1, [&](std::size_t begin, std::size_t end) {
      Leaves at(n);
      for (std::size_t x = begin * n; x < end * n; x += n) {
        load(x, at);
        for (u32 child = 0; child < 2; ++child) {
          const std::size_t to = child * quarter_ + x, from = 2 * child * n;
          leaf_bind(at.p.data() + from, at.p.data() + from + n, r, n, out.p.data() + to);
          fold_halves(at.q.data() + from, n, r);
          std::copy_n(at.q.data() + from, n, out.q.data() + to);
        }
      }
    });
    return out;
  }

 private:
  // First children at X = 0 and 1, then second children, n of each.
  struct Leaves {
    explicit Leaves(std::size_t n_) : n(n_), q(4 * n_), p(4 * n_) {}
    std::size_t n;
    std::vector<K> q;
    std::vector<F> p;
  };
  void load(std::size_t x, Leaves& at) const {
    for (u32 i = 0; i < 4; ++i)
      source_.leaves(i * quarter_ + x, i * quarter_ + x + at.n, at.q.data() + i * at.n,
                     at.p.data() + i * at.n);
  }

  const LeafSource& source_;
  std::size_t quarter_;
};

}  // namespace

std::vector<K> prove_fraction_tree(const LeafSource& source, u32 depth, MaskedSender& sender) {
  PEDIGREE_REQUIRE(depth >= 2, "a lookup tree has four leaves at least");
  std::vector<Layer> layers(depth);  // layers[k] has 2^k nodes
  layers[depth - 1] = combine_leaves(source, depth);
  for (u32 k = depth - 1; k-- > 0;) layers[k] = combine(layers[k + 1]);
  sender.send("tree_root", layers[0].q[0]);

  std::vector<K> point;
  K p = layers[0].p[0], q = layers[0].q[0];  // of layer k at the point
  for (u32 k = 0; k < depth; ++k) {
    layers[k] = Layer();
    const K lambda = sender.challenge("lambda");
    EqRounds rounds(point, p + lambda * q, sender);
    Layer tables;
    K r;
    if (k + 1 < depth) {
      tables = std::move(layers[k + 1]);
    } else {
      const LeafLayer leaves(source, depth);
      r = rounds.exchange(leaves.round(lambda, rounds.eq()));
      tables = leaves.bound(r);
    }
    LayerProver layer(std::move(tables), lambda);
    if (rounds.left() > 0) {
      r = rounds.exchange(layer.first_round(rounds.eq()));
      while (rounds.left() > 0) r = rounds.exchange(layer.next_round(r, rounds.eq()));
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
  return point;
}

}  // namespace pedigree
