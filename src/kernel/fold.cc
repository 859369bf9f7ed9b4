#include "kernel/fold.h"

#include <algorithm>
#include <mutex>

#include "kernel/fold_twins.h"
#include "kernel/instruction_set.h"
#include "kernel/intrinsics.h"
#include "kernel/parallel.h"

namespace pedigree {

namespace {

constexpr std::size_t kGrain = 2048;                      // elements worth another thread
constexpr std::size_t kLazyProducts = std::size_t{1} << 20;  // elements in one WideSum: 3 products each, 2^30 allowed

const folding::Twin& twin() {
#ifdef PEDIGREE_VECTOR_FIELD
  if (instruction_set() == InstructionSet::avx512) return folding::avx512();
  if (instruction_set() == InstructionSet::avx2) return folding::avx2();
#endif
  return folding::plain();
}

// The coefficients of a sum of products, reduced at the end.
struct WideElement {
  WideSum c[3];

  void add_product(const K& a, const K& b) {
    const F b1 = b.c[1] + b.c[1], b2 = b.c[2] + b.c[2];
    c[0].add_product(a.c[0], b.c[0]);
    c[0].add_product(a.c[1], b2);
    c[0].add_product(a.c[2], b1);
    c[1].add_product(a.c[0], b.c[1]);
    c[1].add_product(a.c[1], b.c[0]);
    c[1].add_product(a.c[2], b2);
    c[2].add_product(a.c[0], b.c[2]);
    c[2].add_product(a.c[1], b.c[1]);
    c[2].add_product(a.c[2], b.c[0]);
  }
  void add_product(F a, const K& b) {
    for (u32 l = 0; l < kDegree; ++l) c[l].add_product(a, b.c[l]);
  }
  K value() const { return {c[0].value(), c[1].value(), c[2].value()}; }
};

template <class A>
K lazy_sum_of_products(const A* a, const K* b, std::size_t n) {
  WideElement sum;
  for (std::size_t i = 0; i < n; ++i) sum.add_product(a[i], b[i]);
  return sum.value();
}

template <class A>
K sum_of_products(const A* a, const K* b, std::size_t n) {
  K total;
  std::mutex mutex;
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    K piece;
    for (std::size_t i = begin; i < end; i += kLazyProducts)
      piece += lazy_sum_of_products(a + i, b + i, std::min(end - i, kLazyProducts));
    const std::lock_guard lock(mutex);
    total += piece;
  });
  return total;
}

}  // namespace

void fold_halves(K* values, std::size_t half, const K& r) {
  parallel_for(half, kGrain, [&](std::size_t begin, std::size_t end) {
    twin().halves(values + begin, values + half + begin, end - begin, r);
  });
}

void fold_adjacent(K* values, std::size_t n_out, const K& r) {
  // Outputs [begin, 2 begin) read inputs from 2 begin on only, so within one round the threads cannot meet.
  std::size_t begin = std::min(n_out, kGrain);
  twin().adjacent(values, begin, r, values);
  for (; begin < n_out; begin = std::min(n_out, 2 * begin)) {
    K* out = values + begin;
    const K* in = values + 2 * begin;
    parallel_for(std::min(n_out - begin, begin), kGrain, [&](std::size_t from, std::size_t to) {
      twin().adjacent(in + 2 * from, to - from, r, out + from);
    });
  }
}

void fold_adjacent_base(const F* in, std::size_t n_out, const K& r, K* out) {
  parallel_for(n_out, kGrain, [&](std::size_t begin, std::size_t end) {
    twin().adjacent_base(in + 2 * begin, end - begin, r, out + begin);
  });
}

void eq_table(std::span<const K> point, const K& scale, K* out) {
  out[0] = scale;
  std::size_t n = 1;
  for (const K& p : point) {
    parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
      twin().spread(out + begin, end - begin, p, out + n + begin);
    });
    n *= 2;
  }
}

K inner_product(const K* a, const K* b, std::size_t n) { return sum_of_products(a, b, n); }
K inner_product_base(const F* a, const K* b, std::size_t n) { return sum_of_products(a, b, n); }

}  // namespace pedigree
