// An arena on the heap for calls into the rules, which take their memory from arenas.
#pragma once

#include <csetjmp>
#include <memory>
#include <new>

#include "base/arena.h"
#include "train/error.h"

namespace pedigree::train {

// A block for results that live longer than one call (a compiled program points into it).
class HeapBlock {
 public:
  explicit HeapBlock(std::size_t size) : bytes_(::operator new(size)), size_(size) {}
  HeapBlock(HeapBlock&& other) noexcept
      : bytes_(std::exchange(other.bytes_, nullptr)), size_(other.size_) {}
  HeapBlock& operator=(HeapBlock&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~HeapBlock() { ::operator delete(bytes_); }

  // Calls f(arena); false when the block is too small. Between here and the arena only noexcept
  // rules run, whose frames have nothing to destroy.
  template <class Function>
  bool use(Function&& f) {
    std::jmp_buf exhausted;
    if (setjmp(exhausted) != 0) return false;
    Arena arena(bytes_, size_, &exhausted);
    f(arena);
    return true;
  }

 private:
  void* bytes_;
  std::size_t size_;
};

}  // namespace pedigree::train
