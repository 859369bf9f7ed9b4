#include <algorithm>

#include "commit/opening.h"
#include "commit/security.h"
#include "poly/eq.h"

namespace pedigree {

namespace {

struct RowWeight {
  u64 row = 0;
  K weight;
};

// weight * x^y over the vector whose variables begin at bit `from` of the row point.
template <class X>
struct PowerWeight {
  X x;
  K weight;
  u32 from = 0;
};

// The distinct positions of one tree, ascending, and what their leaves fold to.
struct OpenedLeaves {
  Vec<u64> positions;
  Vec<K> values;
  const K& at(u64 position) const noexcept {
    return values[static_cast<std::size_t>(
        std::lower_bound(positions.begin(), positions.end(), position) - positions.begin())];
  }
};

// How the leaves of one tree fold: <columns, coefficients>, the columns over F or over K, and gamma times the mask.
struct Tree {
  Digest root;
  u32 log_domain = 0;
  std::span<const K> coefficients;
  bool over_k = false;
  bool masked = false;
  K scale, gamma;
};

K fold_leaf(const Tree& tree, std::span<const F> words) noexcept {
  KSum sum;
  const std::size_t columns = tree.coefficients.size();
  for (std::size_t c = 0; c < columns; ++c) {
    if (tree.over_k)
      sum.add_product(K(words[3 * c], words[3 * c + 1], words[3 * c + 2]), tree.coefficients[c]);
    else
      sum.add_product(words[c], tree.coefficients[c]);
  }
  const K folded = tree.scale * sum.value();
  return tree.masked
             ? folded + tree.gamma * K(words[columns], words[columns + 1], words[columns + 2])
             : folded;
}

void sort_distinct(Vec<u64>& positions) noexcept {
  std::sort(positions.begin(), positions.end());
  positions.resize(static_cast<std::size_t>(std::unique(positions.begin(), positions.end()) -
                                            positions.begin()));
}

Result<OpenedLeaves> open_leaves(const Tree& tree, const Vec<u64>& drawn, VerifierTranscript& t,
                                 Arena& arena, u64 index) noexcept {
  OpenedLeaves opened{Vec<u64>(arena), Vec<K>(arena)};
  opened.positions.reserve(drawn.size());
  for (const u64 position : drawn)
    opened.positions.push_back(position & ((u64{1} << tree.log_domain) - 1));
  sort_distinct(opened.positions);
  opened.values.resize(opened.positions.size());
  const std::size_t mark = arena.mark();
  // Rows are hashed side by side.
  constexpr std::size_t kAtATime = 8;
  const std::size_t width =
      tree.coefficients.size() * (tree.over_k ? kDegree : 1) + (tree.masked ? kDegree : 0);
  Vec<F> rows(arena, kAtATime * width);
  Vec<Digest> hashes(arena, opened.positions.size());
  Vec<u64> positions(arena, opened.positions.span());
  for (std::size_t first = 0; first < hashes.size(); first += kAtATime) {
    const std::size_t n = hashes.size() - first < kAtATime ? hashes.size() - first : kAtATime;
    const std::span<F> some(rows.data(), n * width);
    PEDIGREE_TRY(t.hint_elements(some));
    merkle_leaves_of(some, {hashes.data() + first, n});
    for (std::size_t i = 0; i < n; ++i)
      opened.values[first + i] = fold_leaf(tree, some.subspan(i * width, width));
  }
  PEDIGREE_TRY(verify_merkle(tree.root, tree.log_domain, {positions.data(), positions.size()},
                             {hashes.data(), hashes.size()}, t, index));
  arena.release(mark);
  return opened;
}

// The verifier's state, in the notation of opening.h.
struct Opening {
  std::span<const OpenedRoot> roots;
  const OpeningParameters& p;
  WeightEvaluator& evaluator;
  VerifierTranscript& t;
  Arena& arena;
  K claim;     // V
  K c, gamma;  // challenges of (1) and (3)
  Vec<RowWeight> lam;
  Vec<K> stack_point;  // challenges of (2): column bits, then root bits
  Vec<K> row_point;    // challenges of (4) and (5): bits of the row index
  Vec<PowerWeight<F>> query_weights;
  Vec<PowerWeight<K>> sample_weights;
  Digest level_root;  // of the level whose columns were bound last (not level 0)
  Digest mask_root;   // where the mask has a tree of its own

  u32 variables_left() const noexcept { return p.log_rows - static_cast<u32>(row_point.size()); }

