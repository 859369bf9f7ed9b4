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

#define PEDIGREE_BENCH(name)                                      \
  BENCHMARK(name)                                                 \
      ->ArgsProduct({{kPlain, kAvx2, kAvx512}, {kSmall, kLarge}}) \
      ->ArgNames({"set", "log_n"})
PEDIGREE_BENCH(first_fraction);
PEDIGREE_BENCH(next_fraction);
PEDIGREE_BENCH(layer);
PEDIGREE_BENCH(cubic);
#undef PEDIGREE_BENCH

}  // namespace
}  // namespace pedigree
