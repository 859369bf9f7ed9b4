#include "parameters/search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include "commit/security.h"
#include "custody/dataset_layout.h"

namespace pedigree::harness {

namespace {

// Nanoseconds, from pedigree_kernel_bench and `prove --profile-time` with AVX-512 on one core.
constexpr double kSegmentWord = 170, kEncodedWord = 7, kPermutation = 60, kHash = 300, kPower = 1.6,
                 kProcess = 25e6;
constexpr double kUpperBytes = 25e3;  // what the conversation above the opening sends
constexpr u32 kMostFinal = 9;
constexpr u32 kMostGrinding = 20;  // 108 bits without proof of work
constexpr u32 kBlock = 136;        // bytes a permutation absorbs

double permutations(double bytes) noexcept { return std::floor(bytes / kBlock) + 1; }

// Bits of the folds of a level with this rate and multiplicity over 2^log_rows rows, or of one query: security.h has them of a
// whole opening, here of one with this level alone.
double bits_of(u32 log_inv_rate, u32 multiplicity, u32 log_rows, std::string_view name) {
  OpeningParameters p;
  p.log_rows = p.log_first = p.log_final = log_rows;
  p.num_roots = p.num_levels = 1;
  p.levels[0] = {1, log_inv_rate, 1, 0, multiplicity};
  SecurityTerm terms[kMaxSecurityTerms];
  const u32 n = opening_security(p, terms);
  const auto found = std::find_if(terms, terms + n, [&](const auto& t) { return t.name == name; });
  return found->bits;
}

// What the rounds must reach each, so that all together do.
struct Needs {
  double fold = 0, queries = 0;
};

// The largest multiplicity whose folds have the bits, and the bits of a query with it; none where no multiplicity has them.
struct Radius {
  u32 multiplicity = 0;
  double query = 0;
};

const Radius& radius(u32 log_inv_rate, u32 log_rows, double fold) {
  constexpr u32 kLeast = 3, kMost = 100;  // beyond it a query gains nothing
  static std::map<std::tuple<u32, u32, double>, Radius> known;
  const auto [at, is_new] = known.try_emplace({log_inv_rate, log_rows, fold});
  if (!is_new) return at->second;
  for (u32 m = kMost; m >= kLeast && at->second.multiplicity == 0; --m)
    if (bits_of(log_inv_rate, m, log_rows, "fold") >= fold)
      at->second = {m, bits_of(log_inv_rate, m, log_rows, "queries")};
  return at->second;
}

// Sets multiplicity and queries to what is needed; false where no multiplicity has the bits.
bool complete(Level& level, u32 log_rows, const Needs& needs) {
  const Radius& r = radius(level.log_inv_rate, log_rows, needs.fold);
  level.multiplicity = r.multiplicity;
  if (r.multiplicity == 0) return false;
  level.queries = static_cast<u32>(std::ceil((needs.queries - level.grinding) / r.query));
  return true;
}

double expected_nodes(double t, u32 depth) noexcept {
  const double nodes = std::exp2(depth);
  return depth == 0 ? 1.0 : nodes * (1.0 - std::pow(1.0 - 1.0 / nodes, t));
}

double path_nodes(double t, u32 depth) noexcept {
  double siblings = 0;
  for (u32 d = 1; d <= depth; ++d) siblings += 2 * expected_nodes(t, d - 1) - expected_nodes(t, d);
  return siblings;
}

// Opening rows of `leaf` bytes at t positions of 2^depth; twice: sent and checked.
Cost opened(double t, u32 depth, double leaf) noexcept {
  const double leaves = expected_nodes(t, depth), nodes = path_nodes(t, depth);
  return {2 * kHash * (leaves * permutations(leaf) + nodes), leaves * leaf + 32 * nodes};
}

Cost codeword(u32 log_rows, double width, u32 log_inv_rate) noexcept {
  const double rows = std::exp2(log_rows + log_inv_rate);
  return {rows * (width * kEncodedWord + (permutations(8 * width) + 1) * kPermutation), 0};
}

void add(Cost& sum, const Cost& one) noexcept {
  sum.nanoseconds += one.nanoseconds;
  sum.bytes += one.bytes;
}

// Heights of the roots of a file: its segment, its dataset, its end weights.
std::array<u32, 3> roots_beside(u32 log_rows) noexcept {
  return {log_rows, std::max(log_rows, 9u) - 3, std::max(log_rows, 12u) - 6};
}

// Queries of level 0, and what follows from their number: rows of all roots opened, powers, proof of work.
Cost first_level(const Level& level, u32 log_rows) noexcept {
  Cost cost;
  const double words = std::exp2(log_rows + level.log_columns);
  cost.nanoseconds = kProcess + kSegmentWord * words + std::exp2(level.grinding) * kPermutation +
                     kPower * level.queries * std::exp2(log_rows);
  cost.bytes = kUpperBytes;
  for (const u32 height : roots_beside(log_rows)) {
    const double width = (1u << level.log_columns) + (height == log_rows ? kDegree : 0);
    add(cost, codeword(height, width, level.log_inv_rate));
    add(cost, opened(level.queries, height + level.log_inv_rate, 8 * width));
  }
  return cost;
}

// A level for a vector of n variables.
Cost further_level(const Level& level, u32 n) noexcept {
  const u32 rows = n - level.log_columns;
  const double width = kDegree << level.log_columns;
  Cost cost = codeword(rows, width, level.log_inv_rate);
  add(cost, opened(level.queries, rows + level.log_inv_rate, 8 * width));
  cost.nanoseconds +=
      std::exp2(level.grinding) * kPermutation + kPower * level.queries * std::exp2(rows);
  cost.bytes += 32 + 24 + 8 + 48.0 * level.log_columns;
  return cost;
}

Cost last_vector(u32 n) noexcept { return {0, 24 * std::exp2(n) + 48.0 * n}; }

struct Tail {
  double cost = std::numeric_limits<double>::infinity();
  u32 final = 0;
  std::vector<Level> levels;
};

class Search {
 public:
  Search(const Cost& about, double bytes_exponent, const Needs& needs)
      : price_{1 / about.nanoseconds, bytes_exponent / about.bytes}, needs_(needs) {}

