#include <algorithm>
#include <array>
#include <mutex>

#include "base/require.h"
#include "kernel/parallel.h"
#include "poly/polynomial.h"

namespace pedigree {

namespace {

// Powers of root_of_unity(k) below half its order, and of its inverse.
struct Twiddles {
  std::vector<F> forward, back;
};

const Twiddles& twiddles(u32 k) {
  static std::array<Twiddles, kTwoAdicity + 1> known;
  static std::array<std::once_flag, kTwoAdicity + 1> made;
  std::call_once(made[k], [k] {
    const auto powers = [half = k == 0 ? 0 : std::size_t{1} << (k - 1)](F root) {
      std::vector<F> out(half);
      F power = kOne;
      for (F& x : out) {
        x = power;
        power *= root;
      }
      return out;
    };
    const F root = root_of_unity(k);
    known[k] = {powers(root), powers(inverse(root))};
  });
  return known[k];
}

constexpr std::size_t kSchoolbook = 32;

u32 log_length(std::size_t n) { return ceil_log2(n == 0 ? 1 : n); }

Polynomial padded(const Polynomial& a, u32 k) {
  Polynomial out(std::size_t{1} << k);
  std::copy_n(a.begin(), std::min(a.size(), out.size()), out.begin());
  return out;
}

// The product tree of 1 - b_i z over points b_i: level k has nodes of 2^k points each, made up with b = 0. A node T has degree
// 2^k at most and T(0) = 1. What is kept of the children of a node of 2^k points are their values under a transform of 2^k.
class RootTree {
 public:
  explicit RootTree(std::span<const F> points) : depth_(log_length(points.size())) {
    // Nodes without their constant 1: coefficients of z ... z^size.
    std::vector<F> nodes(std::size_t{1} << depth_);
    for (std::size_t i = 0; i < points.size(); ++i) nodes[i] = -points[i];
    children_.resize(depth_ + 1);
    for (u32 k = 1; k <= depth_; ++k) {
      std::vector<F>& children = children_[k];
      children.resize(std::size_t{2} << depth_);
      each_node(k, [&](std::size_t node) {
        const std::size_t size = std::size_t{1} << k, half = size / 2;
        F* const left = children.data() + 2 * node * size;
        F* const right = left + size;
        F* const own = nodes.data() + node * size;
        for (u32 side = 0; side < 2; ++side) {
          F* const child = side == 0 ? left : right;
          child[0] = kOne;
          std::copy_n(own + side * half, half, child + 1);
          std::fill(child + half + 1, child + size, F());
          transform(child, k);
        }
        std::vector<F> product(size);
        for (std::size_t x = 0; x < size; ++x) product[x] = left[x] * right[x];
        transform_back(product.data(), k);
        // The coefficient of z^size wrapped onto the constant, which is 1.
        std::copy_n(product.begin() + 1, size - 1, own);
        own[size - 1] = product[0] - kOne;
      });
    }
    root_.assign(1, kOne);
    root_.insert(root_.end(), nodes.begin(), nodes.end());
    root_.resize(points.size() + 1);
  }

  // Product of 1 - b_i z, of length |points| + 1.
  const Polynomial& root() const { return root_; }

  // f at each point: the transpose of c -> sum over i of c_i / (1 - b_i z) mod z^|f|.
  std::vector<F> values(const Polynomial& f) const {
    const std::size_t all = std::size_t{1} << depth_;
    std::vector<F> w(all);
    if (f.empty()) return w;
    // w_k = sum over l of f_(k + l) g_l, k < 2^depth: a product with f reversed.
    Polynomial reversed(f.rbegin(), f.rend());
    const Polynomial product = multiply(reversed, inverse_series(root_, f.size()));
    for (std::size_t k = 0; k < std::min(all, f.size()); ++k) w[k] = product[f.size() - 1 - k];
    for (u32 k = depth_; k > 0; --k) {
      each_node(k, [&](std::size_t node) {
        const std::size_t size = std::size_t{1} << k, half = size / 2;
        const F* const left = children_[k].data() + 2 * node * size;
        const F* const right = left + size;
        F* const own = w.data() + node * size;
        // Correlations with the other child: a product with own reversed, as indices do not wrap.
        std::vector<F> turned(size), part(size);
        for (std::size_t x = 0; x < size; ++x) turned[x] = own[size - 1 - x];
        transform(turned.data(), k);
        for (u32 side = 0; side < 2; ++side) {
          const F* const other = side == 0 ? right : left;
          for (std::size_t x = 0; x < size; ++x) part[x] = turned[x] * other[x];
          transform_back(part.data(), k);
          for (std::size_t x = 0; x < half; ++x) own[side * half + x] = part[size - 1 - x];
        }
      });
    }
    return w;
  }

  // sum over i of c_i product over j != i of 1 - b_j z, of length 2^depth.
  Polynomial combine(std::vector<F> c) const {
    for (u32 k = 1; k <= depth_; ++k) {
      each_node(k, [&](std::size_t node) {
        const std::size_t size = std::size_t{1} << k, half = size / 2;
        const F* const left = children_[k].data() + 2 * node * size;
        const F* const right = left + size;
        F* const own = c.data() + node * size;
        std::vector<F> of_left(size), of_right(size);
        std::copy_n(own, half, of_left.begin());
        std::copy_n(own + half, half, of_right.begin());
        transform(of_left.data(), k);
        transform(of_right.data(), k);
        for (std::size_t x = 0; x < size; ++x)
          own[x] = of_left[x] * right[x] + of_right[x] * left[x];
        transform_back(own, k);
      });
    }
    return c;
  }

