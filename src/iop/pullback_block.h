// A block of the tree of pullbacks (iop/tree_order.h) whose leaves all belong to one map. Leaf x of it is w eq(p, x) / (a - v),
// p the same for all blocks of a tree but for w. With z the coordinate of p that tells the two children of the lowest layer apart, and e = eq
// over the coordinates below it, the numerators of a node's children are w (1 - z) e and w z e. So
//
// Lowest layer, with d_0 = q_0 + (1 - z) w e / lambda and d_1 = q_1 + z w e / lambda:
//   p_0 q_1 + p_1 q_0 + lambda q_0 q_1 = lambda d_0 d_1 - z (1 - z) w^2 e^2 / lambda           two tables instead of four
// and the sum of eq e^2 has a closed form. As w e enters linearly and all v are in F, the sums of the first round are eq, or eq e, times
// elements of F.
// Nodes of the lowest layer: numerator w e (a - (1 - z) v_1 - z v_0), denominator (a - v_0)(a - v_1).
#pragma once

#include <vector>

#include "iop/eq_rounds.h"

namespace pedigree {

// What the blocks of one tree share: the coordinates of p that belong to the bits of an address in a block.
class PullbackPoint {
 public:
  static constexpr std::size_t kLeastCoordinates = 3;
  explicit PullbackPoint(std::span<const K> at)
      : at_(at.begin(), at.end()), below_{of(1), of(2), of(3)} {}

  // The coordinate of the i-th bit from the top, and eq over all bits below it.
  const K& top(u32 i) const { return at_[at_.size() - 1 - i]; }
  const EqWeights& below(u32 i) const { return below_[i]; }
  std::span<const K> coordinates() const { return at_; }

 private:
  EqWeights of(std::size_t dropped) const {
    return EqWeights(std::span<const K>(at_).first(at_.size() - dropped));
  }
  std::vector<K> at_;
  EqWeights below_[3];
};

// The leaves at some addresses of one map: a - column, and the weight of the block that they begin.
struct PullbackColumn {
  K base;
  const F* column;
  K weight;
};

class PullbackBlock {
 public:
  // `size` leaves, from the column's first cell on; a power of two, 8 at least. `point` outlives the block. Nodes are worked on in
  // runs that are aligned to their length, kTreeChunk at most.
  PullbackBlock(const PullbackColumn& column, const PullbackPoint& point, std::size_t size)
      : of_(column), point_(&point), size_(size) {}

  // Room for the terms of a piece of at most n nodes.
  struct Room {
    explicit Room(std::size_t n) : terms(3 * n), q(2 * n) {}
    Buffer<F> terms;
    Buffer<K> q;
  };

  const K& weight() const { return of_.weight; }
  const PullbackPoint& point() const { return *point_; }

  // Lowest layer: what nodes [y, y + n) and those bound with them add to its first round; eq adds up to 1. `inverse` is 1 / lambda.
  FractionRound first_round(std::size_t y, std::size_t n, const K& lambda, const K& inverse,
                            const K* eq, Room& room) const;
  // d of the first or second children (0, 1) of these nodes, bound at r.
  void bind_pair(u32 child, std::size_t y, std::size_t n, const K& inverse, const K& r, Room& room,
                 K* d) const;
  // Nodes [y, y + n) of the lowest layer; `below` has room for 2n elements.
  void pairs(std::size_t y, std::size_t n, K* below, K* p, K* q) const;
  // The second layer has a short cut where it is bound.
  static constexpr bool has_quads() { return true; }
  static constexpr bool kQuadRounds = false;
  // Numerator and denominator of the first or second children of nodes [y, y + n) of the second layer, bound at r.
  void bind_quad(u32 child, std::size_t y, std::size_t n, const K& r, K* p, K* q) const;

 private:
  const F* column(std::size_t x) const { return of_.column + x; }

  PullbackColumn of_;
  const PullbackPoint* point_;
  std::size_t size_;
};

}  // namespace pedigree
