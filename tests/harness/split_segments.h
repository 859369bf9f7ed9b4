// While it lives, every segment has two roots, of any profile and height.
#pragma once

#include "proof/layout.h"

namespace pedigree::harness {

class SplitSegments {
 public:
  SplitSegments() { split_any_segment = true; }
  ~SplitSegments() { split_any_segment = false; }
  SplitSegments(const SplitSegments&) = delete;
  SplitSegments& operator=(const SplitSegments&) = delete;
};

}  // namespace pedigree::harness
