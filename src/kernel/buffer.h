// Arrays whose new elements are not filled, for those that are written whole before they are read.
#pragma once

#include <memory>
#include <vector>

namespace pedigree {

template <class T>
struct Unfilled : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = Unfilled<U>;
  };
  template <class U>
  void construct(U*) noexcept {}
};

template <class T>
using Buffer = std::vector<T, Unfilled<T>>;

}  // namespace pedigree
