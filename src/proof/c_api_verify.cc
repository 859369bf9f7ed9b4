// The C interface of include/pedigree/verify.h: one arena, one jump buffer, one way out.
#include <pedigree/verify.h>

#include "claim/claim.h"
#include "claim/describe.h"
#include "proof/policy.h"
#include "proof/verify.h"
#include "proof/weights_file.h"

namespace {

using namespace pedigree;

constexpr std::size_t kAlignment = alignof(std::max_align_t), kSpare = std::size_t{1} << 20;

static_assert(static_cast<int>(Code::not_a_proof) == PEDIGREE_NOT_A_PROOF);
static_assert(static_cast<int>(Code::relation_unsatisfied) == PEDIGREE_RELATION_UNSATISFIED);
static_assert(static_cast<int>(Code::start_unseen) == PEDIGREE_START_UNSEEN);
static_assert(static_cast<int>(Code::run_unseen) == PEDIGREE_RUN_UNSEEN);
static_assert(static_cast<int>(Code::cells_differ) == PEDIGREE_CELLS_DIFFER);
static_assert(static_cast<int>(Code::budget_exceeded) == PEDIGREE_BUDGET_EXCEEDED);
static_assert(kMaxLayers == PEDIGREE_MAX_LAYERS && kMaxImpulse == PEDIGREE_MAX_IMPULSE);

// What pedigree_verify leaves in the memory for the functions that go on from there.
struct Accepted {
  bool is_claim = false;
  Verified verified;    // of a run
  VerifiedClaim claim;  // of a claim
  u8* free = nullptr;   // behind everything in use
  std::size_t free_length = 0;
};

struct CallerMemory {
  u8* base = nullptr;
  std::size_t length = 0;
  CallerMemory(void* memory, std::size_t size) noexcept {
    const std::size_t skip =
        (kAlignment - reinterpret_cast<std::uintptr_t>(memory) % kAlignment) % kAlignment;
    if (memory == nullptr || size < skip) return;
    base = static_cast<u8*>(memory) + skip;
    length = size - skip;
  }
};

pedigree_status set_verdict(pedigree_result& out, const Refusal& why) noexcept {
  // Which equation between hidden values failed, and where, is part of the secret.
  const bool is_public = why.code != Code::relation_unsatisfied;
  out.status = static_cast<pedigree_status>(why.code);
  out.code = code_name(why.code);
  out.reason =
      is_public ? check_text(why.check) : "the proof does not show what its statement claims";
  out.check = is_public && why.code != Code::ok ? check_name(why.check) : "";
  out.index = is_public ? why.index : 0;
  return out.status;
}

void fill_model(pedigree_claim& c, const Model& m) noexcept {
  c.features = m.features;
  c.outputs = m.outputs;
  c.frac_x = m.frac_x;
  c.input_bits = m.input_bits;
  c.range_bits = m.range_bits;
  c.exp_bits = m.exp_bits;
  c.rate_bits = m.rate_bits;
  c.loss = static_cast<u8>(m.loss);
  c.num_layers = m.num_layers < kMaxLayers ? m.num_layers : kMaxLayers;
  for (u32 i = 0; i < c.num_layers; ++i) {
    const Layer& l = m.layers[i];
    c.layers[i] = {static_cast<u8>(l.kind),
                   static_cast<u8>(l.activation),
                   l.frac_a,
                   l.frac_q,
                   l.frac_e,
                   l.frac_d,
                   l.input,
                   l.second,
                   l.out,
                   l.share};
  }
}

void fill_context(pedigree_claim& c, const Context& context) noexcept {
  c.purpose = describe(context.purpose);
  c.round = context.round;
  c.chain_id = context.chain_id;
  std::memcpy(c.contract, context.contract, sizeof c.contract);
  c.context = describe(context.text);
}

pedigree_dataset* fill_claim(pedigree_result& out, const Statement& s, Arena& arena) noexcept {
  pedigree_claim& c = out.claim;
  c.major_version = kMajorVersion;
  c.minor_version = kMinorVersion;
  c.kind = static_cast<u32>(s.kind);
  c.arithmetic = s.arithmetic;
  c.profile = static_cast<u32>(s.profile);
  c.records = s.sampling.records;
  c.holdout = s.sampling.holdout;
  c.batch = s.sampling.batch;
  c.steps = s.sampling.steps;
  c.shards = s.sampling.shards;
  c.period = s.optimiser.period;
  c.seed = s.sampling.seed;
  c.run_seed = run_seed(s);
  fill_model(c, s.model);
  c.num_impulse = s.optimiser.num_impulse < kMaxImpulse ? s.optimiser.num_impulse : kMaxImpulse;
  for (u32 i = 0; i < c.num_impulse; ++i) c.impulse[i] = s.optimiser.impulse[i];
  c.num_runs = static_cast<u32>(s.runs.size());
  auto* runs = arena.allocate<pedigree_rate_run>(s.runs.size());
  for (u32 i = 0; i < c.num_runs; ++i) runs[i] = {s.runs[i].count, s.runs[i].c};
  c.runs = runs;
  pedigree_dataset* datasets = describe(s.datasets.span(), {}, c, arena);
  auto* segments = arena.allocate<pedigree_segment>(s.segments.size());
  for (std::size_t k = 0; k < s.segments.size(); ++k)
    segments[k] = {s.segments[k].steps, s.segments[k].check_bits, describe(s.segments[k].end.root)};
  c.segments = segments;
  c.num_segments = static_cast<u32>(s.segments.size());
  c.start_kind = static_cast<u32>(s.start_kind);
  c.start_weights = describe(s.start_weights);
  describe(s.beacon, c);
  c.publishes_weights = s.publish_weights;
  c.weights = describe(s.weights);
  c.openings = s.openings;
  fill_context(c, s.context);
  out.has_claim = 1;
  return datasets;
}

// What a claim on weights says.
void fill_model_claim(pedigree_result& out, const VerifiedClaim& v, Arena& arena) noexcept {
  pedigree_claim& c = out.claim;
  c.major_version = kMajorVersion;
  c.minor_version = kMinorVersion;
  c.kind = static_cast<u32>(v.kind);
  c.arithmetic = v.weights.arithmetic;
  c.profile = static_cast<u32>(v.weights.profile);
  fill_model(c, v.weights.model);
  c.openings = v.weights.openings;
  c.weight_bits = v.weights.weight_bits;
  c.shows_weight_range = v.weights.shows_range;
  fill_context(c, v.context);
  if (const ClaimRules* rules = claim_rules(v.kind); rules != nullptr && rules->describe != nullptr)
    rules->describe(v, c, arena);
  out.has_claim = 1;
}

void fill_terms(pedigree_result& out, std::span<const SecurityTerm> terms,
                std::span<const Parameter> all, Arena& arena) noexcept {
  out.bits = worst_bits(terms, true);
  out.bits_without_grinding = worst_bits(terms, false);
  out.total_bits = total_bits(terms, true);
  auto* listed = arena.allocate<pedigree_term>(terms.size());
  for (std::size_t i = 0; i < terms.size(); ++i)
    listed[i] = {terms[i].name, terms[i].index, terms[i].grinding, terms[i].bits};
  out.terms = listed;
  out.num_terms = static_cast<u32>(terms.size());
  auto* parameters = arena.allocate<pedigree_parameter>(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Parameter& p = all[i];
    parameters[i] = {p.layer, p.in, p.out, p.frac, p.is_bias ? 1u : 0u};
  }
  out.parameters = parameters;
  out.num_parameters = static_cast<u32>(all.size());
}

// What only an accepted proof shows; `datasets` are those of the claim.
void fill_security(pedigree_result& out, const Verified& v, pedigree_dataset* datasets,
                   Arena& arena) noexcept {
  for (u32 d = 0; d < out.claim.num_datasets; ++d) {
    datasets[d].identity = describe(v.identities.datasets[d]);
    datasets[d].used = v.use.records[d];
  }
  out.claim.skipped_steps = v.use.skipped_steps;
  out.claim.empty_steps = v.use.empty_steps;
  out.claim.least_factor = v.use.least_factor;
  out.claim.most_factor = v.use.most_factor;
  out.claim.start = describe(v.identities.start);
  out.claim.trained = describe(v.identities.weights);
  fill_terms(out, {v.terms, v.num_terms}, v.parameters.span(), arena);
}

// Keeps what later calls need, and the memory behind it for them.
void keep(const Accepted& state, Arena& arena, const CallerMemory& block,
          pedigree_result& out) noexcept {
  auto* accepted = arena.allocate<Accepted>(1);
  *accepted = state;
  const std::size_t used = (arena.used() + kAlignment - 1) / kAlignment * kAlignment;
  out.memory_used = used;
  if (used < block.length) {
    accepted->free = block.base + used;
    accepted->free_length = block.length - used;
  }
  out.internal = accepted;
}

// What of a policy only the proof of the run can answer.
bool asks_for_run(const pedigree_policy& p) noexcept {
  return p.require_published_weights != 0 || p.num_custodians > 0 || p.num_licences > 0 ||
         p.num_purposes > 0 || p.date != 0 || p.num_revoked > 0 || p.min_records > 0 ||
         p.min_distinct > 0 || p.max_rate_ratio != 0 || p.restrict_start != 0 ||
         p.num_beacons > 0 || p.require_beacon != 0;
}

Result<void> verify_claim_into(const ClaimRules& rules, std::span<const u8> file,
                               const pedigree_policy& policy, Arena& arena,
                               const CallerMemory& block, pedigree_result& out) noexcept {
  PEDIGREE_LET(parts, split_file(file));
  {
    PEDIGREE_LET(said, rules.read(parts.statement, arena));
    fill_model_claim(out, said, arena);
  }
  PEDIGREE_CHECK(policy_claims, policy.claims != 0, 0);
  Accepted state;
  state.is_claim = true;
  PEDIGREE_LET(verified, rules.verify(parts, arena));
  out.claim.trained = describe(verified.identity);
  if (rules.describe != nullptr) rules.describe(verified, out.claim, arena);
  fill_terms(out, {verified.terms, verified.num_terms}, verified.parameters.span(), arena);
  const Result<void> judged =
      rules.judge != nullptr ? rules.judge(policy, verified) : Result<void>();
  state.claim = verified;
  keep(state, arena, block, out);
  PEDIGREE_CHECK(policy_bits, out.bits >= policy.required_bits, 0);
  PEDIGREE_TRY(judged);
  const bool stands_alone = !verified.has_weights || verified.weights.shows_range;
  PEDIGREE_CHECK(claim_run, stands_alone && !verified.rests_on_run && !asks_for_run(policy), 0);
  return {};
}

Result<void> verify_into(std::span<const u8> file, const pedigree_policy& policy, Arena& arena,
                         const CallerMemory& block, pedigree_result& out) noexcept {
  if (const auto parts = split_file(file); parts.ok())
    if (const ClaimRules* rules = claim_rules(parts.value().statement); rules != nullptr)
      return verify_claim_into(*rules, file, policy, arena, block, out);
  pedigree_dataset* datasets = nullptr;
  {
    PEDIGREE_LET(parsed, parse_file(file, arena));
    datasets = fill_claim(out, parsed.statement, arena);
  }
  PEDIGREE_LET(verified, verify_file(file, arena));
  Accepted state;
  state.verified = verified;
  fill_security(out, verified, datasets, arena);
  keep(state, arena, block, out);
  return check_policy(policy, verified, out.bits);
}

// Whether a file has this digest and the values that the proof shows at `points`.
Result<void> weights_into(const Accepted& accepted, const Vec<PublishedPoint>& points,
                          const Digest& digest, std::span<const u8> weights,
                          Arena& arena) noexcept {
  const Verified& v = accepted.verified;
  PEDIGREE_CHECK(weights_not_published, !points.empty(), 0);
  PEDIGREE_CHECK(weights_digest, keccak256(weights) == digest, 0);
  PEDIGREE_TRY(check_weights_header(weights, v.parameters, arena));
  u64 offset = weights.size();
  for (const Parameter& p : v.parameters) offset -= 8 * entries_of(p);
  PEDIGREE_CHECK(weights_shape, points.size() == v.parameters.size(), 0);
  for (ParameterId w = 0; w < v.parameters.size(); ++w) {
    const Parameter& p = v.parameters[w];
    const std::size_t mark = arena.mark();
    const std::span<i64> entries(arena.allocate<i64>(entries_of(p)), entries_of(p));
    PEDIGREE_TRY(read_weights(weights, offset, p, entries));
    PEDIGREE_CHECK(weights_shape, points[w].parameter == w, w);
    PEDIGREE_TRY(verify_weight(points[w], entries, arena));
    arena.release(mark);
    offset += 8 * entries_of(p);
  }
  return {};
}

pedigree_status check_file(const pedigree_result* accepted, bool start, std::span<const u8> weights,
                           pedigree_result* result) noexcept {
  *result = pedigree_result();
  const bool unseen = accepted->status == PEDIGREE_START_UNSEEN;
  if (unseen && !start) return set_verdict(*result, refuse(Check::policy_start_file, 0));
  if ((accepted->status != PEDIGREE_OK && !unseen) || accepted->internal == nullptr)
    return set_verdict(*result, refuse(Check::weights_not_published, 0));
  const Accepted& state = *static_cast<const Accepted*>(accepted->internal);
  if (state.is_claim) return set_verdict(*result, refuse(Check::weights_not_published, 0));
  std::jmp_buf exhausted;
  if (setjmp(exhausted) != 0) return set_verdict(*result, refuse(Check::arena_exhausted, 0));
  Arena arena(state.free, state.free_length, &exhausted);
  const Verified& v = state.verified;
  const Result<void> verdict =
      start ? weights_into(state, v.start, v.statement.start_weights, weights, arena)
            : weights_into(state, v.published, v.statement.weights, weights, arena);
  return set_verdict(*result, verdict.ok() ? Refusal{} : verdict.why());
}

}  // namespace

