#include <mutex>
#include <optional>

#include "base/require.h"
#include "iop/cubic.h"
#include "kernel/buffer.h"
#include "kernel/fold.h"
#include "kernel/parallel.h"
#include "kernel/rounds.h"
#include "poly/eq.h"

namespace pedigree {

namespace {

void bind_top(std::vector<K>& table, const K& r) {
  const std::size_t half = table.size() / 2;
  fold_halves(table.data(), half, r);
  table.resize(half);
}

// Tables of a term over F that has no feature to bind first.
void lift_one_feature(CubicTerm& t) {
  if (t.base_x.empty() || t.outer[0].feature.size() > 1) return;
  t.x.assign(t.base_x.begin(), t.base_x.end());
  t.y.assign(t.base_y.begin(), t.base_y.end());
  t.e.resize(t.x.size());
  for (const CubicTerm::Outer& e : t.outer)
    add_scaled(t.e.data(), e.position.data(), e.feature[0], t.e.size());
  t.base_x = t.base_y = {};
}

std::size_t num_positions(const CubicTerm& t) { return t.outer[0].position.size(); }

// Rows of x or y over F, one a feature; missing ones are 0.
class FeatureRows {
 public:
  FeatureRows(std::span<const F> base, std::size_t positions)
      : base_(base), positions_(positions), zeros_(positions) {}
  const F* operator()(std::size_t f) const {
    const std::size_t at = f * positions_;
    return at < base_.size() ? base_.data() + at : zeros_.data();
  }

 private:
  std::span<const F> base_;
  std::size_t positions_;
  std::vector<F> zeros_;
};

// Whether y is 1.
bool is_linear(const CubicTerm& t) { return t.y.empty() && t.base_y.empty(); }

// As cubic_round, of e x: coefficients of X and X^2, added.
void add_square_round(const K* e, const K* x, std::size_t half, K out[3]) {
  std::mutex mutex;
  parallel_for(half, 1 << 12, [&](std::size_t begin, std::size_t end) {
    KSum at0, at1, square;
    for (std::size_t i = begin; i < end; ++i) {
      at0.add_product(e[i], x[i]);
      at1.add_product(e[i + half], x[i + half]);
      square.add_product(e[i + half] - e[i], x[i + half] - x[i]);
    }
    const std::lock_guard lock(mutex);
    out[0] += at1.value() - at0.value() - square.value();
    out[1] += square.value();
  });
}

// A term over F without y: as long as features are left, for each weight of a position the sums of x over positions are all that
// counts; then x is bound at all features.
class LinearFeatures {
 public:
  explicit LinearFeatures(CubicTerm& t) : t_(t) {
    const std::size_t positions = num_positions(t), features = t.outer[0].feature.size();
    sums_.assign(t.outer.size(), std::vector<K>(features));
    parallel_for(t.base_x.size() / positions, 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t f = begin; f < end; ++f)
        for (std::size_t g = 0; g < t.outer.size(); ++g)
          sums_[g][f] = inner_product_base(t.base_x.data() + f * positions,
                                           t.outer[g].position.data(), positions);
    });
  }

  void add_round(K out[3]) const {
    for (std::size_t g = 0; g < sums_.size(); ++g)
      add_square_round(t_.outer[g].feature.data(), sums_[g].data(), sums_[g].size() / 2, out);
  }
  // Whether that was the last feature: the term has tables then.
  bool bind(const K& r) {
    for (std::size_t g = 0; g < sums_.size(); ++g) {
      bind_top(sums_[g], r);
      bind_top(t_.outer[g].feature, r);
    }
    bound_.insert(bound_.begin(), r);
    if (sums_[0].size() > 1) return false;
    make_tables();
    return true;
  }

 private:
  void make_tables() {
    const std::size_t positions = num_positions(t_);
    std::vector<K> eq(std::size_t{1} << bound_.size());
    eq_table(bound_, K(kOne), eq.data());
    t_.x.resize(positions);
    weighted_rows(t_.base_x.data(), std::span(eq).first(t_.base_x.size() / positions), positions,
                  t_.x.data());
    t_.e.assign(positions, K());
    for (const CubicTerm::Outer& e : t_.outer)
      add_scaled(t_.e.data(), e.position.data(), e.feature[0], positions);
    t_.base_x = {};
  }

  CubicTerm& t_;
  std::vector<std::vector<K>> sums_;  // of each weight, by feature
  std::vector<K> bound_;              // the lowest feature bit first
};