  // (1), (2)
  Result<void> masked_fold() noexcept {
    if (mask_is_apart(p)) {
      PEDIGREE_LET(root, t.receive_digest("mask root"));
      mask_root = root;
    }
    PEDIGREE_LET(tau, t.receive("tau"));
    c = t.challenge("c");
    claim += c * tau;
    lam.push_back({tall_row(p, offset_row_r1(p)), c});
    for (u32 round = 0; round < masked_rounds(p); ++round) {
      K sent[2];
      PEDIGREE_TRY(t.receive("masked h", sent));
      const K rho = t.challenge("rho");
      const Lagrange3 l = lagrange3(rho);
      claim = round_value(l, sent[0], sent[1], claim);
      for (RowWeight& w : lam) w.weight *= l.at1;
      lam.push_back({tall_row(p, round_mask_row(p, 2 * round)), l.at0 - l.at1});
      lam.push_back({tall_row(p, round_mask_row(p, 2 * round + 1)), l.at2});
      stack_point.push_back(rho);
    }
    return {};
  }

  // (3)
  Result<void> join_mask() noexcept {
    K xy[2];
    PEDIGREE_TRY(t.receive("xy", xy));
    gamma = t.challenge("gamma");
    claim = gamma * (claim + gamma * xy[0]) + xy[1];
    return {};
  }

  // Draws positions in level l, whose columns are bound, and folds its leaves: the values of g at those positions.
  Result<OpenedLeaves> query(u32 l) noexcept {
    const Level& level = p.levels[l];
    const u32 log_domain = variables_left() + level.log_inv_rate;
    PEDIGREE_TRY(t.receive_nonce("nonce", level.grinding));
    OpenedLeaves result{Vec<u64>(arena, level.queries), Vec<K>(arena)};
    t.challenge_bits("positions", log_domain, {result.positions.data(), result.positions.size()});
    sort_distinct(result.positions);
    Vec<K> columns(arena, std::size_t{1} << level.log_columns);
    if (l > 0) {
      eq_fill(row_point.span().last(level.log_columns), K(kOne), {columns.data(), columns.size()});
      const Tree tree{level_root, log_domain, columns.span(), true, false, K(kOne), K()};
      return open_leaves(tree, result.positions, t, arena, u64{kMaxRoots} * l);
    }
    eq_fill(stack_point.span().first(level.log_columns), K(kOne), {columns.data(), columns.size()});
    result.values.resize(result.positions.size());
    for (u32 i = 0; i < roots.size(); ++i) {
      const std::size_t mark = arena.mark();
      const K selected = eq_at(stack_point.span().subspan(level.log_columns), i);
      const Tree tree{roots[i].root,
                      roots[i].log_rows + level.log_inv_rate,
                      columns.span(),
                      false,
                      i == 0 && !mask_is_apart(p),
                      selected,
                      gamma};
      PEDIGREE_LET(leaves, open_leaves(tree, result.positions, t, arena, i));
      const u64 last = (u64{1} << tree.log_domain) - 1;
      for (std::size_t j = 0; j < result.positions.size(); ++j)
        result.values[j] += leaves.at(result.positions[j] & last);
      arena.release(mark);
    }
    if (!mask_is_apart(p)) return result;
    const Tree tree{mask_root, p.log_rows + level.log_inv_rate, {}, false, true, K(), gamma};
    PEDIGREE_LET(leaves, open_leaves(tree, result.positions, t, arena, roots.size()));
    for (std::size_t j = 0; j < result.positions.size(); ++j) result.values[j] += leaves.values[j];
    return result;
  }

  F domain_point(u32 l, u64 position) const noexcept {
    return power(root_of_unity(variables_left() + p.levels[l].log_inv_rate), position);
  }

  Result<void> clear_round() noexcept {
    K sent[2];
    PEDIGREE_TRY(t.receive("h", sent));
    const K rho = t.challenge("rho");
    claim = round_value(lagrange3(rho), sent[0], sent[1], claim);
    row_point.push_back(rho);
    return {};
  }

  // (4): from level l to level l + 1
  Result<void> reduce(u32 l) noexcept {
    PEDIGREE_LET(root, t.receive_digest("root"));
    const K z = t.challenge("z");
    PEDIGREE_LET(answer, t.receive("answer"));
    PEDIGREE_LET(opened, query(l));
    const K beta = t.challenge("beta");
    const u32 from = static_cast<u32>(row_point.size());
    K weight = beta;
    claim += weight * answer;
    sample_weights.push_back({z, weight, from});
    for (std::size_t j = 0; j < opened.positions.size(); ++j) {
      weight *= beta;
      claim += weight * opened.values[j];
      query_weights.push_back({domain_point(l, opened.positions[j]), weight, from});
    }
    for (u32 j = 0; j < p.levels[l + 1].log_columns; ++j) PEDIGREE_TRY(clear_round());
    level_root = root;
    return {};
  }

