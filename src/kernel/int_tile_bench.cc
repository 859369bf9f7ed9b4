#include "kernel/bench.h"
#include "kernel/int_tile.h"

namespace pedigree {
namespace {

// An element is a multiplication. Two panels of 1,024 entries a line, which lie in a cache.
void int_products(benchmark::State& state) {
  const BenchScope scope(state);
  const IntTile* const tile = int_tile();
  if (tile == nullptr) return state.SkipWithError("no kernel");
  constexpr std::size_t kPairs = 512;
  const std::vector<i16> a(2 * tile->rows * kPairs, 3), b(2 * tile->columns * kPairs, 5);
  std::vector<i32> c(tile->rows * tile->columns);
  for (auto _ : state) {
    tile->multiply(a.data(), b.data(), kPairs, c.data());
    benchmark::DoNotOptimize(c.data());
  }
  report(state, 2 * kPairs * tile->rows * tile->columns, 0);
}

// An element is an entry of a panel of one limb of weights that lie together across its lines, or along them.
void pack_weights(benchmark::State& state) {
  const BenchScope scope(state);
  const IntTile* const tile = int_tile();
  if (tile == nullptr) return state.SkipWithError("no kernel");
  const bool along = state.range(1) != 0;
  constexpr std::size_t kInner = 1024;
  const std::size_t lines = along ? tile->rows : tile->columns;
  const std::vector<double> weights(lines * kInner, 123456);
  std::vector<i16> panel(lines * kInner);
  for (auto _ : state) {
    tile->pack_limb({weights.data(), along ? kInner : lines, along, lines, kInner}, Limb::high, 11,
                    lines, panel.data());
    benchmark::DoNotOptimize(panel.data());
  }
  report(state, lines * kInner, 10);
}

BENCHMARK(int_products)->Arg(kAvx2)->Arg(kAvx512)->ArgName("set");
BENCHMARK(pack_weights)->ArgsProduct({{kAvx2, kAvx512}, {0, 1}})->ArgNames({"set", "along"});

}  // namespace
}  // namespace pedigree
