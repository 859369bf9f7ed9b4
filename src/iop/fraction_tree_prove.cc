#include <algorithm>
#include <mutex>

#include "base/require.h"
#include "iop/fraction_tree.h"
#include "kernel/fold.h"
#include "kernel/parallel.h"
#include "kernel/rounds.h"

namespace pedigree {

namespace {

struct Layer {
  std::vector<K> p, q;
};

constexpr std::size_t kChunk = 1024;

// The layer above the leaves, without keeping them.
Layer combine_leaves(const LeafSource& source, u32 depth) {
  const std::size_t half = std::size_t{1} << (depth - 1);
  Layer up{std::vector<K>(half), std::vector<K>(half)};
  parallel_for(half, kChunk, [&](std::size_t begin, std::size_t end) {
    std::vector<K> q0(kChunk), q1(kChunk);
    std::vector<F> p0(kChunk), p1(kChunk);
    for (std::size_t at = begin; at < end; at += kChunk) {
      const std::size_t n = std::min(kChunk, end - at);
      source.leaves(at, at + n, q0.data(), p0.data());
      source.leaves(half + at, half + at + n, q1.data(), p1.data());
      for (std::size_t i = 0; i < n; ++i) {
        up.p[at + i] = q1[i] * p0[i] + q0[i] * p1[i];
        up.q[at + i] = q0[i] * q1[i];
      }
    }
  });
  return up;
}

Layer combine(const Layer& below) {
  const std::size_t half = below.p.size() / 2;
  Layer up{std::vector<K>(half), std::vector<K>(half)};
  fraction_layer(below.p.data(), below.q.data(), half, up.p.data(), up.q.data());
  return up;
}

// One layer above the leaves, children in tables that are used up. The summand is eq (p_0 q_1 + q_0 w), w = p_1 + lambda q_1.
class LayerProver {
 public:
  // p_0, p_1 in p, q_0, q_1 in q, each 2^k; w takes the place of p_1.
  LayerProver(Layer children, const K& lambda)
      : children_(std::move(children)), size_(children_.p.size() / 2) {
    add_scaled(w_(), q1_(), lambda, size_);
  }

  void round(std::span<const K> eq, K& h1, K& h2) const {
    fraction_round({children_.p.data(), w_(), children_.q.data(), q1_()}, eq.data(), size_ / 2, h1,
                   h2);
  }

  void bind(const K& r) {
    K* const tables[] = {children_.p.data(), w_(), children_.q.data(), q1_()};
    size_ /= 2;
    for (K* table : tables) fold_halves(table, size_, r);
  }

  K p0() const { return children_.p[0]; }
  K p1(const K& lambda) const { return *w_() - lambda * *q1_(); }
  K q0() const { return children_.q[0]; }
  K q1() const { return *q1_(); }

 private:
  // The second halves stay where they were while the tables shrink.
  K* w_() const { return const_cast<K*>(children_.p.data()) + children_.p.size() / 2; }
  K* q1_() const { return const_cast<K*>(children_.q.data()) + children_.q.size() / 2; }

  Layer children_;
  std::size_t size_;
};

// The layer whose children are the leaves: its first round reads them from the source, twice, and only the bound tables,
// half as long, are ever stored. Numerators of leaves lie in F.
class LeafLayer {
 public:
  LeafLayer(const LeafSource& source, u32 depth, const K& lambda)
      : source_(source), quarter_(std::size_t{1} << (depth - 2)), lambda_(lambda) {}

  void round(std::span<const K> eq, K& h1, K& h2) const {
    std::mutex mutex;
    h1 = h2 = K();
    parallel_for(quarter_, kChunk, [&](std::size_t begin, std::size_t end) {
      Leaves at(*this);
      K linear, square;
      for (std::size_t x = begin; x < end; x += kChunk) {
        const std::size_t n = std::min(kChunk, end - x);
        at.load(x, n);
        std::vector<K>&p0 = at.lifted, &w = at.shifted;  // both halves of each, n values a half
        for (u32 side = 0; side < 2; ++side)
          for (std::size_t i = 0; i < n; ++i) {
            p0[side * n + i] = at.p[side][i];
            w[side * n + i] = lambda_ * at.q[(2 + side) * n + i] + at.p[2 + side][i];
          }
        K h[2];
        fraction_round({p0.data(), w.data(), at.q.data(), at.q.data() + 2 * n}, eq.data() + x, n,
                       h[0], h[1]);
        linear += h[0];
        square += h[1];
      }
      const std::lock_guard lock(mutex);
      h1 += linear;
      h2 += square;
    });
  }

