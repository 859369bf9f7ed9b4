// The verifier's memory: one block, sized before the proof is read, never grown.
//
// Everything the verifier allocates lies in an Arena and has a trivial destructor. When the block is used up, the arena
// leaves through the jump buffer of the entry point (`pedigree_verify`), which turns it into the refusal
// `arena_exhausted`. Skipping frames is well defined because nothing on them has a destructor to run.
#pragma once

#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>

#include "base/types.h"

namespace pedigree {

class Arena {
 public:
  // Without a jump buffer (prover side, where the block is sized generously) exhaustion is a bug and ends the program.
  Arena(void* block, std::size_t size, std::jmp_buf* exhausted) noexcept
      : base_(static_cast<u8*>(block)), size_(size), exhausted_(exhausted) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // n zeroed objects of T.
  template <class T>
  T* allocate(std::size_t n) noexcept {
    static_assert(std::is_trivially_destructible_v<T>);
    const std::size_t at = (used_ + alignof(T) - 1) / alignof(T) * alignof(T);
    if (at > size_ || n > (size_ - at) / sizeof(T)) leave();
    used_ = at + n * sizeof(T);
    T* p = reinterpret_cast<T*>(base_ + at);
    for (std::size_t i = 0; i < n; ++i) new (p + i) T();
    return p;
  }

  std::size_t used() const noexcept { return used_; }

  // Scratch: release() gives back all that was allocated after mark().
  std::size_t mark() const noexcept { return used_; }
  void release(std::size_t mark) noexcept { used_ = mark; }

 private:
  [[noreturn]] void leave() noexcept {
    if (exhausted_ == nullptr) std::abort();
    std::longjmp(*exhausted_, 1);
  }

  u8* base_;
  std::size_t size_;
  std::size_t used_ = 0;
  std::jmp_buf* exhausted_;
};

// A growable array in an arena. Growing copies; the old place is lost until the arena goes.
template <class T>
class Vec {
 public:
  Vec() noexcept = default;
  explicit Vec(Arena& arena, std::size_t n = 0) noexcept : arena_(&arena) { resize(n); }
  Vec(Arena& arena, std::span<const T> from) noexcept : arena_(&arena) {
    reserve(from.size());
    for (const T& x : from) push_back(x);
  }

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  T& operator[](std::size_t i) noexcept { return data_[i]; }
  const T& operator[](std::size_t i) const noexcept { return data_[i]; }
  T* begin() noexcept { return data_; }
  T* end() noexcept { return data_ + size_; }
  const T* begin() const noexcept { return data_; }
  const T* end() const noexcept { return data_ + size_; }
  T* data() noexcept { return data_; }
  const T* data() const noexcept { return data_; }
  T& back() noexcept { return data_[size_ - 1]; }
  const T& back() const noexcept { return data_[size_ - 1]; }
  std::span<const T> span() const noexcept { return {data_, size_}; }
  Arena& arena() const noexcept { return *arena_; }

  void reserve(std::size_t n) noexcept {
    if (n <= capacity_) return;
    T* grown = arena_->template allocate<T>(n);
    for (std::size_t i = 0; i < size_; ++i) grown[i] = data_[i];
    data_ = grown;
    capacity_ = n;
  }
  void resize(std::size_t n) noexcept {
    reserve(n);
    for (std::size_t i = size_; i < n; ++i) data_[i] = T();
    size_ = n;
  }
  void push_back(const T& x) noexcept {
    const T copy = x;
    if (size_ == capacity_) reserve(capacity_ < 4 ? 8 : 2 * capacity_);
    data_[size_++] = copy;
  }
  void pop_back() noexcept { --size_; }
  void clear() noexcept { size_ = 0; }

 private:
  Arena* arena_ = nullptr;
  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace pedigree
