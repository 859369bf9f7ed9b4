#include "iop/fraction_tree.h"

#include <mutex>

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

Layer expand_leaves(const LeafSource& source, u32 depth) {
  const std::size_t size = std::size_t{1} << depth;
  Layer leaves{std::vector<K>(size), std::vector<K>(size)};
  parallel_for(size, kChunk, [&](std::size_t begin, std::size_t end) {
    std::vector<F> p(end - begin);
    source.leaves(begin, end, leaves.q.data() + begin, p.data());
    for (std::size_t i = begin; i < end; ++i) leaves.p[i] = p[i - begin];
  });
  return leaves;
}

// One layer: children p_0 = p[0, h), p_1 = p[h, 2h), likewise q; w = p_1 + lambda q_1 takes the place of p_1, so that the
// summand is p_0 q_1 + q_0 w.
class LayerProver {
 public:
  LayerProver(Layer& children, const K& lambda) : size_(children.p.size() / 2) {
    p0_ = children.p.data();
    w_ = children.p.data() + size_;
    q0_ = children.q.data();
    q1_ = children.q.data() + size_;
    parallel_for(size_, 1 << 12, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) w_[i] += lambda * q1_[i];
    });
  }

  // Coefficients of X and X^2 of sum over x < half of eq[x] (p_0 q_1 + q_0 w)(x, X).
  void round(std::span<const K> eq, K& h1, K& h2) const {
    const std::size_t half = size_ / 2;
    std::mutex mutex;
    h1 = h2 = K();
    parallel_for(half, 1 << 11, [&](std::size_t begin, std::size_t end) {
      KSum s1, s2;
      for (std::size_t i = begin; i < end; ++i) {
        const K dp0 = p0_[i + half] - p0_[i], dq1 = q1_[i + half] - q1_[i];
        const K dq0 = q0_[i + half] - q0_[i], dw = w_[i + half] - w_[i];
        KSum linear, square;
        linear.add_product(p0_[i], dq1);
        linear.add_product(q1_[i], dp0);
        linear.add_product(q0_[i], dw);
        linear.add_product(w_[i], dq0);
        square.add_product(dp0, dq1);
        square.add_product(dq0, dw);
        s1.add_product(eq[i], linear.value());
        s2.add_product(eq[i], square.value());
      }
      const std::lock_guard lock(mutex);
      h1 += s1.value();
      h2 += s2.value();
    });
  }

  void bind(const K& r) {
    size_ /= 2;
    for (K* table : {p0_, w_, q0_, q1_}) fold_halves(table, size_, r);
  }

  K p0() const { return p0_[0]; }
  K p1(const K& lambda) const { return w_[0] - lambda * q1_[0]; }
  K q0() const { return q0_[0]; }
  K q1() const { return q1_[0]; }

 private:
  std::size_t size_;
  K *p0_, *w_, *q0_, *q1_;
};

}  // namespace

std::vector<K> prove_fraction_tree(const LeafSource& source, u32 depth, MaskedSender& sender) {
  std::vector<Layer> layers(depth);  // layers[k] has 2^k nodes
  if (depth > 0) layers[depth - 1] = combine_leaves(source, depth);
  for (u32 k = depth; k-- > 1;) layers[k - 1] = combine(layers[k]);
  sender.send("tree_root", layers[0].q[0]);

  std::vector<K> point, eq;
  for (u32 k = 0; k < depth; ++k) {
    layers[k] = Layer();
    Layer children = k + 1 < depth ? std::move(layers[k + 1]) : expand_leaves(source, depth);
    const K lambda = sender.challenge("lambda");
    LayerProver layer(children, lambda);
    std::vector<K> next(k);
    if (k > 0) {
      eq.resize(std::size_t{1} << (k - 1));
      eq_table(std::span<const K>(point.data(), k - 1), K(kOne), eq.data());
    }
    for (u32 i = k; i-- > 0;) {
      const std::size_t half = std::size_t{1} << i;
      K h1, h2;
      layer.round(std::span<const K>(eq.data(), half), h1, h2);
      sender.send("round", h1);
      sender.send("round", h2);
      next[i] = sender.challenge("bind");
      layer.bind(next[i]);
      // The mean over variable i - 1 of eq is eq over the variables below it.
      for (std::size_t x = 0; x < half / 2; ++x) eq[x] += eq[x + half / 2];
    }
    for (const K& child : {layer.p0(), layer.p1(lambda), layer.q0(), layer.q1()}) sender.send("children", child);
    next.push_back(sender.challenge("tau"));
    point = std::move(next);
  }
  return point;
}

}  // namespace pedigree
