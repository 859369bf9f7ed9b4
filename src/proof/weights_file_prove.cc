#include <cmath>
#include <cstring>

#include "base/require.h"
#include "proof/prove.h"
#include "proof/weights_file.h"
#include "proof/weights_file_write.h"

namespace pedigree {

std::vector<u8> write_weights_file(std::span<const Parameter> parameters,
                                   const std::vector<std::vector<i64>>& entries) {
  PEDIGREE_REQUIRE(parameters.size() == entries.size(), "one array for each parameter");
  OwnedArena arena(4096 + 1024 * parameters.size());
  const Vec<u8> header = weights_header(parameters, arena.get());
  std::vector<u8> file(header.begin(), header.end());
  for (std::size_t w = 0; w < parameters.size(); ++w) {
    const Parameter& p = parameters[w];
    PEDIGREE_REQUIRE(entries[w].size() == entries_of(p),
                     "entries have the shape of their parameter");
    const double unit = std::ldexp(1.0, -static_cast<int>(p.frac));
    const std::size_t begin = file.size();
    file.resize(begin + 8 * entries_of(p));
    for_each_entry(p, [&](u64 i, u64 o) {
      const double value = static_cast<double>(entries[w][i * p.out + o]) * unit;
      std::memcpy(file.data() + begin + 8 * (o * p.in + i), &value, 8);
    });
  }
  return file;
}

}  // namespace pedigree
