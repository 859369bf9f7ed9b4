// The plan of a segment proof: which messages the protocol of proof/segment.h exchanges for a program, in which order.
// Derived from the program alone, so prover and verifier cannot differ.
#pragma once

#include "proof/show.h"

namespace pedigree {

// One claim on a parameter over time: W~ at (in point, out point) with time weights from a contraction, or the end weights.
struct WeightClaim {
  ParameterId parameter = 0;
  bool end = false;
  u32 contraction = 0;  // index into Plan::contractions, unless `end`
};

struct Plan {
  Vec<TensorId>
      leaf_virtuals;  // contractions, products and pullbacks that a lookup or a zero constraint reads
  Vec<TensorId> contractions;  // those of them that are contractions
  Vec<WeightClaim> weight_claims;
  Vec<TensorId> products;  // all products, and all pullbacks, which count as themselves times 1
  Vec<TensorId> operands;  // their operands that are not public, each once, in order of first use
  u64 num_lookup_leaves = 0;        // of lookups and tables, those that are there
  u32 log_lookups = 0;              // depth of the lookup tree
  u64 num_pullback_leaves = 0;      // of pullbacks and their tables, likewise
  u32 log_pullbacks = 0;            // depth of their tree; 0: there are none
  u32 pads_before_pushforward = 0;  // masked messages in front of the root of pushforwards
  u32 contraction_rounds = 0;
  u32 weight_rounds = 0;
  u32 product_rounds = 0;
  u32 num_gates = 0;  // products of two hidden values
  u32 gate_rounds = 0;
  u32 num_pads = 0;  // masked messages, the two of the free gate included
};

// A tensor made of public parts only.
bool is_public(const Program& program, TensorId t) noexcept;

Plan make_plan(const Program& program, std::span<const Show> shows, Arena& arena) noexcept;

}  // namespace pedigree
