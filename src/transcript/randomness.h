// The prover's randomness: one stream per attempt, never reused.
//
//   key = Keccak256("pedigree masks v1" || 32 fresh bytes of the operating system || statement digest || purpose)
//
// and ChaCha20 under that key. Binding the statement and the purpose means that a restored machine or a repeated attempt
// with equal system randomness still draws other masks for another statement. Elements are drawn by rejection.
#pragma once

#include <string_view>
#include <vector>

#include "field/k.h"
#include "hash/keccak.h"

namespace pedigree {

class Randomness {
 public:
  // Fresh from the operating system. No randomness, no proof: throws std::system_error.
  explicit Randomness(const Digest& statement);
  // The same stream again: tests of equal proofs only.
  Randomness(const Digest& seed, const Digest& statement) : seed_(seed), statement_(statement) {}

  // Uniform elements for one purpose; the same purpose gives the same elements, so each is used once.
  void fill(std::string_view purpose, std::span<F> out) const;
  void fill(std::string_view purpose, std::span<K> out) const;

 private:
  Digest seed_, statement_;
};

}  // namespace pedigree
