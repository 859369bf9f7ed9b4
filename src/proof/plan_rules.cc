#include "proof/plan.h"

namespace pedigree {

bool is_public(const Program& p, TensorId id) noexcept {
  const Tensor& t = p.tensors[id];
  if (t.kind == TensorKind::live) return true;
  if (t.kind != TensorKind::affine) return false;
  for (u32 i = 0; i < t.num_terms; ++i)
    if (!is_public(p, p.terms[t.first_term + i].tensor)) return false;
  return true;
}

namespace {

void mark_virtuals(const Program& p, TensorId id, Vec<u8>& marked) noexcept {
  const Tensor& t = p.tensors[id];
  if (t.kind == TensorKind::contraction || t.kind == TensorKind::product ||
      t.kind == TensorKind::pullback)
    marked[id] = 1;
  if (t.kind == TensorKind::broadcast) mark_virtuals(p, t.a, marked);
  if (t.kind == TensorKind::affine)
    for (u32 i = 0; i < t.num_terms; ++i)
      mark_virtuals(p, p.terms[t.first_term + i].tensor, marked);
}

// Of a fraction tree: one element for the root, then 2 a round and 4 a layer.
u32 tree_messages(u32 depth) noexcept {
  u32 messages = 1;
  for (u32 k = 0; k < depth; ++k) messages += 2 * k + 4;
  return messages;
}

TensorId cells_of(const Lookup& l) noexcept { return l.columns[0]; }
TensorId cells_of(const Pullback& x) noexcept { return x.index; }

// The leaves of a tree, and its depth: items take their padded size.
struct Leaves {
  u64 there = 0;
  u32 depth = 0;
};

template <class Columns>
Leaves leaves_of(const Program& p, const Vec<Columns>& columns, const Vec<Table>& tables) noexcept {
  Leaves leaves;
  u64 padded = 0;
  for (const Columns& x : columns) {
    leaves.there += p.cells_there(cells_of(x));
    padded += u64{1} << x.log_size;
  }
  for (const Table& t : tables) {
    leaves.there += u64{1} << t.log_size;
    padded += u64{1} << t.log_size;
  }
  leaves.depth = ceil_log2(padded);
  return leaves;
}

void plan_leaves(const Program& p, Plan& plan, Arena& arena) noexcept {
  Vec<u8> marked(arena, p.tensors.size());
  for (const Lookup& l : p.lookups)
    for (u32 c = 0; c < l.num_columns; ++c) mark_virtuals(p, l.columns[c], marked);
  for (const TensorId z : p.zeros) mark_virtuals(p, z, marked);
  for (TensorId t = 0; t < p.tensors.size(); ++t) {
    if (!marked[t]) continue;
    plan.leaf_virtuals.push_back(t);
    if (p.tensors[t].kind == TensorKind::contraction) plan.contractions.push_back(t);
  }
  const Leaves leaves = leaves_of(p, p.lookups, p.tables);
  plan.num_lookup_leaves = leaves.there;
  plan.log_lookups = leaves.depth;
  plan.num_pads = tree_messages(plan.log_lookups);
  plan.num_gates = 3 * plan.log_lookups;
  plan.num_pads += static_cast<u32>(plan.leaf_virtuals.size());
}

void plan_contractions(const Program& p, Plan& plan) noexcept {
  for (u32 i = 0; i < plan.contractions.size(); ++i) {
    const Tensor& t = p.tensors[plan.contractions[i]];
    const u32 rounds = p.sizes.log_steps + p.tensors[t.a].log_features;
    if (rounds > plan.contraction_rounds) plan.contraction_rounds = rounds;
    const bool hidden = !is_public(p, t.a);
    plan.num_pads += hidden + 1u;
    plan.num_gates += hidden;
    plan.weight_claims.push_back({t.parameter, false, i});
  }
  plan.num_pads += 3 * plan.contraction_rounds;
}

void plan_weights(const Program& p, Plan& plan) noexcept {
  if (!p.trains()) return;
  for (ParameterId w = 0; w < p.parameters.size(); ++w) plan.weight_claims.push_back({w, true, 0});
  for (const WeightClaim& c : plan.weight_claims) {
    for (const Update& u : p.updates) {
      if (u.parameter != c.parameter) continue;
      const u32 a = !is_public(p, u.a), d = !is_public(p, u.d);
      plan.num_pads += a + d;
      plan.num_gates += a & d;
    }
  }
  plan.weight_rounds = p.sizes.log_samples();
  plan.num_pads += 3 * plan.weight_rounds;
}

void plan_products(const Program& p, Plan& plan, Arena& arena) noexcept {
  Vec<u8> seen(arena, p.tensors.size());
  for (TensorId t = 0; t < p.tensors.size(); ++t) {
    const Tensor& x = p.tensors[t];
    const bool is_pullback = x.kind == TensorKind::pullback;
    if (x.kind != TensorKind::product && !is_pullback) continue;
    plan.products.push_back(t);
    if (p.log_size(t) > plan.product_rounds) plan.product_rounds = p.log_size(t);
    const auto add = [&](TensorId operand) noexcept {
      if (seen[operand]) return;
      seen[operand] = 1;
      plan.operands.push_back(operand);
      ++plan.num_pads;
    };
    if (is_pullback) {
      add(t);
      continue;
    }
    u32 hidden = 0;
    for (const TensorId operand : {x.a, x.b}) {
      if (is_public(p, operand)) continue;
      ++hidden;
      add(operand);
    }
    plan.num_gates += hidden == 2;
  }
  plan.num_pads += 3 * plan.product_rounds;
}

void plan_pullbacks(const Program& p, Plan& plan) noexcept {
  plan.pads_before_pushforward = plan.num_pads;
  if (p.pullbacks.empty()) return;
  const Leaves leaves = leaves_of(p, p.pullbacks, p.pullback_tables);
  plan.num_pullback_leaves = leaves.there;
  plan.log_pullbacks = leaves.depth;
  plan.num_pads += tree_messages(plan.log_pullbacks);
  plan.num_gates += 3 * plan.log_pullbacks;
}

}  // namespace

Plan make_plan(const Program& program, std::span<const Show> shows, Arena& arena) noexcept {
  Plan plan;
  plan.leaf_virtuals = Vec<TensorId>(arena);
  plan.contractions = Vec<TensorId>(arena);
  plan.weight_claims = Vec<WeightClaim>(arena);
  plan.products = Vec<TensorId>(arena);
  plan.operands = Vec<TensorId>(arena);
  plan_leaves(program, plan, arena);
  plan_contractions(program, plan);
  plan_weights(program, plan);
  plan_products(program, plan, arena);
  plan_pullbacks(program, plan);
  for (const Show& show : shows) {
    const ShowCost cost = cost_of(program, show);
    plan.num_pads += cost.pads;
    plan.num_gates += cost.gates;
  }
  plan.gate_rounds = ceil_log2(plan.num_gates + 1);  // the free gate
  plan.num_pads += 3 * plan.gate_rounds + 2;
  return plan;
}

}  // namespace pedigree
