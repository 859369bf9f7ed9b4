// Reed-Solomon encoding of `width` columns at once.
#pragma once

#include "field/f.h"

namespace pedigree {

// Columns of a message, [2^log_rows, width] row-major.
struct Columns {
  const F* words;
  std::size_t width;
};

// out[j][i] = sum over y of message[y][i] omega^(j y)
//   omega   root_of_unity(log_rows + log_inv_rate); log_rows + log_inv_rate <= kTwoAdicity
//   message the parts side by side, `width` columns in all; row y holds the coefficients of X^y
//   out     [2^(log_rows + log_inv_rate), width] row-major, natural order, canonical
// out may not overlap message. Fast for widths of 16 and more; below 8, lanes stay empty.
void encode_rows(std::span<const Columns> parts, u32 log_rows, u32 log_inv_rate, F* out);

// The rows coset + 2^(log_rows + log_inv_rate - log_size) i of that, i < 2^log_size, log_size <= log_rows: out [2^log_size, width].
// All such cosets together take 2^(log_rows - log_size) products for each word of the codeword where others take one, and as many
// passes over the message more.
void encode_coset(std::span<const Columns> parts, u32 log_rows, u32 log_inv_rate, u32 log_size,
                  std::size_t coset, F* out);

// The rows of encode_rows at `positions`, in their order: out [positions.size(), width]. For few positions less than half the work, and
// no room for the others.
void encode_rows_at(const F* message, u32 log_rows, std::size_t width, u32 log_inv_rate,
                    std::span<const u64> positions, F* out);

}  // namespace pedigree
