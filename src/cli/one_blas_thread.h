#pragma once

namespace pedigree::cli {

// OpenBLAS without threads of its own: its pool starts when the library is loaded and spins for work, which took a third of
// the CPU time of a small proof. Only its environment variable can prevent that, and only before the library is loaded:
// unless the variable is set, sets it and starts the program anew. Returns where that cannot be done.
void run_blas_on_one_thread(char** argv);

}  // namespace pedigree::cli
