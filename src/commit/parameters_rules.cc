#include <cmath>

#include "commit/parameters.h"
#include "field/f.h"

namespace pedigree {

namespace {

struct Entry {
  u32 num_levels, log_final;
  Level levels[kMaxLevels];
};

// One row for each log_rows from 6 to 26. A level: columns, inverse rate (logarithms), queries, grinding, multiplicity.
constexpr Entry kFast[] = {
    {1, 6, {{6, 8, 29, 16, 73}}},
    {1, 7, {{6, 5, 46, 16, 100}}},
    {1, 8, {{6, 4, 57, 16, 100}}},
    {2, 7, {{6, 3, 76, 16, 100}, {2, 5, 48, 16, 100}}},
    {2, 8, {{6, 2, 114, 16, 100}, {2, 4, 59, 16, 100}}},
    {2, 8, {{6, 2, 114, 16, 100}, {3, 4, 59, 16, 100}}},
    {3, 7, {{6, 2, 114, 16, 100}, {2, 4, 59, 16, 100}, {3, 7, 34, 16, 90}}},
    {3, 7, {{6, 2, 114, 16, 100}, {3, 4, 59, 16, 100}, {3, 7, 34, 16, 90}}},
    {3, 8, {{6, 2, 114, 16, 100}, {3, 4, 59, 16, 100}, {3, 7, 34, 16, 78}}},
    {3, 8, {{6, 2, 111, 18, 100}, {3, 4, 59, 16, 100}, {4, 7, 34, 16, 73}}},
    {4, 7, {{6, 2, 112, 18, 100}, {3, 4, 59, 16, 100}, {3, 7, 34, 16, 59}, {3, 10, 24, 16, 31}}},
    {4, 8, {{6, 2, 112, 18, 100}, {3, 4, 59, 16, 96}, {3, 7, 34, 16, 51}, {3, 10, 24, 16, 27}}},
    {4, 8, {{6, 2, 112, 18, 100}, {3, 4, 59, 16, 83}, {3, 7, 34, 16, 44}, {4, 10, 24, 16, 25}}},
    {4, 8, {{6, 2, 110, 20, 97}, {3, 4, 59, 16, 73}, {4, 7, 34, 16, 42}, {4, 10, 24, 16, 25}}},
    {5,
     8,
     {{6, 2, 110, 20, 84},
      {3, 4, 59, 16, 63},
      {3, 7, 34, 16, 33},
      {3, 10, 24, 16, 17},
      {3, 12, 20, 16, 13}}},
    {5,
     8,
     {{6, 2, 110, 20, 73},
      {3, 4, 59, 16, 55},
      {3, 7, 34, 16, 29},
      {3, 10, 24, 16, 15},
      {4, 12, 20, 16, 12}}},
    {5,
     8,
     {{6, 2, 110, 20, 64},
      {3, 4, 60, 16, 48},
      {3, 7, 34, 16, 25},
      {4, 10, 24, 16, 14},
      {4, 12, 20, 16, 12}}},
    {5,
     8,
     {{6, 2, 110, 20, 55},
      {3, 4, 60, 16, 41},
      {4, 7, 34, 16, 24},
      {4, 10, 24, 16, 14},
      {4, 12, 20, 16, 12}}},
    {5,
     8,
     {{6, 2, 111, 20, 48},
      {3, 4, 60, 16, 36},
      {4, 7, 34, 16, 20},
      {4, 10, 24, 16, 12},
      {5, 12, 20, 16, 12}}},
    {5,
     8,
     {{6, 2, 111, 20, 42},
      {4, 4, 60, 16, 34},
      {4, 7, 34, 16, 20},
      {4, 10, 24, 16, 12},
      {5, 12, 20, 16, 12}}},
    {5,
     8,
     {{6, 2, 111, 20, 36},
      {4, 4, 60, 16, 29},
      {4, 7, 34, 16, 18},
      {5, 10, 24, 16, 12},
      {5, 12, 20, 16, 12}}},
};

constexpr Entry kSmall[] = {
    {1, 6, {{6, 8, 28, 20, 73}}},
    {1, 7, {{6, 5, 44, 20, 100}}},
    {1, 8, {{6, 4, 55, 20, 100}}},
    {2, 7, {{6, 4, 55, 20, 100}, {2, 7, 33, 18, 97}}},
    {2, 7, {{6, 4, 55, 20, 100}, {3, 7, 33, 18, 90}}},
    {2, 8, {{6, 4, 55, 20, 100}, {3, 7, 34, 18, 78}}},
    {2, 8, {{6, 4, 55, 20, 100}, {4, 7, 34, 18, 73}}},
    {3, 7, {{6, 4, 55, 20, 100}, {3, 7, 34, 18, 59}, {3, 10, 24, 18, 31}}},
    {3, 8, {{6, 4, 55, 20, 97}, {3, 7, 34, 18, 51}, {3, 10, 24, 18, 27}}},
    {3, 8, {{6, 4, 55, 20, 84}, {3, 7, 33, 20, 44}, {4, 10, 23, 20, 25}}},
    {3, 8, {{6, 4, 55, 20, 73}, {4, 7, 33, 20, 42}, {4, 10, 23, 20, 25}}},
    {4, 7, {{6, 4, 55, 20, 64}, {3, 7, 33, 20, 33}, {4, 10, 23, 20, 19}, {3, 12, 20, 20, 15}}},
    {4, 8, {{6, 4, 55, 20, 55}, {3, 7, 33, 20, 29}, {4, 10, 23, 20, 16}, {3, 12, 20, 20, 13}}},
    {4, 8, {{6, 4, 55, 20, 48}, {3, 7, 33, 20, 25}, {4, 10, 23, 20, 14}, {4, 12, 20, 20, 12}}},
    {4, 8, {{6, 4, 55, 20, 42}, {4, 7, 33, 20, 24}, {4, 10, 23, 20, 14}, {4, 12, 20, 20, 12}}},
    {5,
     7,
     {{6, 4, 55, 20, 36},
      {3, 7, 33, 20, 19},
      {4, 10, 23, 20, 10},
      {4, 12, 20, 20, 9},
      {3, 12, 20, 20, 15}}},
    {5,
     8,
     {{6, 4, 55, 20, 31},
      {3, 7, 33, 20, 16},
      {4, 10, 23, 20, 9},
      {4, 12, 20, 20, 8},
      {3, 12, 20, 20, 13}}},
    {5,
     8,
     {{6, 4, 55, 20, 27},
      {4, 7, 33, 20, 15},
      {4, 10, 23, 20, 9},
      {4, 12, 20, 20, 8},
      {3, 12, 20, 20, 13}}},
    {5,
     8,
     {{6, 4, 55, 20, 24},
      {4, 7, 33, 20, 13},
      {4, 10, 24, 20, 8},
      {4, 12, 20, 20, 7},
      {4, 12, 20, 20, 12}}},
    {5,
     8,
     {{6, 4, 56, 20, 20},
      {4, 7, 33, 20, 11},
      {4, 10, 24, 20, 7},
      {5, 12, 20, 20, 6},
      {4, 12, 20, 20, 12}}},
    {5,
     8,
     {{6, 4, 56, 20, 18},
      {4, 7, 34, 20, 10},
      {4, 10, 24, 20, 6},
      {5, 12, 20, 20, 5},
      {5, 12, 20, 20, 12}}},
};
static_assert(sizeof(kFast) / sizeof(Entry) == kMaxLogRows - kMinLogRows + 1);
static_assert(sizeof(kSmall) == sizeof(kFast));

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
  const Entry& e = (profile == Profile::fast ? kFast : kSmall)[log_rows - kMinLogRows];
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
