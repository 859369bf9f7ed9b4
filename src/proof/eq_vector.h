// The table of eq(point, .) as a vector: prover side.
#pragma once

#include <vector>

#include "kernel/fold.h"

namespace pedigree {

// scale * eq(point, x), x < 2^point.size().
inline std::vector<K> eq_of(std::span<const K> point, const K& scale = K(kOne)) {
  std::vector<K> out(std::size_t{1} << point.size());
  eq_table(point, scale, out.data());
  return out;
}

}  // namespace pedigree
