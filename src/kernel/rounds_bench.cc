#include "kernel/bench.h"
#include "kernel/rounds.h"

namespace pedigree {
namespace {

constexpr i64 kSmall = 11, kLarge = 19;  // log2 of the number of outputs

std::size_t num_outputs(const benchmark::State& state) { return std::size_t{1} << state.range(1); }

struct FractionCase {
  explicit FractionCase(std::size_t n)
      : p0(random_elements(4 * n, 1)),
        w(random_elements(4 * n, 2)),
        q0(random_elements(4 * n, 3)),
        q1(random_elements(4 * n, 4)),
        low(random_elements(std::min<std::size_t>(n, 1024), 5)),
        high(random_elements(n / low.size(), 6)) {}
  FractionTables tables() { return {p0.data(), w.data(), q0.data(), q1.data()}; }
  SplitEq eq() const { return {low.data(), high.data(), ceil_log2(low.size())}; }
  std::vector<K> p0, w, q0, q1, low, high;
};

void first_fraction(benchmark::State& state) {
  const BenchScope scope(state);
  const std::size_t n = num_outputs(state);
  FractionCase c(n);
  for (auto _ : state)
    benchmark::DoNotOptimize(fraction_first_round(c.tables(), c.p0[0], c.eq(), n));
  report(state, n, 10 * 24);
}

void next_fraction(benchmark::State& state) {
  const BenchScope scope(state);
  const std::size_t n = num_outputs(state);
  FractionCase c(n);
  for (auto _ : state)
    benchmark::DoNotOptimize(fraction_next_round(c.tables(), c.p0[0], c.eq(), n));
  report(state, n, 24 * 24);
}

void layer(benchmark::State& state) {
  const BenchScope scope(state);
  const std::size_t n = num_outputs(state);
  const std::vector<K> t = random_elements(2 * n);
  std::vector<K> p(n), q(n);
  for (auto _ : state) fraction_layer(t.data(), t.data(), n, p.data(), q.data());
  report(state, n, 6 * 24);
}

void cubic(benchmark::State& state) {
  const BenchScope scope(state);
  const std::size_t n = num_outputs(state);
  const std::vector<K> t = random_elements(2 * n);
  K h[3];
  for (auto _ : state) {
    cubic_round(t.data(), t.data(), t.data(), n, h);
    benchmark::DoNotOptimize(h);
  }
  report(state, n, 6 * 24);
}

void next_product(benchmark::State& state) {
  const BenchScope scope(state);
  const std::size_t n = num_outputs(state);
  FractionCase c(n);
  for (auto _ : state)
    benchmark::DoNotOptimize(product_next_round({c.q0.data(), c.q1.data()}, c.p0[0], c.eq(), n));
  report(state, n, 13 * 24);
}

// Small numbers, as tables and their lookups hold.
std::vector<F> small_words(std::size_t n) {
  std::vector<F> words(n);
  for (std::size_t i = 0; i < n; ++i) words[i] = F::from_int(static_cast<i64>(i % 2001) - 1000);
  return words;
}

void denominators(benchmark::State& state) {
  const BenchScope scope(state);
  const std::size_t n = num_outputs(state);
  const std::vector<F> words = small_words(n);
  const std::vector<K> factors = random_elements(3);
  const F* const columns[] = {words.data(), words.data(), words.data()};
  std::vector<K> q(n);
  for (auto _ : state) lookup_denominators(factors[0], factors.data(), columns, 3, n, q.data());
  report(state, n, 3 * 8 + 24);
}

// What two layers take of the leaves of one column: a bound node, a node, and terms of the second layer's round.
template <class Work>
void leaves(benchmark::State& state, double bytes, Work work) {
  const BenchScope scope(state);
  const std::size_t n = num_outputs(state);
  const std::vector<F> words = small_words(8 * n);
  const F* v[8];
  for (std::size_t i = 0; i < 8; ++i) v[i] = words.data() + i * n;
  std::vector<F> terms(7 * n);
  std::vector<K> p(n), q(n);
  for (auto _ : state) work(v, n, terms.data(), p.data(), q.data());
  report(state, n, bytes);
}

void quad_terms(benchmark::State& state) {
  leaves(state, 15 * 8, [](const F* const* v, std::size_t n, F* terms, K*, K*) {
    F* out[7];
    for (std::size_t i = 0; i < 7; ++i) out[i] = terms + i * n;
    ::pedigree::quad_terms(v, n, out);
  });
}

void pair_bind(benchmark::State& state) {
  const K a = random_elements(1)[0];
  leaves(state, 4 * 8 + 48, [&](const F* const* v, std::size_t n, F*, K* p, K* q) {
    ::pedigree::pair_bind(a, v, a, n, p, q);
  });
}

void quad_layer(benchmark::State& state) {
  const K a = random_elements(1)[0];
  leaves(state, 4 * 8 + 48, [&](const F* const* v, std::size_t n, F*, K* p, K* q) {
    ::pedigree::quad_layer(a, v, n, p, q);
  });
}

#define PEDIGREE_BENCH(name)                                      \
  BENCHMARK(name)                                                 \
      ->ArgsProduct({{kPlain, kAvx2, kAvx512}, {kSmall, kLarge}}) \
      ->ArgNames({"set", "log_n"})
PEDIGREE_BENCH(first_fraction);
PEDIGREE_BENCH(next_fraction);
PEDIGREE_BENCH(layer);
PEDIGREE_BENCH(cubic);
PEDIGREE_BENCH(next_product);
PEDIGREE_BENCH(denominators);
PEDIGREE_BENCH(quad_terms);
PEDIGREE_BENCH(pair_bind);
PEDIGREE_BENCH(quad_layer);
#undef PEDIGREE_BENCH

}  // namespace
}  // namespace pedigree
