// The prover's fraction tree: sum over leaves of p / q by layers of p = p_0 q_1 + p_1 q_0, q = q_0 q_1 (proof/segment.h,
// step 2). Node i of a layer has the children i and i + 2^k of the next: the child is the top index bit. Leaves have addresses
// (iop/tree_order.h).
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "iop/lookup_block.h"
#include "iop/masked_send.h"
#include "iop/pullback_block.h"

namespace pedigree {

// Leaves are computed on demand: they are not kept while the layers above are. Their numerators lie in F, or in K.
template <class Numerator>
struct BlockOfLeaves;
template <>
struct BlockOfLeaves<F> {
  using Type = LookupBlock;
};
template <>
struct BlockOfLeaves<K> {
  using Type = PullbackBlock;
};

template <class Numerator>
class LeafSourceOf {
 public:
  using Block = typename BlockOfLeaves<Numerator>::Type;
  virtual ~LeafSourceOf() = default;
  // From this address on all leaves are (0, 1).
  virtual std::size_t size() const = 0;
  // Denominators and numerators of the leaves at addresses [begin, end).
  virtual void leaves(std::size_t begin, std::size_t end, K* q, Numerator* p) const = 0;
  // If all leaves at [begin, end) are of one lookup, or of one map, with less work than others have.
  virtual std::optional<Block> block(std::size_t /*begin*/, std::size_t /*end*/) const {
    return std::nullopt;
  }
  // Whether all leaves at [begin, end) are (0, 1).
  virtual bool is_gap(std::size_t /*begin*/, std::size_t /*end*/) const { return false; }
};
using LeafSource = LeafSourceOf<F>;
using WeightedLeafSource = LeafSourceOf<K>;

// Of trees that are at least so deep the lowest layer is made from the leaves four times and never stored, and the one above twice:
// memory that must be cleared first costs as much, and they are three quarters of the tree. Blocks of one lookup or map are worked on
// by themselves; gaps, where features are not there too, need no work.
inline constexpr u32 kDeepTree = 18;

// Sends the root, the rounds and the children of every layer; returns the point of the leaves' addresses (`depth`
// coordinates). depth >= 2; deep_from >= 9.
std::vector<K> prove_fraction_tree(const LeafSource& source, u32 depth, MaskedSender& sender,
                                   u32 deep_from = kDeepTree);
std::vector<K> prove_fraction_tree(const WeightedLeafSource& source, u32 depth,
                                   MaskedSender& sender, u32 deep_from = kDeepTree);

}  // namespace pedigree
