// Preconditions of prover-side calls: a bug of ours, always on, absent from the verifier.
#pragma once

#include <stdexcept>
#include <string>

#define PEDIGREE_REQUIRE(cond, why)                                                          \
  do {                                                                                       \
    if (!(cond)) throw std::logic_error(std::string("pedigree: ") + (why) + " (" #cond ")"); \
  } while (0)
