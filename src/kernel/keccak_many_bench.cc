#include "kernel/bench.h"
#include "kernel/keccak_many.h"

namespace pedigree {
namespace {

constexpr std::size_t kRows = 1 << 12;

// An element is a word of a leaf.
void leaves(benchmark::State& state) {
  const BenchScope scope(state);
  const std::size_t words = static_cast<std::size_t>(state.range(1));
  const std::vector<F> rows = random_words(kRows * words);
  std::vector<Digest> out(kRows);
  for (auto _ : state) merkle_leaves(&rows[0].v, words, kRows, out.data());
  report(state, kRows * words, 8 + 32.0 / static_cast<double>(words));
}

// An element is a parent.
void level(benchmark::State& state) {
  const BenchScope scope(state);
  std::vector<Digest> children(2 * kRows), out(kRows);
  for (auto _ : state) merkle_level(children.data(), kRows, out.data());
  report(state, kRows, 96);
}

BENCHMARK(leaves)->ArgsProduct({{kPlain, kAvx2, kAvx512}, {67, 48, 3}})->ArgNames({"set", "words"});
BENCHMARK(level)->ArgsProduct({{kPlain, kAvx2, kAvx512}})->ArgNames({"set"});

}  // namespace
}  // namespace pedigree
