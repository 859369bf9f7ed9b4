#include "iop/fraction_tree.h"

#include <mutex>

#include "base/require.h"
#include "kernel/fold.h"
#include "kernel/parallel.h"
#include "poly/eq.h"

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
  parallel_for(half, 1 << 12, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      KSum sum;
      sum.add_product(below.p[i], below.q[i + half]);
      sum.add_product(below.p[i + half], below.q[i]);
      up.p[i] = sum.value();
      up.q[i] = below.q[i] * below.q[i + half];
    }
  });
  return up;
}

// The summand of a layer, sum over x < half of eq[x] (p_0 q_1 + q_0 w)(x, X) with w = p_1 + lambda q_1: coefficients of X
// and X^2. Tables hold the values at X = 0 in front of those at X = 1.
struct RoundSum {
  KSum linear, square;

  void add(const K& eq, const K& p0, const K& dp0, const K& w, const K& dw, const K& q0, const K& dq0, const K& q1,
           const K& dq1) {
    KSum first, second;
    first.add_product(p0, dq1);
    first.add_product(q1, dp0);
    first.add_product(q0, dw);
    first.add_product(w, dq0);
    second.add_product(dp0, dq1);
    second.add_product(dq0, dw);
    linear.add_product(eq, first.value());
    square.add_product(eq, second.value());
  }
};

// One layer above the leaves, children in tables that are used up.
class LayerProver {
 public:
  // p_0, p_1 in p, q_0, q_1 in q, each 2^k; w takes the place of p_1.
  LayerProver(Layer children, const K& lambda) : children_(std::move(children)), size_(children_.p.size() / 2) {
    K* const w = w_();
    const K* const q1 = q1_();
    parallel_for(size_, 1 << 12, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) w[i] += lambda * q1[i];
    });
  }

  void round(std::span<const K> eq, K& h1, K& h2) const {
    const std::size_t half = size_ / 2;
    const K *p0 = children_.p.data(), *w = w_(), *q0 = children_.q.data(), *q1 = q1_();
    std::mutex mutex;
    h1 = h2 = K();
    parallel_for(half, 1 << 11, [&](std::size_t begin, std::size_t end) {
      RoundSum sum;
      for (std::size_t i = begin; i < end; ++i) {
        const std::size_t j = i + half;
        sum.add(eq[i], p0[i], p0[j] - p0[i], w[i], w[j] - w[i], q0[i], q0[j] - q0[i], q1[i], q1[j] - q1[i]);
      }
      const std::lock_guard lock(mutex);
      h1 += sum.linear.value();
      h2 += sum.square.value();
    });
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
      RoundSum sum;
      Leaves at(*this);
      for (std::size_t x = begin; x < end; x += kChunk) {
        const std::size_t n = std::min(kChunk, end - x);
        at.load(x, n);
        for (std::size_t i = 0; i < n; ++i) {
          const K w = at.w(0, i), w1 = at.w(1, i);
          sum.add(eq[x + i], at.p[0][i], at.p[1][i] - at.p[0][i], w, w1 - w, at.q[0][i], at.q[1][i] - at.q[0][i], at.q[2][i],
                  at.q[3][i] - at.q[2][i]);
        }
      }
      const std::lock_guard lock(mutex);
      h1 += sum.linear.value();
      h2 += sum.square.value();
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
            out.q[to] = at.q[2 * child][i] + r * (at.q[2 * child + 1][i] - at.q[2 * child][i]);
          }
      }
    });
    return out;
  }

 private:
  // Leaves x, x + quarter (first children), x + 2 quarter, x + 3 quarter (second children) of a chunk.
  struct Leaves {
    explicit Leaves(const LeafLayer& layer_) : layer(layer_) {
      for (u32 i = 0; i < 4; ++i) q[i].resize(kChunk), p[i].resize(kChunk);
    }
    void load(std::size_t x, std::size_t n) {
      for (u32 i = 0; i < 4; ++i)
        layer.source_.leaves(i * layer.quarter_ + x, i * layer.quarter_ + x + n, q[i].data(), p[i].data());
    }
    K w(u32 side, std::size_t i) const { return layer.lambda_ * q[2 + side][i] + p[2 + side][i]; }
    const LeafLayer& layer;
    std::vector<K> q[4];
    std::vector<F> p[4];
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
    for (const K& child : {layer.p0(), layer.p1(lambda), layer.q0(), layer.q1()}) sender.send("children", child);
    next.push_back(sender.challenge("tau"));
    point = std::move(next);
  }
  return point;
}

}  // namespace pedigree