// As cubic_round, of a term over F: for each weight of a position the sums of x y, then a line in the weights of features.
void outer_round(const CubicTerm& t, K out[3]) {
  constexpr std::size_t kChunk = 1024;
  const std::size_t positions = num_positions(t), half = t.outer[0].feature.size() / 2,
                    there = t.base_x.size() / positions, n = std::min(positions, kChunk);
  const FeatureRows x(t.base_x, positions), y(t.base_y, positions);
  std::mutex mutex;
  for (u32 j = 0; j < 3; ++j) out[j] = K();
  parallel_for(std::min(half, there), 1, [&](std::size_t begin, std::size_t end) {
    Buffer<F> terms(3 * n);
    F* const u[3] = {terms.data(), terms.data() + n, terms.data() + 2 * n};
    KSum h[3];
    for (std::size_t f = begin; f < end; ++f)
      for (std::size_t from = 0; from < positions; from += n) {
        const F* const v[4] = {x(f) + from, x(f + half) + from, y(f) + from, y(f + half) + from};
        line_terms(v, n, u);
        for (const CubicTerm::Outer& e : t.outer) {
          K sum[3];
          for (u32 j = 0; j < 3; ++j) sum[j] = inner_product_base(u[j], &e.position[from], n);
          const K at0 = e.feature[f], step = e.feature[f + half] - at0;
          h[0].add_product(at0, sum[1]);
          h[0].add_product(step, sum[0]);
          h[1].add_product(at0, sum[2]);
          h[1].add_product(step, sum[1]);
          h[2].add_product(step, sum[2]);
        }
      }
    const std::lock_guard lock(mutex);
    for (u32 j = 0; j < 3; ++j) out[j] += h[j].value();
  });
}

void bind_outer(CubicTerm& t, const K& r) {
  for (CubicTerm::Outer& e : t.outer) bind_top(e.feature, r);
  const std::size_t positions = num_positions(t), half = t.outer[0].feature.size();
  const FeatureRows x(t.base_x, positions), y(t.base_y, positions);
  for (std::vector<K>* table : {&t.e, &t.x, &t.y}) table->resize(half * positions);
  parallel_for(half, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t f = begin; f < end; ++f) {
      const std::size_t at = f * positions;
      leaf_bind(x(f), x(f + half), r, positions, &t.x[at]);
      leaf_bind(y(f), y(f + half), r, positions, &t.y[at]);
      for (const CubicTerm::Outer& e : t.outer)
        add_scaled(&t.e[at], e.position.data(), e.feature[f], positions);
    }
  });
  t.base_x = t.base_y = {};
}

// A term, and how many values it has as long as its variables are not bound.
class Rounds {
 public:
  explicit Rounds(CubicTerm& t) : t_(t) {
    lift_one_feature(t);
    PEDIGREE_REQUIRE(
        t.e.size() == t.x.size() &&
            (is_linear(t) || (t.x.size() == t.y.size() && t.base_x.size() == t.base_y.size())),
        "tables of one term differ in size");
    size_ = t.base_x.empty() ? t.e.size() : t.outer[0].feature.size() * num_positions(t);
    if (is_linear(t) && !t.base_x.empty()) features_.emplace(t);
  }
  std::size_t size() const { return size_; }

  void add_round(K out[3]) const {
    const std::size_t half = size_ / 2;
    if (features_) return features_->add_round(out);
    if (is_linear(t_)) return add_square_round(t_.e.data(), t_.x.data(), half, out);
    K h[3];
    if (t_.base_x.empty())
      cubic_round(t_.e.data(), t_.x.data(), t_.y.data(), half, h);
    else
      outer_round(t_, h);
    for (u32 j = 0; j < 3; ++j) out[j] += h[j];
  }
  void bind(const K& r) {
    size_ /= 2;
    if (features_) {
      if (features_->bind(r)) features_.reset();
    } else if (!t_.base_x.empty()) {
      bind_outer(t_, r);
    } else {
      for (std::vector<K>* table : {&t_.e, &t_.x, &t_.y})
        if (!table->empty()) bind_top(*table, r);
    }
  }

 private:
  CubicTerm& t_;
  std::size_t size_;
  std::optional<LinearFeatures> features_;  // of a linear term over F, as long as it has some
};

}  // namespace

std::vector<K> prove_cubic(std::span<CubicTerm> terms, u32 num_vars, MaskedSender& sender) {
  std::vector<K> point(num_vars);
  std::vector<Rounds> all(terms.begin(), terms.end());
  for (u32 i = num_vars; i-- > 0;) {
    const std::size_t size = std::size_t{2} << i;
    K sum[3];
    for (const Rounds& term : all)
      if (term.size() == size) term.add_round(sum);
    for (const K& h : sum) sender.send("round", h * inverse_pow2(i));
    point[i] = sender.challenge("bind");
    for (Rounds& term : all)
      if (term.size() == size) term.bind(point[i]);
  }
  return point;
}

}  // namespace pedigree