extern "C" {

size_t pedigree_verify_memory(const uint8_t* file, size_t length) {
  const std::size_t of_claim = claim_memory({file, length}),
                    need = of_claim != 0 ? of_claim : verify_memory({file, length});
  return need == 0 ? 0 : need + 8 * length + kSpare;
}

pedigree_status pedigree_verify(const uint8_t* file, size_t length, const pedigree_policy* policy,
                                void* memory, size_t memory_length, pedigree_result* result) {
  *result = pedigree_result();
  const pedigree_policy wanted = policy != nullptr ? *policy : pedigree_policy();
  if (wanted.max_memory != 0 && pedigree_verify_memory(file, length) > wanted.max_memory)
    return set_verdict(*result, refuse(Check::memory_budget, 0));
  // Without a readable statement no memory is needed to say so.
  if (pedigree_verify_memory(file, length) == 0) memory_length = 0;
  const CallerMemory block(memory, memory_length);
  std::jmp_buf exhausted;
  // Only the arguments and *result live across the jump.
  if (setjmp(exhausted) != 0) return set_verdict(*result, refuse(Check::arena_exhausted, 0));
  Arena arena(block.base, block.length, &exhausted);
  const Result<void> verdict = verify_into({file, length}, wanted, arena, block, *result);
  return set_verdict(*result, verdict.ok() ? Refusal{} : verdict.why());
}

pedigree_status pedigree_verify_weights(const pedigree_result* accepted, const uint8_t* weights,
                                        size_t length, pedigree_result* result) {
  return check_file(accepted, false, {weights, length}, result);
}

pedigree_status pedigree_verify_start(pedigree_result* accepted, const uint8_t* weights,
                                      size_t length, pedigree_result* result) {
  const pedigree_status status = check_file(accepted, true, {weights, length}, result);
  if (status == PEDIGREE_OK) set_verdict(*accepted, Refusal{});
  return status;
}

pedigree_status pedigree_verify_link(const pedigree_result* run, pedigree_result* claim) {
  if (claim->status != PEDIGREE_OK && claim->status != PEDIGREE_RUN_UNSEEN) return claim->status;
  const Accepted* const of_claim = static_cast<const Accepted*>(claim->internal);
  const Accepted* const of_run = static_cast<const Accepted*>(run->internal);
  const bool is_pair = run->status == PEDIGREE_OK && of_run != nullptr && of_claim != nullptr &&
                       of_claim->is_claim && !of_run->is_claim;
  if (!is_pair) return set_verdict(*claim, refuse(Check::claim_run, 0));
  const ClaimRules& rules = *claim_rules(of_claim->claim.kind);
  const Result<void> verdict = rules.link(of_run->verified, of_claim->claim);
  if (verdict.ok() && rules.describe_link != nullptr)
    rules.describe_link(of_run->verified, of_claim->claim, claim->claim);
  return set_verdict(*claim, verdict.ok() ? Refusal{} : verdict.why());
}

pedigree_status pedigree_verify_cells(const pedigree_result* accepted, uint32_t index,
                                      const pedigree_salt* salt, const int32_t* cells, size_t count,
                                      pedigree_result* result) {
  *result = pedigree_result();
  const bool judged = accepted->status == PEDIGREE_OK || accepted->status == PEDIGREE_RUN_UNSEEN;
  if (!judged || accepted->internal == nullptr)
    return set_verdict(*result, refuse(Check::claim_cells, 0));
  const Accepted& state = *static_cast<const Accepted*>(accepted->internal);
  if (!state.is_claim || index >= state.claim.hashed.size())
    return set_verdict(*result, refuse(Check::claim_cells, 0));
  for (int i = 0; i < 3; ++i)
    if (salt->pad[i] >= kModulus) return set_verdict(*result, refuse(Check::claim_cells, 0));
  std::jmp_buf exhausted;
  if (setjmp(exhausted) != 0) return set_verdict(*result, refuse(Check::arena_exhausted, 0));
  Arena arena(state.free, state.free_length, &exhausted);
  Salt given;
  std::memcpy(given.nonce.bytes, salt->nonce.bytes, sizeof given.nonce.bytes);
  for (u32 l = 0; l < kDegree; ++l) given.pad.c[l] = F(salt->pad[l]);
  Result<void> verdict = verify_cells(state.claim.hashed[index], given, {cells, count}, arena);
  const ClaimRules& rules = *claim_rules(state.claim.kind);
  if (verdict.ok() && rules.judge_cells != nullptr)
    verdict = rules.judge_cells(state.claim, {cells, count}, arena);
  return set_verdict(*result, verdict.ok() ? Refusal{} : verdict.why());
}

pedigree_status pedigree_read_claim(const uint8_t* file, size_t length, void* memory,
                                    size_t memory_length, pedigree_result* result) {
  *result = pedigree_result();
  const CallerMemory block(memory, memory_length);
  std::jmp_buf exhausted;
  if (setjmp(exhausted) != 0) return set_verdict(*result, refuse(Check::arena_exhausted, 0));
  Arena arena(block.base, block.length, &exhausted);
  if (const auto parts = split_file({file, length}); parts.ok())
    if (const ClaimRules* rules = claim_rules(parts.value().statement); rules != nullptr) {
      const auto said = rules->read(parts.value().statement, arena);
      if (!said.ok()) return set_verdict(*result, said.why());
      fill_model_claim(*result, said.value(), arena);
      return set_verdict(*result, Refusal{});
    }
  const Result<ParsedFile> parsed = parse_file({file, length}, arena);
  if (!parsed.ok()) return set_verdict(*result, parsed.why());
  fill_claim(*result, parsed.value().statement, arena);
  return set_verdict(*result, Refusal{});
}

}  // extern "C"
