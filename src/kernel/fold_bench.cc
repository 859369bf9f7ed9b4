#include "kernel/bench.h"
#include "kernel/fold.h"

namespace pedigree {
namespace {

// log2 of the number of outputs: in the second-level cache, and in memory.
constexpr i64 kSmall = 12, kLarge = 21;

std::size_t num_outputs(const benchmark::State& state) { return std::size_t{1} << state.range(1); }

void halves(benchmark::State& state) {
  const BenchScope scope(state);
  const std::size_t n = num_outputs(state);
  std::vector<K> values = random_elements(2 * n);
  for (auto _ : state) fold_halves(values.data(), n, values[n]);
  report(state, n, 72);
}

void adjacent(benchmark::State& state) {
  const BenchScope scope(state);
  const std::size_t n = num_outputs(state);
  std::vector<K> values = random_elements(2 * n);
  for (auto _ : state) fold_adjacent(values.data(), n, values[2 * n - 1]);
  report(state, n, 72);
}

void adjacent_base(benchmark::State& state) {
  const BenchScope scope(state);
  const std::size_t n = num_outputs(state);
  const std::vector<F> in = random_words(2 * n);
  std::vector<K> out(n);
  for (auto _ : state) fold_adjacent_base(in.data(), n, K(in[0], in[1], in[2]), out.data());
  report(state, n, 40);
}

void eq(benchmark::State& state) {
  const BenchScope scope(state);
  const std::vector<K> point = random_elements(static_cast<std::size_t>(state.range(1)));
  std::vector<K> out(num_outputs(state));
  for (auto _ : state) eq_table(point, K(1), out.data());
  report(state, out.size(), 48);
}

void multiple(benchmark::State& state) {
  const BenchScope scope(state);
  const std::size_t n = num_outputs(state);
  const std::vector<F> in = random_words(n);
  std::vector<F> out = random_words(n, 2);
  for (auto _ : state) add_multiple(out.data(), in.data(), in[0], n);
  report(state, n, 24);
}

void inner(benchmark::State& state) {
  const BenchScope scope(state);
  const std::size_t n = num_outputs(state);
  const std::vector<K> a = random_elements(n), b = random_elements(n, 2);
  for (auto _ : state) benchmark::DoNotOptimize(inner_product(a.data(), b.data(), n));
  report(state, n, 48);
}

void inner_base(benchmark::State& state) {
  const BenchScope scope(state);
  const std::size_t n = num_outputs(state);
  const std::vector<F> a = random_words(n);
  const std::vector<K> b = random_elements(n);
  for (auto _ : state) benchmark::DoNotOptimize(inner_product_base(a.data(), b.data(), n));
  report(state, n, 32);
}

// Of 64 rows, or of 1,024 that are a power of two apart as features are, of small numbers or of any.
template <bool small>
void weighted(benchmark::State& state) {
  const BenchScope scope(state);
  const std::size_t num_rows = state.range(1) == kSmall ? 64 : 1024,
                    n = num_outputs(state) / num_rows;
  std::vector<F> words = random_words(num_rows * n);
  if (small)
    for (std::size_t i = 0; i < words.size(); ++i) words[i] = F(i & 1023);
  const std::vector<K> weights = random_elements(num_rows);
  std::vector<const F*> rows;
  for (std::size_t j = 0; j < num_rows; ++j) rows.push_back(words.data() + j * n);
  std::vector<K> out(n);
  for (auto _ : state) add_weighted_rows(rows.data(), weights.data(), num_rows, n, out.data());
  report(state, num_rows * n, 8);
}

void product(benchmark::State& state) {
  const std::size_t n = 1024;
  std::vector<K> a = random_elements(n);
  const std::vector<K> b = random_elements(n, 2);
  for (auto _ : state) {
    for (std::size_t i = 0; i < n; ++i) a[i] *= b[i];
    benchmark::DoNotOptimize(a.data());
  }
  report(state, n, 72);
}

#define PEDIGREE_BENCH(name)                                      \
  BENCHMARK(name)                                                 \
      ->ArgsProduct({{kPlain, kAvx2, kAvx512}, {kSmall, kLarge}}) \
      ->ArgNames({"set", "log_n"})
PEDIGREE_BENCH(halves);
PEDIGREE_BENCH(adjacent);
PEDIGREE_BENCH(adjacent_base);
PEDIGREE_BENCH(eq);
PEDIGREE_BENCH(multiple);
PEDIGREE_BENCH(inner);
PEDIGREE_BENCH(inner_base);
PEDIGREE_BENCH(weighted<true>);
PEDIGREE_BENCH(weighted<false>);
#undef PEDIGREE_BENCH
BENCHMARK(product);

}  // namespace
}  // namespace pedigree
