// Shared by the benchmarks of the kernels: one thread, every instruction set of this machine.
#pragma once

#include <benchmark/benchmark.h>

#include "kernel/testing.h"

namespace pedigree {

inline constexpr i64 kPlain = 0, kAvx2 = 1,
                     kAvx512 = 2;  // InstructionSet as an argument of a benchmark

// Forces the instruction set given by argument 0 while it lives; false where the machine lacks it.
class BenchScope {
 public:
  explicit BenchScope(benchmark::State& state) {
    const auto set = static_cast<InstructionSet>(state.range(0));
    static constexpr const char* kNames[] = {"plain", "avx2", "avx512"};
    state.SetLabel(kNames[state.range(0)]);
    if (supported(set))
      force_instruction_set(set);
    else
      state.SkipWithError("not on this machine");
    set_threads(1);
  }
  ~BenchScope() {
    force_instruction_set(before_);
    set_threads(0);
  }
  BenchScope(const BenchScope&) = delete;
  BenchScope& operator=(const BenchScope&) = delete;

 private:
  InstructionSet before_ = instruction_set();
};

// Time per element (printed in units such as "n" for ns) and the bytes read and written for one
// element.
inline void report(benchmark::State& state, std::size_t elements, double bytes_per_element) {
  using benchmark::Counter;
  state.counters["time/element"] =
      Counter(static_cast<double>(elements), Counter::kIsIterationInvariantRate | Counter::kInvert);
  state.counters["bytes/element"] = bytes_per_element;
}

}  // namespace pedigree
