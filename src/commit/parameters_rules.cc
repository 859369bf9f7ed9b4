#include <cmath>

#include "commit/parameters.h"
#include "field/f.h"

namespace pedigree {

namespace {

struct Entry {
  u32 num_levels, log_final;
  Level levels[kMaxLevels];
};

#include "commit/parameter_table.inc"
static_assert(sizeof(kFast) / sizeof(Entry) == kMaxLogRows - kMinLogRows + 1);
static_assert(sizeof(kSmall) == sizeof(kFast) && sizeof(kBulk) == sizeof(kFast));
constexpr const Entry* kTables[] = {kFast, kSmall, kBulk};
static_assert(std::size(kTables) == std::size(kProfiles));

// Expected number of distinct nodes that are ancestors of t random leaves, at the level with 2^depth nodes.
double occupied(double t, u32 depth) noexcept {
  const double nodes = std::exp2(depth);
  return depth == 0 ? 1.0 : nodes * (1.0 - std::pow(1.0 - 1.0 / nodes, t));
}

double tree_bytes(double t, u32 depth, double leaf_bytes) noexcept {
  double siblings = 0;
  for (u32 d = 1; d <= depth; ++d) siblings += 2 * occupied(t, d - 1) - occupied(t, d);
  return occupied(t, depth) * leaf_bytes + 32 * siblings;
}

}  // namespace

OpeningParameters opening_parameters(Profile profile, u32 log_rows, u32 num_roots) noexcept {
  OpeningParameters p;
  if (log_rows < kMinLogRows || log_rows > kMaxLogRows || num_roots == 0 || num_roots > kMaxRoots)
    return p;
  const Entry& e = kTables[static_cast<u8>(profile)][log_rows - kMinLogRows];
  p.log_rows = p.log_first = log_rows;
  p.num_roots = num_roots;
  p.num_levels = e.num_levels;
  p.log_final = e.log_final;
  for (u32 l = 0; l < e.num_levels; ++l) p.levels[l] = e.levels[l];
  return p;
}

bool parameters_well_formed(const OpeningParameters& p) noexcept {
  if (p.num_levels == 0 || p.num_levels > kMaxLevels || p.num_roots == 0 || p.num_roots > kMaxRoots)
    return false;
  if (p.log_rows > kMaxLogRows || p.log_final > 16 || p.log_first > p.log_rows) return false;
  u32 left = p.log_rows;
  for (u32 l = 0; l < p.num_levels; ++l) {
    const Level& level = p.levels[l];
    if (level.log_columns == 0 || level.log_columns > 10 || level.queries == 0 ||
        level.queries > 4096)
      return false;
    if (level.log_inv_rate == 0 || level.grinding > 40 || level.multiplicity < 3 ||
        level.multiplicity > 1000)
      return false;
    if (l > 0 && level.log_columns > left) return false;
    if (l > 0) left -= level.log_columns;
    if (left + level.log_inv_rate > kTwoAdicity) return false;
  }
  // R < rows: at least one row is left for the message
  return left == p.log_final && hiding_rows(p) < u64{1} << p.log_first;
}

u64 predicted_bytes(const OpeningParameters& p, std::span<const u32> log_rows_of_roots) noexcept {
  double bytes = 24.0 * (1 + 2 * masked_rounds(p) + 2);
  const Level& first = p.levels[0];
  for (std::size_t i = 0; i < log_rows_of_roots.size(); ++i)
    bytes += tree_bytes(first.queries, log_rows_of_roots[i] + first.log_inv_rate,
                        8.0 * ((1u << first.log_columns) + (i == 0 && !mask_is_apart(p) ? 3 : 0)));
  if (mask_is_apart(p))
    bytes += 32 + tree_bytes(first.queries, p.log_rows + first.log_inv_rate, 24.0);
  u32 left = p.log_rows;
  for (u32 l = 0; l < p.num_levels; ++l) {
    const Level& level = p.levels[l];
    bytes += level.grinding ? 8 : 0;
    if (l == 0) continue;
    left -= level.log_columns;
    bytes += 32 + 24 + 48.0 * level.log_columns;
    bytes += tree_bytes(level.queries, left + level.log_inv_rate, 24.0 * (1u << level.log_columns));
  }
  return static_cast<u64>(bytes + 24.0 * (1u << left) + 48.0 * left);
}

std::size_t opening_arena_bytes(const OpeningParameters& p) noexcept {
  // positions, leaf hashes, values and points of every query; one leaf; eq tables; the last vector
  std::size_t bytes = 4096 + (std::size_t{1} << p.log_final) * 24 * 2;
  for (u32 l = 0; l < p.num_levels; ++l) {
    const Level& level = p.levels[l];
    bytes += std::size_t{level.queries} * 320 + (std::size_t{1} << level.log_columns) * 24 * 3;
  }
  return bytes + 48 * (kMaxRoots + 2 * hiding_rows(p));
}

}  // namespace pedigree
