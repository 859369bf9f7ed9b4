// A block of the lookup tree (iop/tree_order.h) whose leaves all belong to one lookup. Their numerators are 1, so its two
// lowest layers take much less work than those of other fractions. A leaf's denominator is a - v.
//
// Lowest layer, with d = q + 1 / lambda:
//   p_0 q_1 + p_1 q_0 + lambda q_0 q_1 = lambda d_0 d_1 - 1 / lambda                  two tables instead of four
// Second layer: the sum over two leaves is (2 a - s) / (a^2 - s a + m), s = v + w and m = v w, so with e_i the elementary
// symmetric polynomials of a node's four v
//   p_0 q_1 + p_1 q_0 + lambda q_0 q_1 = 4 a^3 - 3 a^2 e_1 + 2 a e_2 - e_3 + lambda (a^4 - a^3 e_1 + a^2 e_2 - a e_3 + e_4)
// Of a lookup of one column all v are in F, so the rounds' sums are eq times elements of F, and a enters once a piece.
#pragma once

#include <array>
#include <vector>

#include "kernel/buffer.h"
#include "kernel/rounds.h"

namespace pedigree {

// Denominators base - columns[0][x] - sum over c >= 1 of factors[c] columns[c][x].
struct LookupColumns {
  K base;
  const K* factors;
  std::array<const F*, 3> columns;
  u32 num_columns;
};

class LookupBlock {
 public:
  // `size` leaves, from the columns' first cell on; a power of two, 8 at least.
  LookupBlock(const LookupColumns& columns, std::size_t size) : of_(columns), size_(size) {}

  // Room for the terms of a piece of at most n nodes.
  struct Room {
    explicit Room(std::size_t n) : terms(7 * n), q(4 * n) {}
    Buffer<F> terms;
    Buffer<K> q;
  };

  // Lowest layer: what nodes [y, y + n) and those bound with them add to its first round; eq adds up to 1. `shift` is 1 / lambda.
  FractionRound first_round(std::size_t y, std::size_t n, const K& lambda, const K& shift,
                            const K* eq, Room& room) const;
  // d of the first or second children (0, 1) of these nodes, bound at r.
  void bind_pair(u32 child, std::size_t y, std::size_t n, const K& shift, const K& r, Room& room,
                 K* d) const;

  // Whether the second layer has short cuts too, those below.
  bool has_quads() const { return one_column(); }
  static constexpr bool kQuadRounds = true;
  // Second layer: the round of nodes [y, y + n).
  FractionRound quad_round(std::size_t y, std::size_t n, const K& lambda, const K* eq,
                           Room& room) const;
  // Numerator and denominator of the first or second children of these nodes, bound at r.
  void bind_quad(u32 child, std::size_t y, std::size_t n, const K& r, K* p, K* q) const;
  // Nodes [y, y + n) of the second layer.
  void quads(std::size_t y, std::size_t n, K* p, K* q) const;

  // Nodes [y, y + n) of the lowest layer; `below` has room for 2n denominators.
  void pairs(std::size_t y, std::size_t n, K* below, K* p, K* q) const;

 private:
  bool one_column() const { return of_.num_columns == 1; }
  // The round of d_0 d_1.
  FractionRound pair_round(std::size_t y, std::size_t n, const K& shift, const K* eq,
                           Room& room) const;
  const F* column(std::size_t x) const { return of_.columns[0] + x; }
  // Denominators plus `shift` of leaves [x, x + n).
  void denominators(std::size_t x, std::size_t n, const K& shift, K* q) const;

  LookupColumns of_;
  std::size_t size_;
};

}  // namespace pedigree
