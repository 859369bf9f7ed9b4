// Memory for the prover's tables: huge pages for the heap, and the program's own operator new for blocks of 4 MiB and more.
//
// Large blocks lie in huge pages where the system has them, and a freed block is kept for the next
// request of its size: fresh pages must be cleared by the kernel, which took two fifths of the time
// of a proof. Kept blocks never add to the peak: when none is large enough, the pages of several are
// moved to the new block, as many as it takes. Only the program does this, never the libraries: a host that links
// them keeps its own allocator.
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>

namespace {

using u8 = std::uint8_t;

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

void forget(std::size_t i) noexcept { blocks[i] = blocks[--num_blocks]; }

u8* at_byte(void* at, std::size_t byte) noexcept { return static_cast<u8*>(at) + byte; }

// The smallest kept block that is large enough; what is over stays kept.
void* take_whole(std::size_t bytes) noexcept {
  std::size_t best = num_blocks;
  for (std::size_t i = 0; i < num_blocks; ++i)
    if (!blocks[i].used && blocks[i].bytes >= bytes &&
        (best == num_blocks || blocks[i].bytes < blocks[best].bytes))
      best = i;
  if (best == num_blocks) return nullptr;
  Block& b = blocks[best];
  if (b.bytes > bytes && num_blocks < kMostBlocks) {
    blocks[num_blocks++] = {at_byte(b.at, bytes), b.bytes - bytes, false};
    b.bytes = bytes;
  }
  b.used = true;
  return b.at;
}

// Moves pages of kept blocks to the front of [to, to + bytes): they need not be cleared again. A page at a time, since a block may
// consist of several mappings; what the system does not move it
// takes back, and gives cleared.
void move_kept_pages(void* to, std::size_t bytes) noexcept {
  std::size_t filled = 0;
  for (std::size_t i = num_blocks; i-- > 0 && filled < bytes;) {
    Block& b = blocks[i];
    if (b.used) continue;
    const std::size_t taken = std::min(b.bytes, bytes - filled), left = b.bytes - taken;
    for (std::size_t at = 0; at < taken; at += kHugePage, filled += kHugePage) {
      void* const from = at_byte(b.at, left + at);
      if (mremap(from, kHugePage, kHugePage, MREMAP_MAYMOVE | MREMAP_FIXED, at_byte(to, filled)) ==
          MAP_FAILED) {
        munmap(from, kHugePage);
        if (mmap(at_byte(to, filled), kHugePage, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
          std::abort();  // a hole in a block that is about to be handed out
      }
    }
    b.bytes = left;
    if (left == 0) forget(i);
  }
}

// All smaller blocks come from one heap, which begins with huge pages and keeps what is freed: each page of 4 KiB takes a fault, and
// those were a quarter of a small proof. Only pages that are touched count.
constexpr std::size_t kHeap = std::size_t{64} << 20;

bool prepare_heap() noexcept {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, kLarge);
  mallopt(M_TRIM_THRESHOLD, 2 * kHeap);
  mallopt(M_TOP_PAD, kHeap);
  void* volatile larger_than_the_first_piece = std::malloc(kHugePage);
  std::free(larger_than_the_first_piece);
  const auto end = reinterpret_cast<std::uintptr_t>(sbrk(0)),
             begin = (end - kHeap + kHugePage - 1) / kHugePage * kHugePage;
  return madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE) == 0;
}
[[maybe_unused]] const bool heap_is_prepared = prepare_heap();

void* allocate_large(std::size_t bytes) noexcept {
  const std::size_t rounded = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  const std::lock_guard lock(mutex);
  if (void* const kept = take_whole(rounded)) return kept;
  if (num_blocks == kMostBlocks) return nullptr;
  void* p = map(rounded);
  if (p == nullptr) return nullptr;
  move_kept_pages(p, rounded);
  blocks[num_blocks++] = {p, rounded, true};
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
