#include "claim/claim.h"
#include "claim/infer/infer.h"
#include "claim/origins/origins.h"
#include "claim/score/score.h"
#include "proof/segment_protocol.h"

namespace pedigree {

namespace {

// The list: a new kind of claim is a folder and a line here.
const ClaimRules* const kClaims[] = {&kInference, &kScore, &kOrigins};

}  // namespace

const ClaimRules* claim_rules(ClaimKind kind) noexcept {
  for (const ClaimRules* rules : kClaims)
    if (rules->kind == kind) return rules;
  return nullptr;
}

const ClaimRules* claim_rules(std::span<const u8> statement) noexcept {
  return statement.empty() ? nullptr : claim_rules(static_cast<ClaimKind>(statement[0]));
}

std::size_t claim_memory(std::span<const u8> file) noexcept {
  const auto parts = split_file(file);
  if (!parts.ok()) return 0;
  const ClaimRules* rules = claim_rules(parts.value().statement);
  return rules == nullptr ? 0 : rules->memory(parts.value().statement);
}

Result<void> verify_compiled(Compiled& c, const FileParts& file, std::span<const Digest> digests,
                             VerifiedClaim& v, Arena& arena) noexcept {
  v.num_terms = proof_security(c, v.terms);
  PEDIGREE_TRY(check_security({v.terms, v.num_terms}));
  VerifierTranscript transcript(file.proof);
#ifdef PEDIGREE_HARNESS
  transcript.chain().frozen_seed = verify_hooks.frozen_seed;
  transcript.chain().observe = verify_hooks.observe;
  transcript.chain().observer = verify_hooks.observer;
  verify_hooks.transcript = &transcript;
#endif
  PEDIGREE_LET(shown, verify_conversations(c, file.statement, transcript, arena));
  if (v.has_weights) v.identity = weights_identity(v.weights, c);
  v.parameters = c.segments[0].program.parameters;
  v.hashed = Vec<HashedCells>(arena);
  for (std::size_t i = 0; i < shown.shown.size(); ++i)
    v.hashed.push_back({digests[i], shown.shown[i]});
  return {};
}

namespace {

Digest model_digest(const Model& model) noexcept {
  DigestEncoder e("pedigree model");
  visit_model(e, model);
  return e.finish();
}

}  // namespace

Result<void> verify_weights_link(const Verified& run, const VerifiedClaim& claim) noexcept {
  PEDIGREE_CHECK(claim_weights, run.identities.weights == claim.identity, 0);
  PEDIGREE_CHECK(claim_weights, run.statement.openings == claim.weights.openings, 1);
  PEDIGREE_CHECK(claim_model,
                 model_digest(run.statement.model) == model_digest(claim.weights.model), 0);
  const u128 limit = u128{1} << claim.weights.weight_bits;
  for (ParameterId w = 0; w < run.end_bounds.size(); ++w) {
    const bool within = claim.weights.shows_range || run.end_bounds[w] <= limit;
    PEDIGREE_CHECK(claim_bounds, within, w);
  }
  return {};
}

Result<void> verify_cells(const HashedCells& hashed, const Salt& salt, std::span<const i32> cells,
                          Arena& arena) noexcept {
  const ShownPoint& at = hashed.at;
  PEDIGREE_CHECK(claim_cells, cells.size() == std::size_t{at.samples} * at.features, 0);
  PEDIGREE_CHECK(claim_cells, cells_digest(salt, at.samples, at.features, cells) == hashed.digest,
                 1);
  const K value = matrix_at(cells, at.features, at.sample_point, at.feature_point, arena);
  PEDIGREE_CHECK(claim_cells, value + at.rho * salt.pad == at.value, 2);
  return {};
}

}  // namespace pedigree
