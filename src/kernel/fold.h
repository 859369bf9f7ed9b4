// Hot loops over tables of K and F: folding, eq tables, inner products. Field sums are exact, so any
// order gives the same bits.
#pragma once

#include "field/k.h"

namespace pedigree {

// values[i] += r * (values[i + half] - values[i]), i < half: binds the highest variable.
void fold_halves(K* values, std::size_t half, const K& r);

// values[i] = values[2i] + r * (values[2i + 1] - values[2i]), i < n_out, in place.
// Binds the lowest variable.
void fold_adjacent(K* values, std::size_t n_out, const K& r);
// The same from a table over F; out and in may not overlap.
void fold_adjacent_base(const F* in, std::size_t n_out, const K& r, K* out);

// out[x] = scale * product over i of (x_i ? point[i] : 1 - point[i]), x < 2^point.size().
// point[0] belongs to the lowest bit.
void eq_table(std::span<const K> point, const K& scale, K* out);

// out[i] += r * in[i], i < n, over F, on the calling thread. The callers are parallel.
void add_multiple(F* out, const F* in, F r, std::size_t n);

// out[i] += sum over j < num_rows of weights[j] rows[j][i], i < n, rows over F, on the calling thread.
void add_weighted_rows(const F* const* rows, const K* weights, std::size_t num_rows, std::size_t n,
                       K* out);

// The same for rows of n elements that lie one behind the other, weights.size() of them, from 0: by all threads.
void weighted_rows(const F* rows, std::span<const K> weights, std::size_t n, K* out);

// The sum of a[i] * b[i], i < n.
K inner_product(const K* a, const K* b, std::size_t n);
K inner_product_base(const F* a, const K* b, std::size_t n);

}  // namespace pedigree
