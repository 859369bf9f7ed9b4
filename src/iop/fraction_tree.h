// The prover's fraction tree: sum over leaves of p / q by layers of p = p_0 q_1 + p_1 q_0, q = q_0 q_1 (proof/segment.h,
// step 2). Node i of a layer has the children i and i + 2^k of the next: the child is the top index bit.
#pragma once

#include <functional>
#include <vector>

#include "iop/masked_send.h"

namespace pedigree {

// Leaves are computed on demand: they are not kept while the layers above are.
class LeafSource {
 public:
  virtual ~LeafSource() = default;
  // Denominators and numerators of leaves [begin, end).
  virtual void leaves(std::size_t begin, std::size_t end, K* q, F* p) const = 0;
};

// Sends the root, the rounds and the children of every layer; returns the point of the leaves (`depth` coordinates).
std::vector<K> prove_fraction_tree(const LeafSource& source, u32 depth, MaskedSender& sender);

}  // namespace pedigree
