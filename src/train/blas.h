// The three matrix products of training, row-major, float or double.
#pragma once

#include <cblas.h>

#include "base/types.h"

namespace pedigree::train {

struct Shape {
  u32 rows = 0, columns = 0, inner = 0;
};

// c = alpha * op(a) op(b) + beta * c;  c [rows, columns], op(a) [rows, inner], op(b) [inner,
// columns]; lda, ldb, ldc are the row lengths as stored.
template <class Real>
void gemm(bool transpose_a, bool transpose_b, Shape s, Real alpha, const Real* a, u32 lda,
          const Real* b, u32 ldb, Real beta, Real* c, u32 ldc) noexcept {
  const auto op_a = transpose_a ? CblasTrans : CblasNoTrans,
             op_b = transpose_b ? CblasTrans : CblasNoTrans;
  const auto i = [](u32 n) noexcept { return static_cast<blasint>(n); };
  if constexpr (sizeof(Real) == sizeof(float))
    cblas_sgemm(CblasRowMajor, op_a, op_b, i(s.rows), i(s.columns), i(s.inner), alpha, a, i(lda), b,
                i(ldb), beta, c, i(ldc));
  else
    cblas_dgemm(CblasRowMajor, op_a, op_b, i(s.rows), i(s.columns), i(s.inner), alpha, a, i(lda), b,
                i(ldb), beta, c, i(ldc));
}

inline void set_blas_threads(u32 threads) noexcept {
  openblas_set_num_threads(static_cast<int>(threads));
}

}  // namespace pedigree::train