  // w~ at the row point
  K weight_at_point() const noexcept {
    const u32 k = p.levels[0].log_columns;
    const std::span<const K> columns = stack_point.span().first(k),
                             selection = stack_point.span().subspan(k);
    K sum = c * eq_at(selection, 0) * eq_at(row_point, tall_row(p, offset_row_r0(p)));
    for (u32 i = 0; i < roots.size(); ++i) {
      const u32 stride = p.log_rows - roots[i].log_rows;
      sum += eq_at(selection, i) * eq_at_zero(row_point.span().first(stride)) *
             evaluator.weight_at(i, columns, row_point.span().subspan(stride));
    }
    sum *= gamma;
    for (const RowWeight& w : lam) sum += w.weight * eq_at(row_point, w.row);
    for (const auto& w : sample_weights)
      sum += w.weight * power_at(w.x, row_point.span().subspan(w.from));
    for (const auto& w : query_weights)
      sum += w.weight * power_at(w.x, row_point.span().subspan(w.from));
    return sum;
  }

  // (5)
  Result<void> finish() noexcept {
    const u32 last = p.num_levels - 1;
    Vec<K> g(arena, std::size_t{1} << p.log_final);
    PEDIGREE_TRY(t.receive("g", std::span<K>(g.data(), g.size())));
    PEDIGREE_LET(opened, query(last));
    for (std::size_t j = 0; j < opened.positions.size(); ++j) {
      const F x = domain_point(last, opened.positions[j]);
      K at_x;
      for (std::size_t y = g.size(); y-- > 0;) at_x = at_x * x + g[y];
      PEDIGREE_CHECK(opening_query, at_x == opened.values[j], opened.positions[j]);
    }
    for (u32 j = 0; j < p.log_final; ++j) {
      PEDIGREE_TRY(clear_round());
      bind_lowest({g.data(), g.size()}, row_point.back(), g.size() >> (j + 1));
    }
    PEDIGREE_CHECK(opening_claim, g[0] * weight_at_point() == claim, 0);
    return {};
  }
};

// The tallest root and the first have the heights of the parameters, and there are as many as they say.
bool shape_fits(std::span<const OpenedRoot> roots, const OpeningParameters& p) noexcept {
  if (!parameters_well_formed(p) || roots.size() != p.num_roots || roots[0].log_rows != p.log_first)
    return false;
  u32 tallest = 0;
  for (const OpenedRoot& r : roots) tallest = r.log_rows > tallest ? r.log_rows : tallest;
  return tallest == p.log_rows;
}

}  // namespace

Digest opening_statement(std::span<const OpenedRoot> roots, const K& value,
                         const OpeningParameters& p) noexcept {
  Keccak256 h;
  for (const u32 x : {p.log_rows, p.num_roots, p.num_levels, p.log_final}) h.update_u64(x);
  for (u32 l = 0; l < p.num_levels; ++l) {
    const Level& level = p.levels[l];
    for (const u32 x : {level.log_columns, level.log_inv_rate, level.queries, level.grinding})
      h.update_u64(x);
  }
  for (const OpenedRoot& r : roots) {
    h.update_u64(r.log_rows);
    h.update(r.root.bytes);
  }
  for (const F w : value.c) h.update_u64(w.v);
  return h.finish();
}

Result<void> verify_opening_at_any_size(std::span<const OpenedRoot> roots, const K& value,
                                        WeightEvaluator& weights, const OpeningParameters& p,
                                        VerifierTranscript& t, Arena& arena) noexcept {
  PEDIGREE_CHECK(opening_shape, shape_fits(roots, p), roots.size());
  t.bind("opening", opening_statement(roots, value, p).bytes);
  Opening opening{roots,
                  p,
                  weights,
                  t,
                  arena,
                  value,
                  K(),
                  K(),
                  Vec<RowWeight>(arena),
                  Vec<K>(arena),
                  Vec<K>(arena),
                  Vec<PowerWeight<F>>(arena),
                  Vec<PowerWeight<K>>(arena),
                  Digest(),
                  Digest()};
  PEDIGREE_TRY(opening.masked_fold());
  PEDIGREE_TRY(opening.join_mask());
  for (u32 l = 0; l + 1 < p.num_levels; ++l) PEDIGREE_TRY(opening.reduce(l));
  return opening.finish();
}

Result<void> verify_opening(std::span<const OpenedRoot> roots, const K& value,
                            WeightEvaluator& weights, const OpeningParameters& p,
                            VerifierTranscript& t, Arena& arena) noexcept {
  PEDIGREE_CHECK(opening_security, parameters_secure(p), p.log_rows);
  return verify_opening_at_any_size(roots, value, weights, p, t, arena);
}

}  // namespace pedigree
