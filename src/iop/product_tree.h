// The prover's tree of products (proof/shows_protocol.h, `apart`): node i of a layer is the product of its children i and
// i + 2^j of the next one. The children of the root are sent by the caller.
#pragma once

#include <vector>

#include "iop/eq_rounds.h"

namespace pedigree {

class ProductTree {
 public:
  // 2^depth leaves, depth >= 1.
  ProductTree(TreeTable leaves, u32 depth);
  // The children of the root.
  const K& left() const { return layers_[1][0]; }
  const K& right() const { return layers_[1][1]; }
  // Sends rounds and children of layers 1 to depth - 1, whose claim is that of layer 1 at (tau): returns the point of the
  // leaves (`depth` coordinates). Uses the layers up.
  std::vector<K> prove(const K& tau, MaskedSender& sender);

 private:
  std::vector<TreeTable> layers_;  // layer j has 2^j nodes
};

}  // namespace pedigree
