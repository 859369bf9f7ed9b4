#include "proof/verify.h"

#include <cmath>

#include "model/compile.h"
#include "poly/eq.h"

namespace pedigree {

namespace {

constexpr double kMaxPointVariables =
    34;  // coordinates of the point at which end weights are claimed

Result<void> check_statement(const Statement& s) noexcept {
  PEDIGREE_CHECK(statement_range, s.kind == ClaimKind::training_segment, 20);
  PEDIGREE_CHECK(statement_range, s.arithmetic == kArithmeticVersion, 21);
  PEDIGREE_CHECK(statement_range, s.profile == Profile::fast || s.profile == Profile::small, 22);
  PEDIGREE_CHECK(statement_canonical, s.publish_weights || s.weights == Digest(), 23);
  PEDIGREE_CHECK(statement_range,
                 s.optimiser.num_impulse <= kMaxImpulse && s.model.num_layers <= kMaxLayers, 24);
  return {};
}

}  // namespace

Result<Compiled> compile_statement(const Statement& s, Arena& arena) noexcept {
  PEDIGREE_TRY(check_statement(s));
  Compiled c;
  PEDIGREE_LET(program, compile(s.model, s.optimiser, s.sampling, arena));
  c.program = program;
  c.plan = make_plan(c.program, arena);
  PEDIGREE_LET(layout, make_layout(c.program, c.plan, s.profile, arena));
  c.layout = layout;
  const ProgramSizes& sizes = c.program.sizes;
  c.selection = Vec<u32>(arena, std::size_t{1} << sizes.log_samples());
  select_rows(arena, s.sampling, 0, 1u << sizes.log_steps, 1u << sizes.log_batch,
              std::span<u32>(c.selection.data(), c.selection.size()));
  return c;
}

u32 proof_security(const Compiled& c, std::span<SecurityTerm> out) noexcept {
  const Plan& plan = c.plan;
  const double field_bits = kDegree * std::log2(static_cast<double>(kModulus));
  // Claims about the segment's root rest on a list of codewords until the opening settles them.
  const double list = root_list_bits(c.layout.opening);
  u32 n = 0;
  const auto add = [&](const char* name, u32 index, double numerator) noexcept {
    out[n++] = {name, index, field_bits - list - std::log2(numerator), 0};
  };
  const double leaves = std::ldexp(1.0, static_cast<int>(plan.log_lookups));
  add("lookups", 0, 3 * (leaves + 1));
  double layers = 0;
  for (u32 k = 0; k < plan.log_lookups; ++k) layers += 2.0 * k + 2;
  add("lookup tree", 0, layers);
  add("zero tensors", 0, plan.log_lookups);
  const auto count = [](std::size_t x) noexcept { return static_cast<double>(x); };
  const double claims = count(plan.weight_claims.size()),
               operands = 2 * claims * count(c.program.updates.size());
  const double equations = plan.log_lookups + 6.0 + count(c.program.zeros.size()) +
                           count(plan.contractions.size()) + count(plan.operands.size()) +
                           operands + kNumRoots + count(c.program.parameters.size());
  add("contractions", 0, 3.0 * plan.contraction_rounds + count(plan.contractions.size()));
  add("weights", 0, 3.0 * plan.weight_rounds + claims + kMaxPointVariables);
  add("products", 0,
      3.0 * plan.product_rounds + count(plan.leaf_virtuals.size()) +
          count(plan.contractions.size()) + operands);
  add("gates", 0, equations + 3.0 * plan.gate_rounds + 2);
  for (const u32 root : {kDataRoot, kEndRoot}) {
    const double words = static_cast<double>(message_words(c.layout, root));
    out[n++] = {"out-of-domain answer", root, field_bits - 2 * list + 1 - std::log2(words), 0};
  }
  return n + opening_security(c.layout.opening, out.subspan(n));
}

SegmentPublic public_of(const Statement& s, const Compiled& c,
                        const Digest& segment_root) noexcept {
  SegmentPublic p;
  p.program = &c.program;
  p.plan = &c.plan;
  p.layout = &c.layout;
  p.optimiser = &s.optimiser;
  p.seed = s.sampling.seed;
  p.selection = c.selection.span();
  p.publish_weights = s.publish_weights;
  p.answers[kDataRoot] = s.data.answer;
  p.answers[kEndRoot] = s.end.answer;
  p.roots[kSegmentRoot] = segment_root;
  p.roots[kDataRoot] = s.data.root;
  p.roots[kEndRoot] = s.end.root;
  return p;
}

#ifdef PEDIGREE_HARNESS
VerifyHooks verify_hooks;
#endif

namespace {

void hash_words(Keccak256& h, std::initializer_list<u32> words) noexcept {
  for (const u32 w : words) {
    const u8 bytes[4] = {static_cast<u8>(w), static_cast<u8>(w >> 8), static_cast<u8>(w >> 16),
                         static_cast<u8>(w >> 24)};
    h.update(bytes);
  }
}

Keccak256 begin_identity(std::string_view domain, const RootStatement& root,
                         u64 pad_offset) noexcept {
  Keccak256 h;
  h.update({reinterpret_cast<const u8*>(domain.data()), domain.size()});
  h.update(root.root.bytes);
  for (const F word : root.answer.c) h.update_u64(word.v);
  h.update_u64(pad_offset);
  return h;
}

}  // namespace

Identities identities_of(const Statement& s, const Compiled& c) noexcept {
  const Program& p = c.program;
  Keccak256 data = begin_identity("pedigree dataset v1", s.data, c.layout.answer_pad[kDataRoot]);
  hash_words(data,
             {p.sizes.records, p.tensors[p.records_x].features, p.tensors[p.records_y].features});
  Keccak256 end = begin_identity("pedigree weights v1", s.end, c.layout.answer_pad[kEndRoot]);
  for (const Parameter& w : p.parameters) hash_words(end, {w.in, w.out});
  return {data.finish(), end.finish()};
}

Result<Verified> verify_file(std::span<const u8> file, Arena& arena) noexcept {
  PEDIGREE_LET(parsed, parse_file(file, arena));
  const Statement& s = parsed.statement;
  PEDIGREE_LET(compiled, compile_statement(s, arena));
#ifdef PEDIGREE_HARNESS
  if (verify_hooks.adjust != nullptr) verify_hooks.adjust(compiled);
#endif

  Verified verified;
  verified.statement = s;
  verified.identities = identities_of(s, compiled);
  verified.num_terms = proof_security(compiled, verified.terms);
  const std::span<const SecurityTerm> terms(verified.terms, verified.num_terms);
  PEDIGREE_CHECK(security, worst_bits(terms, true) >= kRequiredBits + kBitsMargin, 0);
  PEDIGREE_CHECK(security, total_bits(terms, true) >= kRequiredBits + kBitsMargin, 1);

  VerifierTranscript transcript(parsed.proof);
#ifdef PEDIGREE_HARNESS
  transcript.chain().frozen_seed = verify_hooks.frozen_seed;
  transcript.chain().observe = verify_hooks.observe;
  transcript.chain().observer = verify_hooks.observer;
  verify_hooks.transcript = &transcript;
#endif
  bind_statement(transcript, parsed.statement_bytes);
  PEDIGREE_LET(segment_root, transcript.receive_digest("segment"));
  const SegmentPublic segment = public_of(s, compiled, segment_root);
  MaskedChannel channel(transcript, compiled.layout, compiled.plan.num_pads, arena);
  PEDIGREE_LET(claims, verify_segment(channel, segment, arena));
  PEDIGREE_LET(claim, verify_gates(channel));
  PEDIGREE_CHECK(pads_exhausted, channel.pads_used() == compiled.plan.num_pads,
                 channel.pads_used());

  OpenedRoot roots[kNumRoots];
  for (u32 i = 0; i < kNumRoots; ++i) roots[i] = {compiled.layout.log_rows[i], segment.roots[i]};
  FormWeights weights(channel.keys().span(), claim.form.span(), segment.selection, arena);
  PEDIGREE_TRY(
      verify_opening(roots, claim.value, weights, compiled.layout.opening, transcript, arena));
  PEDIGREE_TRY(transcript.finish());
  verified.parameters = compiled.program.parameters;
  verified.published = claims.published;
  return verified;
}

Result<void> verify_weight(const PublishedPoint& at, std::span<const i64> w,
                           Arena& arena) noexcept {
  // Live sizes are those of the compiled program; the caller's array has them by shape.
  const std::size_t live_out = at.live_out;
  PEDIGREE_CHECK(weights_shape, w.size() == static_cast<std::size_t>(at.live_in) * live_out,
                 at.parameter);
  const std::size_t mark = arena.mark(), in = std::size_t{1} << at.in_point.size(),
                    out = std::size_t{1} << at.out_point.size();
  K* eq_in = arena.allocate<K>(in);
  K* eq_out = arena.allocate<K>(out);
  eq_fill(at.in_point, K(kOne), {eq_in, in});
  eq_fill(at.out_point, K(kOne), {eq_out, out});
  K sum;
  for (std::size_t i = 0; i < w.size(); ++i)
    sum += eq_in[i / live_out] * eq_out[i % live_out] * F::from_int(w[i]);
  arena.release(mark);
  PEDIGREE_CHECK(weights_differ, sum == at.value, at.parameter);
  return {};
}

Result<void> verify_weights(const Verified& v, std::span<const std::span<const i64>> weights,
                            Arena& arena) noexcept {
  PEDIGREE_CHECK(weights_not_published, v.statement.publish_weights, 0);
  PEDIGREE_CHECK(weights_shape, weights.size() == v.published.size(), weights.size());
  for (const PublishedPoint& at : v.published)
    PEDIGREE_TRY(verify_weight(at, weights[at.parameter], arena));
  return {};
}

}  // namespace pedigree
