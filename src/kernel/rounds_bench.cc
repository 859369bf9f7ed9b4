#include "kernel/bench.h"
#include "kernel/rounds.h"

namespace pedigree {
namespace {

constexpr i64 kSmall = 11, kLarge = 19;  // log2 of the number of outputs

std::size_t num_outputs(const benchmark::State& state) { return std::size_t{1} << state.range(1); }

void fraction(benchmark::State& state) {
  const BenchScope scope(state);
  const std::size_t n = num_outputs(state);
  const std::vector<K> t = random_elements(2 * n), eq = random_elements(n, 2);
  K linear, square;
  for (auto _ : state) {
    fraction_round({t.data(), t.data(), t.data(), t.data()}, eq.data(), n, linear, square);
    benchmark::DoNotOptimize(linear);
  }
  report(state, n, 9 * 24);
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
PEDIGREE_BENCH(fraction);
PEDIGREE_BENCH(layer);
PEDIGREE_BENCH(cubic);
#undef PEDIGREE_BENCH

}  // namespace
}  // namespace pedigree
