#include "cli/one_blas_thread.h"

#include <unistd.h>

#include <cstdlib>

namespace pedigree::cli {

void run_blas_on_one_thread(char** argv) {
  constexpr const char* kVariable = "OPENBLAS_NUM_THREADS";
  if (std::getenv(kVariable) != nullptr || setenv(kVariable, "1", 1) != 0) return;
  execv("/proc/self/exe", argv);
}

}  // namespace pedigree::cli
