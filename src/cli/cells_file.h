// The cells behind a hashed matrix of a claim, for who is to check them:
//   { "version": 1, "nonce": "64 hexadecimal digits", "pad": "48", "columns": N, "cells": [integers, sample by sample] }
// The pad is three words of 16 digits, most significant first. Who has the file knows the cells.
#pragma once

#include <string>
#include <vector>

#include "claim/weights.h"

namespace pedigree::cli {

void write_cells(const std::string& path, const Salt& salt, u32 columns,
                 std::span<const i32> cells);

struct CellsFile {
  Salt salt;
  u32 columns = 0;
  std::vector<i32> cells;
};
// Throws Failure: unsupported where it is no such file.
CellsFile read_cells(const std::string& path);

}  // namespace pedigree::cli
