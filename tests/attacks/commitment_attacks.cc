// The opening: files and small openings that break exactly one of its checks.
#include "attacks/check_attacks.h"
#include "commit/opening_reference.h"
#include "forger/forger.h"
#include "harness/reference_jobs.h"
#include "harness/verdict.h"

namespace pedigree::attacks {

namespace {

using namespace pedigree::testing;

Refusal refusal(const Result<void>& r) { return r.ok() ? Refusal() : r.why(); }

OpeningParameters two_levels() {
  return small_parameters(5, 1, {{2, 1, 4, 0, 3}, {2, 2, 3, 0, 3}});
}

// A file of the shipped format with one word after the messages bent: a sibling in a tree.
Refusal bent_sibling() {
  constexpr u64 seed = 5150;
  ProveOptions options;
  options.verify_own = false;
  options.frozen_seed = seed;
  std::vector<u8> file =
      prove(harness::reference_job("mean_squared_linear").input(), options).bytes;
  const harness::Frozen frozen(seed);
  const std::size_t proof = harness::proof_offset(file);
  u64 hints_end = 0;  // the last hint before the last rounds is a node near the root of a tree
  for (const auto& e : harness::events_of(file))
    if (e.label == "positions")
      hints_end = 0;
    else if (hints_end == 0 && e.label == "h")
      hints_end = e.end - e.bytes;
  const std::size_t at = proof + hints_end - 8;
  harness::store_word(file, at, harness::load_word(file, at) ^ 1);
  return harness::judge_file(file);
}

Refusal false_value(Lie lie) {
  const u32 rows[] = {5};
  Case c(two_levels(), rows, 21);
  c.value += K(kOne);
  c.commit();
  return refusal(judge(c, reference_proof(c, lie)));
}

// Parameters of two roots, a statement of one: the second is taken as zero.
Refusal one_root_of_two() {
  const u32 rows[] = {5};
  Case c(small_parameters(5, 2, {{2, 1, 3, 0, 3}, {2, 2, 3, 0, 3}}), rows, 23);
  c.commit();
  return refusal(judge(c, reference_proof(c)));
}

Refusal few_queries() {
  const u32 rows[] = {5};
  Case c(two_levels(), rows, 24);
  const std::vector<u8> proof = c.prove();
  DenseWeights weights;
  weights.tables = c.weights;
  return refusal(judge(proof, c.opened(), c.value, weights, c.p, 0, /*secure=*/true));
}

// An element of a proof of zeros in its second encoding.
Refusal second_zero() {
  constexpr u64 seed = 77;
  const u32 rows[] = {4};
  Case c(small_parameters(4, 1, {{2, 1, 3, 0, 3}}), rows, 9);
  for (F& x : c.messages[0]) x = F();
  for (K& m : c.mask) m = K();
  c.value = K();
  std::vector<u8> proof = c.prove(seed);
  harness::store_word(proof, 0, kModulus);
  return refusal(judge(c, proof, seed));
}

}  // namespace

std::vector<CheckAttack> commitment_attacks() {
  std::vector<CheckAttack> all;
  all.push_back({Check::merkle_path, "a sibling that is not in the tree", bent_sibling, {}});
  all.push_back({Check::element_canonical, "zero spelled as the modulus", second_zero, {}});
  all.push_back(
      {Check::opening_shape, "one root where the parameters have two", one_root_of_two, {}});
  all.push_back({Check::opening_security, "parameters with four queries", few_queries, {}});
  all.push_back({Check::opening_query,
                 "a false value and a last vector that meets it",
                 [] { return false_value(Lie::last_vector); },
                 {}});
  all.push_back({Check::opening_claim, "a false value", [] { return false_value(Lie::none); }, {}});
  for (const forger::Forgery& f : forger::trace_forgeries()) {
    if (f.name != "a rounding one unit off") continue;
    all.push_back({Check::opening_claim,
                   "a forged step: " + f.name,
                   [f] { return harness::judge_file(forger::Forger(f).file()); },
                   {}});
  }
  return all;
}

std::vector<CheckAttack> all_attacks() {
  std::vector<CheckAttack> all = relation_attacks();
  for (auto* list : {&statement_attacks, &interface_attacks, &commitment_attacks, &claim_attacks,
                     &score_attacks, &origins_attacks})
    for (CheckAttack& a : (*list)()) all.push_back(std::move(a));
  return all;
}

}  // namespace pedigree::attacks
