#include "kernel/bench.h"
#include "kernel/ntt_rows.h"

namespace pedigree {
namespace {

// An element is a word of the message; a word of the codeword costs 2^log_inv_rate times less.
void encode(benchmark::State& state) {
  const BenchScope scope(state);
  const u32 log_rows = static_cast<u32>(state.range(1)),
            log_inv_rate = static_cast<u32>(state.range(3));
  const std::size_t width = static_cast<std::size_t>(state.range(2));
  const std::vector<F> message = random_words(width << log_rows);
  std::vector<F> out(width << (log_rows + log_inv_rate));
  const Columns columns{message.data(), width};
  for (auto _ : state) encode_rows({&columns, 1}, log_rows, log_inv_rate, out.data());
  report(state, width << log_rows, 8.0 * static_cast<double>(1 + (u64{1} << log_inv_rate)));
}

void shapes(benchmark::internal::Benchmark* bench) {
  for (const i64 set : {kPlain, kAvx2, kAvx512})
    for (const std::vector<i64>& shape : {std::vector<i64>{17, 67, 2},
                                          {13, 67, 2},
                                          {13, 48, 4},
                                          {10, 48, 7},
                                          {7, 48, 10},
                                          {17, 3, 2}})
      bench->Args({set, shape[0], shape[1], shape[2]});
}

BENCHMARK(encode)
    ->Apply(shapes)
    ->ArgNames({"set", "log_rows", "width", "log_inv_rate"})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pedigree
