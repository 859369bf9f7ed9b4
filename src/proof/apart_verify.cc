#include "proof/apart.h"
#include "proof/segment.h"

namespace pedigree {

void row_point(const SegmentPublic& s, std::span<K> out) noexcept {
  HashChain chain;
  for (u32 root = kDataRoot; root < s.layout->num_roots; ++root)
    chain.absorb('B', "rows", s.roots[root].bytes);
  for (K& u : out) u = K(chain.challenge("rows").c[0]);
}

}  // namespace pedigree
