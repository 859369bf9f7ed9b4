// A block that is sized for the worst case and hardly touched: it takes memory where it is touched first, in huge pages where the
// system has them, and never comes from a pool of used blocks.
#pragma once

#include <cstdlib>
#include <memory>

#include "base/types.h"

namespace pedigree {

struct FreeBlock {
  void operator()(u8* block) const noexcept { std::free(block); }
};
using LazyBlock = std::unique_ptr<u8[], FreeBlock>;

// Null where there is no room, or for no bytes.
LazyBlock lazy_block(std::size_t bytes) noexcept;

}  // namespace pedigree
