#include "cli/prove_memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace pedigree::cli {

u64 machine_memory() {
  u64 bytes =
      static_cast<u64>(::sysconf(_SC_PHYS_PAGES)) * static_cast<u64>(::sysconf(_SC_PAGESIZE));
  std::ifstream limit("/sys/fs/cgroup/memory.max");
  if (u64 most = 0; limit >> most) bytes = std::min(bytes, most);  // "max": no limit
  return bytes;
}

}  // namespace pedigree::cli
