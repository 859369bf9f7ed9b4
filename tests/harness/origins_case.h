// A small proven run over one or several datasets, and lists of records that claims of origins are about.
#pragma once

#include "claim/origins/origins_prove.h"
#include "harness/jobs.h"

namespace pedigree::harness {

using List = std::vector<std::vector<i32>>;  // record by record

struct OriginsCase {
  Job job;
  ProveInput input;      // its datasets, with their roots
  std::vector<u8> run;   // its proof
  std::vector<i32> all;  // inputs of all datasets, row by row

  u32 features() const { return job.statement.model.features; }
  std::vector<i32> row(u32 n) const;     // of all datasets
  std::vector<i32> absent(i32 k) const;  // is in no dataset
  // Of this list, with its hits.
  OriginsInput claim(const std::vector<i32>& cells, Visibility show) const;
  // The statement of a claim; hashed cells under a fixed salt.
  OriginsStatement statement(const std::vector<i32>& cells, Visibility show, Arena& arena) const;
};
Salt fixed_salt();

// "one" dataset, "several", of which a row occurs three times, "tiny": one record, or "wide": cells of 17 bits.
const OriginsCase& origins_case(const std::string& name);

std::vector<i32> cells_of(const List& list);

}  // namespace pedigree::harness
