#include <map>
#include <mutex>

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

std::size_t size_of(const CubicTerm& t) { return t.base_x.empty() ? t.e.size() : t.base_x.size(); }

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
  explicit LinearFeatures(CubicTerm& t) : t_(t), features_(t.outer[0].feature.size()) {
    const std::size_t positions = t.base_x.size() / features_;
    sums_.assign(t.outer.size(), std::vector<K>(features_));
    parallel_for(features_, 1, [&](std::size_t begin, std::size_t end) {
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
    const std::size_t positions = t_.base_x.size() / features_;
    std::vector<K> eq(features_);
    eq_table(bound_, K(kOne), eq.data());
    t_.x.assign(positions, K());
    parallel_for(positions, 256, [&](std::size_t begin, std::size_t end) {
      std::vector<const F*> rows(features_);
      for (std::size_t f = 0; f < features_; ++f)
        rows[f] = t_.base_x.data() + f * positions + begin;
      add_weighted_rows(rows.data(), eq.data(), features_, end - begin, t_.x.data() + begin);
    });
    t_.e.assign(positions, K());
    for (const CubicTerm::Outer& e : t_.outer)
      add_scaled(t_.e.data(), e.position.data(), e.feature[0], positions);
    t_.base_x = {};
  }

  CubicTerm& t_;
  std::size_t features_;
  std::vector<std::vector<K>> sums_;  // of each weight, by feature
  std::vector<K> bound_;              // the lowest feature bit first
};

// As cubic_round, of a term over F: for each weight of a position the sums of x y, then a line in the weights of features.
void outer_round(const CubicTerm& t, K out[3]) {
  constexpr std::size_t kChunk = 1024;
  const std::size_t features = t.outer[0].feature.size(), positions = t.base_x.size() / features,
                    half = features / 2, n = std::min(positions, kChunk);
  std::mutex mutex;
  for (u32 j = 0; j < 3; ++j) out[j] = K();
  parallel_for(half, 1, [&](std::size_t begin, std::size_t end) {
    Buffer<F> terms(3 * n);
    F* const u[3] = {terms.data(), terms.data() + n, terms.data() + 2 * n};
    KSum h[3];
    for (std::size_t f = begin; f < end; ++f)
      for (std::size_t from = 0; from < positions; from += n) {
        const std::size_t low = f * positions + from, high = low + half * positions;
        const F* const v[4] = {t.base_x.data() + low, t.base_x.data() + high, t.base_y.data() + low,
                               t.base_y.data() + high};
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
  const std::size_t half = t.base_x.size() / 2, positions = half / t.outer[0].feature.size();
  for (std::vector<K>* table : {&t.e, &t.x, &t.y}) table->resize(half);
  parallel_for(half / positions, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t f = begin; f < end; ++f) {
      const std::size_t at = f * positions;
      leaf_bind(&t.base_x[at], &t.base_x[half + at], r, positions, &t.x[at]);
      leaf_bind(&t.base_y[at], &t.base_y[half + at], r, positions, &t.y[at]);
      for (const CubicTerm::Outer& e : t.outer)
        add_scaled(&t.e[at], e.position.data(), e.feature[f], positions);
    }
  });
  t.base_x = t.base_y = {};
}

}  // namespace

std::vector<K> prove_cubic(std::span<CubicTerm> terms, u32 num_vars, MaskedSender& sender) {
  std::vector<K> point(num_vars);
  std::map<const CubicTerm*, LinearFeatures> linear;  // terms that have features left
  for (CubicTerm& t : terms) {
    lift_one_feature(t);
    PEDIGREE_REQUIRE(
        is_linear(t) || (t.x.size() == t.y.size() && t.base_x.size() == t.base_y.size()),
        "tables of one term differ in size");
    if (is_linear(t) && !t.base_x.empty()) linear.try_emplace(&t, t);
  }
  std::vector<std::size_t> sizes;  // with what is bound
  for (const CubicTerm& t : terms) sizes.push_back(size_of(t));
  for (u32 i = num_vars; i-- > 0;) {
    const std::size_t half = std::size_t{1} << i;
    K sum[3];
    for (std::size_t j = 0; j < terms.size(); ++j) {
      const CubicTerm& t = terms[j];
      if (sizes[j] != 2 * half) continue;
      K h[3];
      if (const auto at = linear.find(&t); at != linear.end())
        at->second.add_round(h);
      else if (is_linear(t))
        add_square_round(t.e.data(), t.x.data(), half, h);
      else if (t.base_x.empty())
        cubic_round(t.e.data(), t.x.data(), t.y.data(), half, h);
      else
        outer_round(t, h);
      for (u32 c = 0; c < 3; ++c) sum[c] += h[c];
    }
    for (const K& h : sum) sender.send("round", h * inverse_pow2(i));
    point[i] = sender.challenge("bind");
    for (std::size_t j = 0; j < terms.size(); ++j) {
      CubicTerm& t = terms[j];
      if (sizes[j] != 2 * half) continue;
      sizes[j] = half;
      if (const auto at = linear.find(&t); at != linear.end()) {
        if (at->second.bind(point[i])) linear.erase(at);
      } else if (!t.base_x.empty()) {
        bind_outer(t, point[i]);
      } else {
        bind_top(t.e, point[i]);
        bind_top(t.x, point[i]);
        if (!is_linear(t)) bind_top(t.y, point[i]);
      }
    }
  }
  return point;
}

}  // namespace pedigree
