// While it lives, every map that may be a pullback is one, of any profile and size.
#pragma once

#include "tensor/program.h"

namespace pedigree::harness {

class PullAnyMap {
 public:
  PullAnyMap() { pull_any_map = true; }
  ~PullAnyMap() { pull_any_map = false; }
  PullAnyMap(const PullAnyMap&) = delete;
  PullAnyMap& operator=(const PullAnyMap&) = delete;
};

}  // namespace pedigree::harness
