#include "kernel/lazy_block.h"

#include <sys/mman.h>

namespace pedigree {

LazyBlock lazy_block(std::size_t bytes) noexcept {
  constexpr std::size_t kHugePage = std::size_t{2} << 20;
  if (bytes == 0) return {};
  if (bytes < kHugePage) return LazyBlock(static_cast<u8*>(std::malloc(bytes)));
  if (bytes > SIZE_MAX - kHugePage) return {};
  const std::size_t whole = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  LazyBlock block(static_cast<u8*>(std::aligned_alloc(kHugePage, whole)));
  if (block) madvise(block.get(), whole, MADV_HUGEPAGE);
  return block;
}

}  // namespace pedigree
