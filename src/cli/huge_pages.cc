// Memory for the prover's tables: the program's own operator new for blocks of 4 MiB and more.
//
// Such blocks lie in huge pages where the system has them, and a freed block is kept for the next
// request of its size: fresh pages must be cleared by the kernel, which took two fifths of the time
// of a proof. Kept blocks never add to the peak: when none fits, as many bytes of them are given
// back as the new block takes. Only the program does this, never the libraries: a host that links
// them keeps its own allocator.
#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>

namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kLarge = 2 * kHugePage;
constexpr std::size_t kMostBlocks = 4096;

struct Block {
  void* at = nullptr;
  std::size_t bytes = 0;
  bool used = false;
};

std::mutex mutex;
Block blocks[kMostBlocks];
std::size_t num_blocks = 0;

// Anonymous memory aligned to a huge page.
void* map(std::size_t bytes) noexcept {
  void* p = mmap(nullptr, bytes + kHugePage, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) return nullptr;
  const auto begin = reinterpret_cast<std::uintptr_t>(p);
  const std::uintptr_t aligned = (begin + kHugePage - 1) / kHugePage * kHugePage,
                       head = aligned - begin;
  if (head != 0) munmap(p, head);
  if (head != kHugePage) munmap(reinterpret_cast<void*>(aligned + bytes), kHugePage - head);
  madvise(reinterpret_cast<void*>(aligned), bytes, MADV_HUGEPAGE);
  return reinterpret_cast<void*>(aligned);
}

void forget(std::size_t i) noexcept {
  munmap(blocks[i].at, blocks[i].bytes);
  blocks[i] = blocks[--num_blocks];
}

void* allocate_large(std::size_t bytes) noexcept {
  const std::size_t rounded = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  const std::lock_guard lock(mutex);
  Block* best = nullptr;
  for (std::size_t i = 0; i < num_blocks; ++i) {
    Block& b = blocks[i];
    if (!b.used && b.bytes >= rounded && b.bytes / 2 < rounded &&
        (best == nullptr || b.bytes < best->bytes))
      best = &b;
  }
  if (best != nullptr) {
    best->used = true;
    return best->at;
  }
  std::size_t given_back = 0;
  for (std::size_t i = num_blocks; i-- > 0 && given_back < rounded;) {
    if (blocks[i].used) continue;
    given_back += blocks[i].bytes;
    forget(i);
  }
  if (num_blocks == kMostBlocks) return nullptr;
  void* p = map(rounded);
  if (p != nullptr) blocks[num_blocks++] = {p, rounded, true};
  return p;
}

// Whether `p` was a large block, which is then kept for reuse.
bool release_large(void* p) noexcept {
  if (reinterpret_cast<std::uintptr_t>(p) % kHugePage != 0) return false;
  const std::lock_guard lock(mutex);
  for (std::size_t i = 0; i < num_blocks; ++i) {
    if (blocks[i].at != p) continue;
    blocks[i].used = false;
    return true;
  }
  return false;
}

void* allocate(std::size_t bytes) noexcept {
  if (bytes >= kLarge) return allocate_large(bytes);
  return std::malloc(bytes == 0 ? 1 : bytes);
}

void release(void* p) noexcept {
  if (p != nullptr && !release_large(p)) std::free(p);
}

}  // namespace

void* operator new(std::size_t bytes) {
  for (;;) {
    if (void* p = allocate(bytes)) return p;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}
void* operator new[](std::size_t bytes) { return operator new(bytes); }
void operator delete(void* p) noexcept { release(p); }
void operator delete(void* p, std::size_t) noexcept { release(p); }
void operator delete[](void* p) noexcept { release(p); }
void operator delete[](void* p, std::size_t) noexcept { release(p); }
