// Shared by the tests and benchmarks of the kernels.
#pragma once

#include <functional>
#include <vector>

#include "field/k.h"
#include "kernel/instruction_set.h"
#include "kernel/parallel.h"

namespace pedigree {

// SplitMix64.
inline u64 next_word(u64& seed) {
  u64 z = seed += 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

// Uniform elements of F, one in four of them within 4 of 0, of 2^32 or of p.
inline std::vector<F> random_words(std::size_t n, u64 seed = 1) {
  std::vector<F> words(n);
  for (F& w : words) {
    const u64 x = next_word(seed);
    const F near = F::from_int(static_cast<i64>(x >> 8 & 7) - 4);
    w = (x & 3) != 0 ? F(next_word(seed)) : (x & 4) != 0 ? near : near + pow2(32);
  }
  return words;
}

inline std::vector<K> random_elements(std::size_t n, u64 seed = 1) {
  const std::vector<F> words = random_words(kDegree * n, seed);
  std::vector<K> elements(n);
  for (std::size_t i = 0; i < n; ++i)
    elements[i] = K(words[3 * i], words[3 * i + 1], words[3 * i + 2]);
  return elements;
}

// Runs the check with one and with three threads on each instruction set that this machine has.
inline void for_every_instruction_set(const std::function<void()>& check) {
  const InstructionSet before = instruction_set();
  for (const InstructionSet set : {InstructionSet::plain, InstructionSet::avx2,
                                   InstructionSet::avx512, InstructionSet::neon}) {
    if (!supported(set)) continue;
    force_instruction_set(set);
    for (const unsigned n : {1u, 3u}) {
      set_threads(n);
      check();
    }
  }
  force_instruction_set(before);
  set_threads(0);
}

}  // namespace pedigree
