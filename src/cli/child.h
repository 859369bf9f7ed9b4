// This program as a child process, so that its time and peak memory are its own.
#pragma once

#include <string>
#include <vector>

#include "base/types.h"

namespace pedigree::cli {

struct ChildResult {
  int exit_code = 0;
  std::string output;      // standard output
  double cpu_seconds = 0;  // of all threads
  u64 peak_bytes = 0;
};

// Runs `pedigree <arguments>`; standard error is passed on unless `quiet`.
ChildResult run_child(const std::vector<std::string>& arguments, bool quiet);

}  // namespace pedigree::cli
