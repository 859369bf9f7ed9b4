#include <cmath>

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
    for (std::size_t j = 0; j < p.out; ++j) {
      for (std::size_t i = 0; i < p.in; ++i) {
        const double value =
            std::ldexp(static_cast<double>(entries[w][i * p.out + j]), -static_cast<int>(p.frac));
        const auto* bytes = reinterpret_cast<const u8*>(&value);
        file.insert(file.end(), bytes, bytes + 8);
      }
    }
  }
  return file;
}

}  // namespace pedigree