 private:
  template <class Body>
  void each_node(u32 k, const Body& body) const {
    const std::size_t grain = std::max<std::size_t>(1, std::size_t{4096} >> k);
    parallel_for(std::size_t{1} << (depth_ - k), grain, [&](std::size_t begin, std::size_t end) {
      for (std::size_t node = begin; node < end; ++node) body(node);
    });
  }

  u32 depth_;
  std::vector<std::vector<F>> children_;  // by level: left and right of each node, transformed
  Polynomial root_;
};

// One inversion for all; none of them is zero.
void invert_all(std::vector<F>& x) {
  std::vector<F> before(x.size());
  F product = kOne;
  for (std::size_t i = 0; i < x.size(); ++i) {
    before[i] = product;
    product *= x[i];
  }
  F rest = inverse(product);
  for (std::size_t i = x.size(); i-- > 0;) {
    const F own = x[i];
    x[i] = rest * before[i];
    rest *= own;
  }
}

Polynomial derivative(const Polynomial& f) {
  Polynomial out(f.empty() ? 0 : f.size() - 1);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = F(i + 1) * f[i + 1];
  return out;
}

}  // namespace

void transform(F* values, u32 k) {
  const std::vector<F>& w = twiddles(k).forward;
  const std::size_t n = std::size_t{1} << k;
  for (std::size_t half = n / 2, step = 1; half > 0; half /= 2, step *= 2)
    for (std::size_t at = 0; at < n; at += 2 * half)
      for (std::size_t i = 0; i < half; ++i) {
        F &low = values[at + i], &high = values[at + half + i];
        const F difference = low - high;
        low += high;
        high = difference * w[i * step];
      }
}

void transform_back(F* values, u32 k) {
  const std::vector<F>& w = twiddles(k).back;
  const std::size_t n = std::size_t{1} << k;
  for (std::size_t half = 1, step = n / 2; half < n; half *= 2, step /= 2)
    for (std::size_t at = 0; at < n; at += 2 * half)
      for (std::size_t i = 0; i < half; ++i) {
        F &low = values[at + i], &high = values[at + half + i];
        const F turned = high * w[i * step];
        high = low - turned;
        low += turned;
      }
  const F scale = inverse_pow2(k);
  for (std::size_t i = 0; i < n; ++i) values[i] *= scale;
}

Polynomial multiply(const Polynomial& a, const Polynomial& b) {
  if (a.empty() || b.empty()) return {};
  Polynomial out(a.size() + b.size() - 1);
  if (std::min(a.size(), b.size()) <= kSchoolbook) {
    for (std::size_t i = 0; i < a.size(); ++i)
      for (std::size_t j = 0; j < b.size(); ++j) out[i + j] += a[i] * b[j];
    return out;
  }
  const u32 k = log_length(out.size());
  Polynomial x = padded(a, k), y = padded(b, k);
  transform(x.data(), k);
  transform(y.data(), k);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] *= y[i];
  transform_back(x.data(), k);
  std::copy_n(x.begin(), out.size(), out.begin());
  return out;
}

Polynomial inverse_series(const Polynomial& a, std::size_t n) {
  PEDIGREE_REQUIRE(!a.empty() && !(a[0] == F()), "a series without a constant has no inverse");
  Polynomial g{inverse(a[0])};
  while (g.size() < n) {
    // g (2 - a g) to twice the length.
    const std::size_t length = std::min(2 * g.size(), n);
    const Polynomial head(a.begin(), a.begin() + std::min(a.size(), length));
    Polynomial error = multiply(head, g);
    error.resize(length);
    for (F& x : error) x = -x;
    error[0] += F(2);
    g = multiply(g, error);
    g.resize(length);
  }
  g.resize(n);
  return g;
}

Polynomial divide(const Polynomial& f, const Polynomial& g) {
  PEDIGREE_REQUIRE(!g.empty(), "a division by zero");
  if (f.size() < g.size()) return {};
  const std::size_t n = f.size() - g.size() + 1;
  const Polynomial divisor(g.rbegin(), g.rend()), head(f.rbegin(), f.rbegin() + n);
  Polynomial quotient = multiply(head, inverse_series(divisor, n));
  quotient.resize(n);
  std::reverse(quotient.begin(), quotient.end());
  return quotient;
}

Polynomial remainder(const Polynomial& f, const Polynomial& g) {
  if (f.size() < g.size()) return f;
  const Polynomial whole = multiply(divide(f, g), g);
  Polynomial out(f.begin(), f.begin() + (g.size() - 1));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] -= whole[i];
  return out;
}

Polynomial from_roots(std::span<const F> roots) {
  Polynomial out = RootTree(roots).root();
  std::reverse(out.begin(), out.end());
  return out;
}

std::vector<F> values_at(const Polynomial& f, std::span<const F> points) {
  std::vector<F> out = RootTree(points).values(f);
  out.resize(points.size());
  return out;
}

Polynomial interpolate(std::span<const F> points, std::span<const F> values) {
  const std::size_t n = points.size();
  const RootTree tree(points);
  Polynomial product = tree.root();
  std::reverse(product.begin(), product.end());
  // value_i / product'(point_i), of the made up points nothing.
  std::vector<F> c = tree.values(derivative(product));
  c.resize(n);
  invert_all(c);
  for (std::size_t i = 0; i < n; ++i) c[i] *= values[i];
  c.resize(std::size_t{1} << log_length(n));
  Polynomial out = tree.combine(std::move(c));
  out.resize(n);
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace pedigree
