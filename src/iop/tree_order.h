// The order of the leaves of the lookup tree. Items lie at addresses x < 2^n; leaf y of the tree is the one at
//
//   x = (y mod 2^c) 2^(n - c) + (y >> c)              c = max(0, min(6, n - 2))
//
// so the top bit of y, which tells the two children of a node apart, is not the top bit of the address: the 2^c runs of
// addresses, the blocks, are subtrees down to layer c, and those behind the last item are (0, 1) in all their nodes.
#pragma once

#include <algorithm>
#include <span>

#include "field/k.h"

namespace pedigree {

constexpr u32 log_tree_blocks(u32 depth) noexcept {
  return depth < 2 ? 0 : depth < 8 ? depth - 2 : 6;
}

// The point of a leaf as that of its address.
inline void point_of_address(std::span<K> point) noexcept {
  std::rotate(point.begin(), point.begin() + log_tree_blocks(static_cast<u32>(point.size())),
              point.end());
}

}  // namespace pedigree
