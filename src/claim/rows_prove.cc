#include <string_view>
#include <unordered_map>

#include "claim/rows.h"

namespace pedigree {

namespace {

std::string_view bytes_of_row(const Rows& rows, std::size_t n) {
  const std::size_t features = rows.x.size() / rows.records;
  return {reinterpret_cast<const char*>(rows.x.data() + n * features), features * sizeof(i32)};
}

}  // namespace

std::vector<RowHit> find_hits(std::span<const Rows> datasets, const Rows& list) {
  std::unordered_map<std::string_view, std::vector<u32>> known;
  for (u32 i = 0; i < list.records; ++i) known[bytes_of_row(list, i)].push_back(i);
  std::vector<RowHit> hits;
  u32 first = 0;
  for (const Rows& rows : datasets) {
    for (u32 n = 0; n < rows.records; ++n)
      if (const auto at = known.find(bytes_of_row(rows, n)); at != known.end())
        for (const u32 record : at->second) hits.push_back({first + n, record});
    first += rows.records;
  }
  return hits;
}

}  // namespace pedigree
