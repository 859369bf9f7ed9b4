#include "kernel/rounds.h"

#include <mutex>

#include "kernel/instruction_set.h"
#include "kernel/intrinsics.h"
#include "kernel/parallel.h"
#include "kernel/rounds_twins.h"

namespace pedigree {

namespace {

constexpr std::size_t kGrain = 2048;

const rounds::Twin& twin() {
#ifdef PEDIGREE_VECTOR_FIELD
  if (instruction_set() == InstructionSet::avx512) return rounds::avx512();
  if (instruction_set() == InstructionSet::avx2) return rounds::avx2();
#endif
  return rounds::plain();
}

// Adds what `range` sums over the pieces of [0, n) to zeroed `out`.
template <std::size_t kSums, class Range>
void sum_pieces(std::size_t n, K* out, Range range) {
  std::mutex mutex;
  for (std::size_t c = 0; c < kSums; ++c) out[c] = K();
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    K sum[kSums];
    range(begin, end, sum);
    const std::lock_guard lock(mutex);
    for (std::size_t c = 0; c < kSums; ++c) out[c] += sum[c];
  });
}

}  // namespace

void fraction_round(const FractionTables& t, const K* eq, std::size_t n, K& linear, K& square) {
  K out[2];
  sum_pieces<2>(n, out, [&](std::size_t begin, std::size_t end, K* sum) {
    twin().fraction(t, n, eq, begin, end, sum);
  });
  linear = out[0];
  square = out[1];
}

void fraction_layer(const K* p_below, const K* q_below, std::size_t n, K* p, K* q) {
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    twin().layer(p_below, q_below, n, begin, end, p, q);
  });
}

void cubic_round(const K* e, const K* x, const K* y, std::size_t n, K out[3]) {
  sum_pieces<3>(n, out, [&](std::size_t begin, std::size_t end, K* sum) {
    twin().cubic(e, x, y, n, begin, end, sum);
  });
}

void add_scaled(K* out, const K* in, const K& r, std::size_t n) {
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    twin().add_scaled(out + begin, in + begin, r, end - begin);
  });
}

}  // namespace pedigree
