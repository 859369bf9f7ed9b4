#include "kernel/lazy_block.h"

#include <sys/mman.h>

namespace pedigree {

LazyBlock lazy_block(std::size_t bytes) noexcept {
  constexpr std::size_t kHugePage = std::size_t{2} << 20, kFront = std::size_t{512} << 10;
  if (bytes == 0) return {};
  if (bytes <= kFront) {
    u8* const block = static_cast<u8*>(std::malloc(bytes));
    return LazyBlock(block, {block});
  }
  if (bytes > SIZE_MAX - 2 * kHugePage) return {};
  const std::size_t behind = (bytes - kFront + kHugePage - 1) / kHugePage * kHugePage;
  u8* const allocated = static_cast<u8*>(std::aligned_alloc(kHugePage, kHugePage + behind));
  if (allocated == nullptr) return {};
  madvise(allocated + kHugePage, behind, MADV_HUGEPAGE);
  return LazyBlock(allocated + kHugePage - kFront, {allocated});
}

}  // namespace pedigree
