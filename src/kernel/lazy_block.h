// A block that is sized for the worst case and hardly touched: it takes memory where it is touched first, and never comes from a pool
// of used blocks. Behind its front it lies in huge pages, where the system has them; what a small job touches is less than one of
// them, which would be cleared whole.
#pragma once

#include <cstdlib>
#include <memory>

#include "base/types.h"

namespace pedigree {

struct FreeBlock {
  void* allocated = nullptr;  // the block begins inside
  void operator()(u8*) const noexcept { std::free(allocated); }
};
using LazyBlock = std::unique_ptr<u8[], FreeBlock>;

// Null where there is no room, or for no bytes.
LazyBlock lazy_block(std::size_t bytes) noexcept;

}  // namespace pedigree
