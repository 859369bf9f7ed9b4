// One pool of threads for all kernels, created at first use.
//
// A kernel cuts [0, n) into pieces whose results do not depend on the cut, so that every thread
// count gives the same bits.
#pragma once

#include <functional>

#include "base/types.h"

namespace pedigree {

// How many threads parallel_for uses, the calling one included; 0 means one per processor, the
// initial value.
void set_threads(unsigned n);
unsigned threads();

// Calls body(begin, end) on disjoint pieces that cover [0, n), each of at least `grain` items but
// for the last. Returns when all are done; the first exception thrown by a body is rethrown here,
// and pieces not yet begun are dropped. Calls from inside a body run inline.
void parallel_for(std::size_t n, std::size_t grain,
                  const std::function<void(std::size_t begin, std::size_t end)>& body);

}  // namespace pedigree
