// Small openings for tests: roots, messages, weights and a judge, all from one seed.
#pragma once

#include <csetjmp>
#include <optional>
#include <random>

#include "commit/opening.h"
#include "poly/eq.h"

namespace pedigree::testing {

struct Random {
  std::mt19937_64 engine;
  explicit Random(u64 seed) : engine(seed) {}
  F f() { return F(engine()); }
  K k() { return {f(), f(), f()}; }
};

// Weights as tables, evaluated by summing.
struct DenseWeights final : WeightEvaluator {
  std::vector<std::vector<K>> tables;
  u32 log_columns = 0;
  K weight_at(u32 root, std::span<const K> columns, std::span<const K> rows) noexcept override {
    std::vector<K> eq_columns(std::size_t{1} << columns.size()),
        eq_rows(std::size_t{1} << rows.size());
    eq_fill(columns, K(kOne), eq_columns);
    eq_fill(rows, K(kOne), eq_rows);
    K sum;
    for (std::size_t y = 0; y < eq_rows.size(); ++y) {
      KSum row;
      for (std::size_t c = 0; c < eq_columns.size(); ++c)
        row.add_product(tables[root][y * eq_columns.size() + c], eq_columns[c]);
      sum += eq_rows[y] * row.value();
    }
    return sum;
  }
};

// A small parameter set: a root of 2^log_rows rows; levels as given.
inline OpeningParameters small_parameters(u32 log_rows, u32 num_roots,
                                          std::initializer_list<Level> levels) {
  OpeningParameters p;
  p.log_rows = p.log_first = p.log_final = log_rows;
  p.num_roots = num_roots;
  for (const Level& level : levels) {
    if (p.num_levels > 0) p.log_final -= level.log_columns;
    p.levels[p.num_levels++] = level;
  }
  return p;
}

struct Case {
  OpeningParameters p;
  std::vector<std::vector<F>> messages;  // the last rows already random
  std::vector<K> mask;
  std::vector<std::vector<K>> weights;
  K value;
  std::vector<CommittedRoot> roots;

  Case(const OpeningParameters& parameters, std::span<const u32> log_rows, u64 seed)
      : p(parameters) {
    p.log_first = log_rows[0];
    Random random(seed);
    const u32 k = p.levels[0].log_columns;
    for (const u32 a : log_rows) {
      const std::size_t size = std::size_t{1} << (a + k),
                        live = size - (std::size_t{hiding_rows(p)} << k);
      messages.emplace_back(size);
      weights.emplace_back(size);
      for (F& x : messages.back()) x = random.f();
      for (std::size_t i = 0; i < live; ++i) weights.back()[i] = random.k();
    }
    mask.resize(std::size_t{1} << p.log_rows);
    for (K& m : mask) m = random.k();
    value = true_value();
  }

  K true_value() const {
    KSum sum;
    for (std::size_t i = 0; i < messages.size(); ++i)
      for (std::size_t x = 0; x < messages[i].size(); ++x)
        sum.add_product(messages[i][x], weights[i][x]);
    return sum.value();
  }
  void commit() {
    roots.clear();
    for (std::size_t i = 0; i < messages.size(); ++i)
      roots.push_back(commit_root(
          messages[i],
          i == 0 && !mask_is_apart(p) ? std::span<const K>(mask) : std::span<const K>(), p));
  }
  std::vector<OpenedRoot> opened() const {
    std::vector<OpenedRoot> out;
    for (const CommittedRoot& root : roots) out.push_back(root.opened());
    return out;
  }
  std::vector<u8> prove(u64 frozen_seed = 0) {
    commit();
    ProverTranscript t;
    t.chain().frozen_seed = frozen_seed;
    send(t);
    return t.proof();
  }
  // The opening of the roots as they are.
  void send(ProverTranscript& t) {
    std::vector<HeldRoot> held;
    for (std::size_t i = 0; i < roots.size(); ++i) held.emplace_back(messages[i], roots[i]);
    std::vector<OpenableRoot*> pointers;
    for (HeldRoot& root : held) pointers.push_back(&root);
    prove_opening(pointers, mask, dense_groups(), value, p, t);
  }
  // Each root's weights as one group.
  std::vector<WeightGroup> dense_groups() const {
    std::vector<WeightGroup> groups;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      WeightGroup& group = groups.emplace_back();
      group.root = static_cast<u32>(i);
      group.s = weights[i];
      group.pieces = {{0, K(kOne)}};
      contract_message(group, messages[i], p.levels[0].log_columns);
    }
    return groups;
  }
};

inline Result<void> judge(std::span<const u8> proof, std::span<const OpenedRoot> roots,
                          const K& value, WeightEvaluator& weights, const OpeningParameters& p,
                          u64 frozen_seed = 0, bool secure = false) {
  std::vector<u8> block(opening_arena_bytes(p));
  std::jmp_buf exhausted;
  if (setjmp(exhausted)) return refuse(Check::arena_exhausted, 0);
  Arena arena(block.data(), block.size(), &exhausted);
  VerifierTranscript t(proof);
  t.chain().frozen_seed = frozen_seed;
  PEDIGREE_TRY(secure ? verify_opening(roots, value, weights, p, t, arena)
                      : verify_opening_at_any_size(roots, value, weights, p, t, arena));
  return t.finish();
}

inline Result<void> judge(const Case& c, std::span<const u8> proof, u64 frozen_seed = 0) {
  DenseWeights weights;
  weights.tables = c.weights;
  return judge(proof, c.opened(), c.value, weights, c.p, frozen_seed);
}

}  // namespace pedigree::testing
