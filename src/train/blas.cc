#include "train/blas.h"

#include <cblas.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <system_error>

namespace pedigree::train {

namespace {

// Multiplications that take as long here as loading the library.
constexpr u64 kLoading = u64{1} << 21;

struct Blas {
  decltype(&cblas_sgemm) sgemm;
  decltype(&cblas_dgemm) dgemm;
  decltype(&openblas_set_num_threads) set_num_threads;
};

[[noreturn]] void refuse(const std::string& why) {
  throw std::system_error(std::make_error_code(std::errc::no_such_file_or_directory), why);
}

template <class Function>
Function* find(void* library, const char* name) {
  void* const found = dlsym(library, name);
  if (found == nullptr) refuse(fmt::format("OpenBLAS has no {}", name));
  return reinterpret_cast<Function*>(found);
}

// An Intel processor that is newer than the library runs the kernels of the oldest one unless it is told which to take.
void name_kernels() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_is("intel")) return;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    setenv("OPENBLAS_CORETYPE", "SKYLAKEX", 0);
  else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    setenv("OPENBLAS_CORETYPE", "HASWELL", 0);
#endif
}

Blas load() {
  setenv("OPENBLAS_NUM_THREADS", "1", 0);
  name_kernels();
  void* const library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    refuse(fmt::format("{}: install OpenBLAS (Debian: libopenblas0-pthread)", dlerror()));
  return {find<decltype(cblas_sgemm)>(library, "cblas_sgemm"),
          find<decltype(cblas_dgemm)>(library, "cblas_dgemm"),
          find<decltype(openblas_set_num_threads)>(library, "openblas_set_num_threads")};
}

const Blas& blas() {
  static const Blas loaded = load();
  return loaded;
}

CBLAS_TRANSPOSE transposed(bool is) noexcept { return is ? CblasTrans : CblasNoTrans; }
blasint integer(u32 n) noexcept { return static_cast<blasint>(n); }

// Whether the library is not worth its loading yet: that many multiplications more, and it will be.
bool is_early(Shape s) noexcept {
  static std::atomic<u64> done = 0;
  return done.fetch_add(u64{s.rows} * s.columns * s.inner) + u64{s.rows} * s.columns * s.inner <=
         kLoading;
}

void product(bool transpose_a, bool transpose_b, Shape s, double alpha, const double* a, u32 lda,
             const double* b, u32 ldb, double beta, double* c, u32 ldc) {
  for (std::size_t i = 0; i < s.rows; ++i) {
    double* const row = c + i * ldc;
    for (std::size_t j = 0; j < s.columns; ++j) row[j] = beta == 0 ? 0 : beta * row[j];
    for (std::size_t k = 0; k < s.inner; ++k) {
      const double left = alpha * (transpose_a ? a[k * lda + i] : a[i * lda + k]);
      for (std::size_t j = 0; j < s.columns; ++j)
        row[j] += left * (transpose_b ? b[j * ldb + k] : b[k * ldb + j]);
    }
  }
}

}  // namespace

void gemm(bool transpose_a, bool transpose_b, Shape s, float alpha, const float* a, u32 lda,
          const float* b, u32 ldb, float beta, float* c, u32 ldc) {
  blas().sgemm(CblasRowMajor, transposed(transpose_a), transposed(transpose_b), integer(s.rows),
               integer(s.columns), integer(s.inner), alpha, a, integer(lda), b, integer(ldb), beta,
               c, integer(ldc));
}

void gemm(bool transpose_a, bool transpose_b, Shape s, double alpha, const double* a, u32 lda,
          const double* b, u32 ldb, double beta, double* c, u32 ldc) {
  if (is_early(s)) {
    product(transpose_a, transpose_b, s, alpha, a, lda, b, ldb, beta, c, ldc);
    return;
  }
  blas().dgemm(CblasRowMajor, transposed(transpose_a), transposed(transpose_b), integer(s.rows),
               integer(s.columns), integer(s.inner), alpha, a, integer(lda), b, integer(ldb), beta,
               c, integer(ldc));
}

void set_blas_threads(u32 threads) { blas().set_num_threads(static_cast<int>(threads)); }

}  // namespace pedigree::train
