// The three matrix products of training, row-major, float or double.
//
// OpenBLAS is loaded when it is first needed: its start takes as long as a small proof's training, and its pool of threads, which
// spins for work, can only be prevented before it is loaded.
#pragma once

#include "base/types.h"

namespace pedigree::train {

struct Shape {
  u32 rows = 0, columns = 0, inner = 0;
};

// c = alpha * op(a) op(b) + beta * c;  c [rows, columns], op(a) [rows, inner], op(b) [inner,
// columns]; lda, ldb, ldc are the row lengths as stored. Where beta is 0, c is not read.
// Throws std::system_error where OpenBLAS is needed and cannot be loaded.
void gemm(bool transpose_a, bool transpose_b, Shape s, float alpha, const float* a, u32 lda,
          const float* b, u32 ldb, float beta, float* c, u32 ldc);
// A process's first products are added up in an order of their own: for integers below 2^53, exact in any order.
void gemm(bool transpose_a, bool transpose_b, Shape s, double alpha, const double* a, u32 lda,
          const double* b, u32 ldb, double beta, double* c, u32 ldc);

// One unless this or the environment says more. The products of one step are small: more threads than one cost more than they
// bring.
void set_blas_threads(u32 threads);

}  // namespace pedigree::train