  // Children bound at r, as LayerProver takes them (p_1, not w).
  Layer bound(const K& r) const {
    Layer out{std::vector<K>(2 * quarter_), std::vector<K>(2 * quarter_)};
    parallel_for(quarter_, kChunk, [&](std::size_t begin, std::size_t end) {
      Leaves at(*this);
      for (std::size_t x = begin; x < end; x += kChunk) {
        const std::size_t n = std::min(kChunk, end - x);
        at.load(x, n);
        for (u32 child = 0; child < 2; ++child)
          for (std::size_t i = 0; i < n; ++i) {
            const std::size_t to = child * quarter_ + x + i;
            out.p[to] = r * (at.p[2 * child + 1][i] - at.p[2 * child][i]) + at.p[2 * child][i];
          }
        for (u32 child = 0; child < 2; ++child) {
          fold_halves(at.q.data() + 2 * child * n, n, r);
          std::copy_n(at.q.data() + 2 * child * n, n, out.q.data() + child * quarter_ + x);
        }
      }
    });
    return out;
  }

 private:
  // Leaves x, x + quarter (first children), x + 2 quarter, x + 3 quarter (second children) of a chunk of n.
  struct Leaves {
    explicit Leaves(const LeafLayer& layer_)
        : layer(layer_), q(4 * kChunk), lifted(2 * kChunk), shifted(2 * kChunk) {
      for (std::vector<F>& numerators : p) numerators.resize(kChunk);
    }
    void load(std::size_t x, std::size_t n) {
      for (u32 i = 0; i < 4; ++i)
        layer.source_.leaves(i * layer.quarter_ + x, i * layer.quarter_ + x + n, q.data() + i * n,
                             p[i].data());
    }
    const LeafLayer& layer;
    std::vector<K> q;  // four runs of n
    std::vector<F> p[4];
    std::vector<K> lifted, shifted;
  };

  const LeafSource& source_;
  std::size_t quarter_;
  K lambda_;
};

// The mean over the highest variable of eq is eq over the variables below it.
void halve(std::vector<K>& eq, std::size_t half) {
  for (std::size_t x = 0; x < half / 2; ++x) eq[x] += eq[x + half / 2];
}

}  // namespace

std::vector<K> prove_fraction_tree(const LeafSource& source, u32 depth, MaskedSender& sender) {
  PEDIGREE_REQUIRE(depth >= 2, "a lookup tree has four leaves at least");
  std::vector<Layer> layers(depth);  // layers[k] has 2^k nodes
  layers[depth - 1] = combine_leaves(source, depth);
  for (u32 k = depth - 1; k-- > 0;) layers[k] = combine(layers[k + 1]);
  sender.send("tree_root", layers[0].q[0]);

  std::vector<K> point, eq;
  for (u32 k = 0; k < depth; ++k) {
    layers[k] = Layer();
    const K lambda = sender.challenge("lambda");
    std::vector<K> next(k);
    if (k > 0) {
      eq.resize(std::size_t{1} << (k - 1));
      eq_table(std::span<const K>(point.data(), k - 1), K(kOne), eq.data());
    }
    u32 i = k;
    const auto exchange = [&](const K& h1, const K& h2) {
      sender.send("round", h1);
      sender.send("round", h2);
      next[i] = sender.challenge("bind");
      halve(eq, std::size_t{1} << i);
    };
    Layer children;
    if (k + 1 < depth) {
      children = std::move(layers[k + 1]);
    } else {
      const LeafLayer leaves(source, depth, lambda);
      K h1, h2;
      leaves.round(std::span<const K>(eq.data(), std::size_t{1} << --i), h1, h2);
      exchange(h1, h2);
      children = leaves.bound(next[i]);
    }
    LayerProver layer(std::move(children), lambda);
    while (i-- > 0) {
      K h1, h2;
      layer.round(std::span<const K>(eq.data(), std::size_t{1} << i), h1, h2);
      exchange(h1, h2);
      layer.bind(next[i]);
    }
    for (const K& child : {layer.p0(), layer.p1(lambda), layer.q0(), layer.q1()})
      sender.send("children", child);
    next.push_back(sender.challenge("tau"));
    point = std::move(next);
  }
  return point;
}

}  // namespace pedigree
