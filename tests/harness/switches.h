// What the harness build can be told to do for small proofs, as long as one of these lives.
#pragma once

#include "proof/layout.h"

namespace pedigree::harness {

class Switch {
 public:
  explicit Switch(bool& flag) : flag_(flag) { flag_ = true; }
  ~Switch() { flag_ = false; }
  Switch(const Switch&) = delete;
  Switch& operator=(const Switch&) = delete;

 private:
  bool& flag_;
};

// Every segment has two roots, of any profile and height.
struct SplitSegments : Switch {
  SplitSegments() : Switch(split_any_segment) {}
};

// Every map that may be a pullback is one, of any profile and size.
struct PullAnyMap : Switch {
  PullAnyMap() : Switch(pull_any_map) {}
};

// ReLU and rounding do without tables, of any size.
struct ShortenAnyMap : Switch {
  ShortenAnyMap() : Switch(shorten_any_map) {}
};

}  // namespace pedigree::harness
