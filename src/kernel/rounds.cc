#include "kernel/rounds.h"

#include <algorithm>
#include <mutex>

#include "base/intrinsics.h"
#include "kernel/instruction_set.h"
#include "kernel/parallel.h"
#include "kernel/rounds_twins.h"
#include "poly/eq.h"

namespace pedigree {

namespace {

constexpr std::size_t kGrain = 2048;

const rounds::Twin& twin() {
#ifdef PEDIGREE_VECTOR_FIELD
  if (instruction_set() == InstructionSet::avx512) return rounds::avx512();
  if (instruction_set() == InstructionSet::avx2) return rounds::avx2();
#elif defined(PEDIGREE_NEON_FIELD)
  if (instruction_set() == InstructionSet::neon) return rounds::neon();
#endif
  return rounds::plain();
}

// Adds what `range` sums over the pieces of [0, n) to zeroed `out`.
template <std::size_t kSums, class Range>
void sum_ranges(std::size_t n, K* out, Range range) {
  std::mutex mutex;
  for (std::size_t c = 0; c < kSums; ++c) out[c] = K();
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    K sum[kSums];
    range(begin, end, sum);
    const std::lock_guard lock(mutex);
    for (std::size_t c = 0; c < kSums; ++c) out[c] += sum[c];
  });
}

FractionTables shifted(const FractionTables& t, std::size_t to) {
  return {t.p0 + to, t.w + to, t.q0 + to, t.q1 + to};
}
PairTables shifted(const PairTables& t, std::size_t to) { return {t.q0 + to, t.q1 + to}; }

// The sum over pieces as long as eq.low, each scaled by its place in eq.high and by its block's weight.
template <class Tables, class Piece>
FractionRound sum_pieces(const Tables& t, const SplitEq& eq, std::size_t n,
                         const TreeBlocks& blocks, Piece piece) {
  std::mutex mutex;
  FractionRound total;
  const std::size_t size = std::size_t{1} << eq.log_low, pieces = n >> eq.log_low;
  parallel_for(blocks.count * pieces, std::max<std::size_t>(1, kGrain / size),
               [&](std::size_t begin, std::size_t end) {
                 KSum at0, square;
                 for (std::size_t x = begin; x < end; ++x) {
                   const std::size_t b = x / pieces, y = x % pieces;
                   FractionRound part;
                   piece(shifted(t, b * blocks.stride), y * size, (y + 1) * size, part);
                   const K weight = blocks.weights ? eq.high[y] * blocks.weights[b] : eq.high[y];
                   at0.add_product(part.at0, weight);
                   square.add_product(part.square, weight);
                 }
                 const std::lock_guard lock(mutex);
                 total.at0 += at0.value();
                 total.square += square.value();
               });
  return total;
}

}  // namespace

FractionRound fraction_first_round(const FractionTables& t, const K& lambda, const SplitEq& eq,
                                   std::size_t n, const TreeBlocks& blocks) {
  return sum_pieces(
      t, eq, n, blocks,
      [&](const FractionTables& at, std::size_t begin, std::size_t end, FractionRound& sum) {
        twin().first_fraction(at, lambda, n, eq.low, begin, end, sum);
      });
}

FractionRound fraction_next_round(const FractionTables& t, const K& r, const SplitEq& eq,
                                  std::size_t n, const TreeBlocks& blocks) {
  return sum_pieces(
      t, eq, n, blocks,
      [&](const FractionTables& at, std::size_t begin, std::size_t end, FractionRound& sum) {
        twin().next_fraction(at, r, n, eq.low, begin, end, sum);
      });
}

FractionRound product_first_round(const PairTables& t, const SplitEq& eq, std::size_t n,
                                  const TreeBlocks& blocks) {
  return sum_pieces(
      t, eq, n, blocks,
      [&](const PairTables& at, std::size_t begin, std::size_t end, FractionRound& sum) {
        twin().first_product(at, n, eq.low, begin, end, sum);
      });
}

FractionRound product_next_round(const PairTables& t, const K& r, const SplitEq& eq, std::size_t n,
                                 const TreeBlocks& blocks) {
  return sum_pieces(
      t, eq, n, blocks,
      [&](const PairTables& at, std::size_t begin, std::size_t end, FractionRound& sum) {
        twin().next_product(at, r, n, eq.low, begin, end, sum);
      });
}

void fraction_layer(const K* p_below, const K* q_below, std::size_t n, K* p, K* q,
                    std::size_t blocks) {
  parallel_for(blocks * n, kGrain, [&](std::size_t begin, std::size_t end) {
    while (begin < end) {
      const std::size_t block = begin / n * n, stop = std::min(end, block + n);
      twin().layer(p_below + 2 * block, q_below + 2 * block, n, begin - block, stop - block,
                   p + block, q + block);
      begin = stop;
    }
  });
}

void lookup_denominators(const K& base, const K* factors, const F* const* columns, u32 num_columns,
                         std::size_t n, K* q) {
  twin().denominators(base, factors, columns, num_columns, 0, n, q);
}

void leaf_layer(const F* p_below, const K* q_below, std::size_t n, K* p, K* q) {
  twin().leaf_layer(p_below, q_below, n, 0, n, p, q);
}

void leaf_round(const F* p, const K* q, const K& lambda, const K* eq, std::size_t n,
                FractionRound& sum) {
  twin().leaf_round(p, q, lambda, eq, n, 0, n, sum);
}

void leaf_bind(const F* low, const F* high, const K& r, std::size_t n, K* out) {
  twin().leaf_bind(low, high, r, n, out);
}

void unit_layer(const K* q_below, std::size_t n, K* p, K* q) {
  twin().unit_layer(q_below, n, 0, n, p, q);
}

void column_bind(const K& base, const F* low, const F* high, const K& r, std::size_t n, K* out) {
  twin().column_bind(base, low, high, r, 0, n, out);
}

void pair_terms(const F* const v[4], std::size_t n, F* const out[3]) {
  twin().pair_terms(v, 0, n, out);
}

void line_terms(const F* const v[4], std::size_t n, F* const out[3]) {
  twin().line_terms(v, 0, n, out);
}

void quad_terms(const F* const v[8], std::size_t n, F* const out[7]) {
  twin().quad_terms(v, 0, n, out);
}

void pair_bind(const K& a, const F* const v[4], const K& r, std::size_t n, K* p, K* q) {
  twin().pair_bind(rounds::PairConstants(a, r), v, 0, n, p, q);
}

void quad_layer(const K& a, const F* const v[4], std::size_t n, K* p, K* q) {
  twin().quad_layer(rounds::QuadConstants(a), v, 0, n, p, q);
}

void cubic_round(const K* e, const K* x, const K* y, std::size_t n, K out[3]) {
  sum_ranges<3>(n, out, [&](std::size_t begin, std::size_t end, K* sum) {
    twin().cubic(e, x, y, n, begin, end, sum);
  });
}

void add_scaled(K* out, const K* in, const K& r, std::size_t n) {
  parallel_for(n, kGrain, [&](std::size_t begin, std::size_t end) {
    twin().add_scaled(out + begin, in + begin, r, end - begin);
  });
}

void multiply(const K* a, const K* b, std::size_t n, K* out) { twin().multiply(a, b, 0, n, out); }

}  // namespace pedigree
