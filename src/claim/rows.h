// Rows that claims compare: equal are all inputs, to the last unit.
#pragma once

#include <span>
#include <vector>

#include "proof/show.h"

namespace pedigree {

struct Rows {
  u32 records = 0;
  std::span<const i32> x;
};

// All pairs of a row of the datasets, one after the other, and a record of the list that are equal, in the order of a statement.
std::vector<RowHit> find_hits(std::span<const Rows> datasets, const Rows& list);

}  // namespace pedigree
