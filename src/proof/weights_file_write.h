// The trainer's side of proof/weights_file.h.
#pragma once

#include <vector>

#include "tensor/program.h"

namespace pedigree {

// The file of published weights; entries [in][out] by ParameterId, each below 2^53 in magnitude.
std::vector<u8> write_weights_file(std::span<const Parameter> parameters,
                                   const std::vector<std::vector<i64>>& entries);

}  // namespace pedigree
