#include "harness/salts.h"

#include "base/require.h"

namespace pedigree::harness {

Salts::Salts(const CompiledSegment& segment, Witness& w,
             const std::function<std::vector<K>()>& values)
    : segment_(segment), w_(w) {
  for (const Show& show : segment.shows)
    if (show.kind == Show::Kind::hashed) salts_.push_back(show.salt);
  const std::vector<K> before = values();
  for (std::size_t i = 0; i < salts_.size(); ++i) {
    at(i)[0] = F(1);
    const std::vector<K> after = values();
    at(i)[0] = F();
    std::size_t differ = 0;
    for (std::size_t m = 0; m < before.size(); ++m) {
      if (before[m] == after[m]) continue;
      ++differ;
      places_.push_back(m);
      unsalted_.push_back(before[m]);
      factor_.push_back(after[m] - before[m]);
    }
    PEDIGREE_REQUIRE(differ == 1, "a salt is in one message");
  }
}

F* Salts::at(std::size_t show) const {
  return w_.messages[kSegmentRoot].data() + segment_.layout.tensors[salts_[show]].offset;
}

void Salts::place(std::span<const K> messages) {
  for (std::size_t i = 0; i < salts_.size(); ++i) {
    const K salt = (messages[places_[i]] - unsalted_[i]) * inverse(factor_[i]);
    for (u32 l = 0; l < kDegree; ++l) at(i)[l] = salt.c[l];
  }
}

}  // namespace pedigree::harness
