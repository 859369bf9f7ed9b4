// Salts of hashed matrices in the exact zero-knowledge test: the one message of a hashed show has no pad, the salt is its mask.
#pragma once

#include "harness/clear.h"

namespace pedigree::harness {

// Where a witness holds the salts, and what it would send for them.
class Salts {
 public:
  // `values`: what the prover sends of steps 2 to 6 with the witness as it is.
  Salts(const CompiledSegment& segment, Witness& w, const std::function<std::vector<K>()>& values);

  // The places of the messages, ascending: of each hashed show in the order of the shows.
  const std::vector<std::size_t>& places() const { return places_; }
  // Salts with which they are these.
  void place(std::span<const K> messages);

 private:
  F* at(std::size_t show) const;
  const CompiledSegment& segment_;
  Witness& w_;
  std::vector<TensorId> salts_;
  std::vector<std::size_t> places_;
  std::vector<K> unsalted_, factor_;
};

}  // namespace pedigree::harness