  // The best level 0 with what follows it.
  OpeningParameters best(const Level& first, u32 log_rows) {
    Tail best;
    for (u32 g = 0; g <= kMostGrinding; ++g) {
      Level level = first;
      level.grinding = g;
      if (!complete(level, log_rows, needs_)) continue;
      const Tail& rest = tail(log_rows, kMaxLevels - 1);
      const double cost = priced(first_level(level, log_rows)) + rest.cost;
      if (cost >= best.cost) continue;
      best = rest;
      best.cost = cost;
      best.levels.insert(best.levels.begin(), level);
    }
    OpeningParameters p;
    p.log_rows = p.log_first = log_rows;
    p.num_levels = static_cast<u32>(best.levels.size());
    p.log_final = best.final;
    p.num_roots = 1;
    std::copy(best.levels.begin(), best.levels.end(), p.levels);
    return p;
  }

 private:
  double priced(const Cost& c) const noexcept {
    return c.nanoseconds * price_.nanoseconds + c.bytes * price_.bytes;
  }

  // The best further levels for a vector of n variables, at most `most` of them.
  const Tail& tail(u32 n, u32 most) {
    std::optional<Tail>& known = tails_[most][n];
    if (known) return *known;
    Tail best;
    if (n <= kMostFinal) best = {priced(last_vector(n)), n, {}};
    for (u32 k = 2; most > 0 && k <= 6 && k < n; ++k)
      for (u32 r = 2; r <= 12; ++r)
        for (u32 g = 0; g <= kMostGrinding; ++g) {
          Level level{k, r, 1, g, 3};
          if (!complete(level, n - k, needs_)) break;
          const double own = priced(further_level(level, n));
          if (own >= best.cost) continue;
          const Tail& rest = tail(n - k, most - 1);
          if (own + rest.cost >= best.cost) continue;
          best = rest;
          best.cost += own;
          best.levels.insert(best.levels.begin(), level);
        }
    known = std::move(best);
    return *known;
  }

  Cost price_;
  Needs needs_;
  std::optional<Tail> tails_[kMaxLevels][kMaxLogRows + 1];
};

bool is_secure(OpeningParameters p) {
  constexpr double kSpare = 0.1;  // so that no rounding of another program decides
  p.num_roots = kMaxRoots;
  if (hiding_rows(p) >= u64{1} << p.log_rows) p.num_roots = 1;
  return parameters_secure(p, kRequiredBits + kSpare);
}

// Level 0 of a height: its columns, and its rate.
Level first_level_of(Profile profile, u32 log_rows) {
  Level level;
  level.log_columns = kLogRootColumns;
  level.log_inv_rate = file_log_inv_rate(profile);
  // Below the heights of files the random rows need a lower rate, for fewer queries.
  for (u32 r = level.log_inv_rate; log_rows < min_file_log_rows(profile) && r <= 8; ++r) {
    level.log_inv_rate = r;
    const double queries = (kRequiredBits - 16) / (0.5 * r);
    if (2 * kLogRootColumns + 2 + queries * 1.05 < 0.8 * std::exp2(log_rows)) break;
  }
  return level;
}

}  // namespace

Cost cost_of(const OpeningParameters& p) {
  Cost cost = first_level(p.levels[0], p.log_rows);
  u32 n = p.log_rows;
  for (u32 l = 1; l < p.num_levels; n -= p.levels[l++].log_columns)
    add(cost, further_level(p.levels[l], n));
  add(cost, last_vector(n));
  return cost;
}

OpeningParameters best_parameters(const Goal& goal, u32 log_rows) {
  constexpr double kStep = 0.05, kFirst = 128.2;
  constexpr u32 kSteps = 64;
  const Level first = first_level_of(goal.profile, log_rows);
  OpeningParameters best;
  double least = std::numeric_limits<double>::infinity();
  Cost about{60e6 + 500 * std::exp2(log_rows + kLogRootColumns), 250e3};
  for (u32 turn = 0; turn < 2; ++turn) {
    for (double fold = 133; fold <= 137; fold += 1) {
      // More bits for the queries cost more, so the least that make the whole secure.
      u32 low = 0, high = kSteps;
      OpeningParameters found;
      while (low < high) {
        const u32 at = (low + high) / 2;
        const OpeningParameters p =
            Search(about, goal.bytes_exponent, {fold, kFirst + kStep * at}).best(first, log_rows);
        if (p.num_levels != 0 && is_secure(p)) {
          found = p;
          high = at;
        } else {
          low = at + 1;
        }
      }
      if (found.num_levels == 0) continue;
      const Cost cost = cost_of(found);
      const double total = std::log(cost.nanoseconds) + goal.bytes_exponent * std::log(cost.bytes);
      if (total >= least) continue;
      least = total;
      best = found;
    }
    if (best.num_levels != 0) about = cost_of(best);
  }
  return best;
}

}  // namespace pedigree::harness
