// Reed-Solomon encoding of `width` columns at once.
#pragma once

#include "field/f.h"

namespace pedigree {

// out[j][i] = sum over y of message[y][i] omega^(j y)
//   omega   root_of_unity(log_rows + log_inv_rate); log_rows + log_inv_rate <= kTwoAdicity
//   message [2^log_rows, width]                  row-major; row y holds the coefficients of X^y
//   out     [2^(log_rows + log_inv_rate), width] row-major, natural order, canonical
// out may not overlap message. Fast for widths of 16 and more; below 8, lanes stay empty.
void encode_rows(const F* message, u32 log_rows, std::size_t width, u32 log_inv_rate, F* out);

// The rows of that at `positions`, in their order: out [positions.size(), width]. For few positions less than half the work, and
// no room for the others.
void encode_rows_at(const F* message, u32 log_rows, std::size_t width, u32 log_inv_rate,
                    std::span<const u64> positions, F* out);

}  // namespace pedigree
