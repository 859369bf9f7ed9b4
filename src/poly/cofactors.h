// The prover's witness that two lists have nothing in common.
//
//   takes   A(z) = product of z - a over the list a,  B(z) likewise; n = |a|, m = |b|
//   gives   U, V with U A + V B = 1, deg U < m, deg V < n: they exist, and are unique, exactly if no a equals a b
//           a list without members is 1: then its cofactor is 1 and the other 0
//   how     U is 1/A mod B, found at the roots of B; a root that occurs e times is lifted from B_k to B_2k by Newton's step
//           U := U (2 - A U), B_k the product in which a root occurs min(e, k) times.  V = (1 - U A) / B, exactly
//   cost    O(N log^2 N), N the larger length
#pragma once

#include <stdexcept>
#include <utility>

#include "poly/polynomial.h"

namespace pedigree {

struct Cofactors {
  Polynomial u, v;  // max(1, m) and max(1, n) coefficients
};

// Members of both lists, as (position in a, position in b): at most kMostShared of them.
struct SharedMembers : std::runtime_error {
  static constexpr std::size_t kMostShared = 1024;
  explicit SharedMembers(std::vector<std::pair<std::size_t, std::size_t>> found)
      : std::runtime_error("the lists have members in common"), pairs(std::move(found)) {}
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
};

// Throws SharedMembers.
Cofactors cofactors(std::span<const F> a, std::span<const F> b);

}  // namespace pedigree
