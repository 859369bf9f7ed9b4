#include "kernel/fold.h"

#include <algorithm>
#include <mutex>
#include <vector>

#include "base/intrinsics.h"
#include "kernel/fold_twins.h"
#include "kernel/instruction_set.h"
#include "kernel/parallel.h"

namespace pedigree {

namespace {

constexpr std::size_t kGrain = 2048;  // elements worth another thread

const folding::Twin& twin() {
#ifdef PEDIGREE_VECTOR_FIELD
  if (instruction_set() == InstructionSet::avx512) return folding::avx512();
  if (instruction_set() == InstructionSet::avx2) return folding::avx2();
#elif defined(PEDIGREE_NEON_FIELD)
  if (instruction_set() == InstructionSet::neon) return folding::neon();
#endif
  return folding::plain();
}

template <class A>
K sum_of_pieces(K (*inner)(const A*, const K*, std::size_t), const A* a, const K* b,
                std::size_t n) {
  K total;
  if (n <= kGrain) return inner(a, b, n);
  std::mutex mutex;
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    const K piece = inner(a + begin, b + begin, end - begin);
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
  // Outputs [begin, 2 begin) read inputs from 2 begin on only, so within one round the threads
  // cannot meet.
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

void add_multiple(F* out, const F* in, F r, std::size_t n) { twin().multiple(out, in, r, n); }

void add_weighted_rows(const F* const* rows, const K* weights, std::size_t num_rows, std::size_t n,
                       K* out) {
  twin().weighted(rows, weights, num_rows, 0, n, out);
}

void weighted_rows(const F* rows, std::span<const K> weights, std::size_t n, K* out) {
  constexpr std::size_t kBlock = 256;
  parallel_for(n, kBlock, [&](std::size_t begin, std::size_t end) {
    std::vector<const F*> at(weights.size());
    for (std::size_t from = begin; from < end; from += kBlock) {
      const std::size_t count = std::min(kBlock, end - from);
      for (std::size_t j = 0; j < at.size(); ++j) at[j] = rows + j * n + from;
      std::fill_n(out + from, count, K());
      add_weighted_rows(at.data(), weights.data(), at.size(), count, out + from);
    }
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

K inner_product(const K* a, const K* b, std::size_t n) {
  return sum_of_pieces(twin().inner, a, b, n);
}
K inner_product_base(const F* a, const K* b, std::size_t n) {
  return sum_of_pieces(twin().inner_base, a, b, n);
}

}  // namespace pedigree
