#include "proof/verify.h"

#include "model/compile.h"
#include "op/op.h"
#include "poly/eq.h"
#include "proof/use.h"

namespace pedigree {

namespace {

Result<void> check_start(const Statement& s) noexcept {
  const bool named = s.has_named_start();
  PEDIGREE_CHECK(statement_range, named || s.start_kind == StartKind::seeded, 40);
  PEDIGREE_CHECK(
      statement_canonical,
      named || (s.start.root == Digest() && s.start.answer == K() && s.start_weights == Digest()),
      41);
  // Nothing else bounds weights that the seed did not make.
  PEDIGREE_CHECK(statement_range, !named || s.segments[0].check_bits > 0, 42);
  return {};
}

// Without a source there is nothing that round, value and signature could be of.
Result<void> check_beacon(const Statement& s) noexcept {
  const Beacon& b = s.beacon;
  bool empty = b.round == 0 && b.value == Digest();
  for (const u8 byte : b.signature) empty = empty && byte == 0;
  PEDIGREE_CHECK(statement_canonical, !b.source.empty() || empty, 49);
  return {};
}

Result<void> check_segments(const Statement& s) noexcept {
  PEDIGREE_CHECK(statement_range, !s.segments.empty() && s.segments.size() <= kMaxSegments, 43);
  u64 steps = 0;
  for (std::size_t k = 0; k < s.segments.size(); ++k) {
    PEDIGREE_CHECK(statement_range, s.segments[k].steps >= 1, 44);
    // A response does not reach from one segment into the next.
    PEDIGREE_CHECK(statement_range,
                   steps == 0 || s.optimiser.num_impulse == 1 ||
                       (s.optimiser.period != 0 && steps % s.optimiser.period == 0),
                   45);
    steps += s.segments[k].steps;
  }
  PEDIGREE_CHECK(statement_range, steps == s.sampling.steps, 46);
  PEDIGREE_CHECK(statement_range, s.optimiser.period == 0 || s.optimiser.num_impulse > 1, 47);
  return {};
}

Result<void> check_datasets(const Statement& s) noexcept {
  PEDIGREE_CHECK(statement_range, !s.datasets.empty() && s.datasets.size() <= kMaxDatasets, 48);
  PEDIGREE_CHECK(statement_layer, op::rules_of(s.model.loss) != nullptr, s.model.num_layers);
  return check_manifests(s.model, s.profile, s.datasets.span());
}

Result<void> check_statement(const Statement& s) noexcept {
  const bool reusable = s.kind == ClaimKind::reusable_run;
  PEDIGREE_CHECK(statement_range, reusable || s.kind == ClaimKind::training_run, 20);
  PEDIGREE_CHECK(statement_range, s.arithmetic == kArithmeticVersion, 21);
  PEDIGREE_CHECK(statement_range, is_known(s.profile), 22);
  PEDIGREE_CHECK(statement_canonical, s.publish_weights || s.weights == Digest(), 23);
  PEDIGREE_CHECK(statement_range,
                 s.optimiser.num_impulse <= kMaxImpulse && s.model.num_layers <= kMaxLayers, 24);
  PEDIGREE_TRY(check_model(s.model));
  PEDIGREE_TRY(check_datasets(s));
  PEDIGREE_TRY(check_beacon(s));
  PEDIGREE_TRY(check_segments(s));
  // Segments see their own part of it only: empty runs and runs behind the last step would be cut away unseen.
  PEDIGREE_TRY(check_optimiser(s.optimiser, s.sampling));
  PEDIGREE_CHECK(statement_range, !reusable || (s.openings >= 1 && s.openings <= kMaxOpenings), 25);
  return check_start(s);
}

// The runs of steps [first, first + steps) of the schedule.
Vec<Optimiser::Run> schedule_part(const Statement& s, u64 first, u64 steps, Arena& arena) noexcept {
  Vec<Optimiser::Run> part(arena);
  u64 at = 0;
  for (const Optimiser::Run& run : s.runs) {
    const u64 from = at > first ? at : first;
    const u64 end = at + run.count < first + steps ? at + run.count : first + steps;
    if (from < end) part.push_back({static_cast<u32>(end - from), run.c});
    at += run.count;
  }
  return part;
}

}  // namespace

Result<void> check_manifests(const Model& model, Profile profile,
                             std::span<const Manifest> datasets) noexcept {
  const op::LossRules& loss = *op::rules_of(model.loss);
  for (std::size_t d = 0; d < datasets.size(); ++d) {
    const Manifest& m = datasets[d];
    PEDIGREE_TRY(verify_manifest(m));
    PEDIGREE_CHECK(manifest_fields, m.features == model.features, d);
    PEDIGREE_CHECK(manifest_fields, m.labels == loss.label_columns(model), d);
    PEDIGREE_CHECK(manifest_fields, m.input_bits <= model.input_bits, d);
    PEDIGREE_CHECK(manifest_fields, m.profile == profile, d);
    PEDIGREE_CHECK(manifest_fields, m.schema == datasets[0].schema, d);
    // One dataset twice would be one record twice.
    for (std::size_t e = 0; e < d; ++e) {
      PEDIGREE_CHECK(manifest_fields, !(datasets[e].content == m.content), d);
      PEDIGREE_CHECK(manifest_fields, !(datasets[e].root == m.root) || m.root == Digest(), d);
    }
  }
  return {};
}

Result<void> compile_segment(const Statement& s, Compiled& c, u32 k, Arena& arena) noexcept {
  CompiledSegment& segment = c.segments[k];
  segment.first = k == 0;
  segment.last = k + 1 == s.segments.size();
  segment.first_step = k == 0 ? 0 : c.segments[k - 1].first_step + c.segments[k - 1].steps;
  segment.steps = s.segments[k].steps;
  segment.runs = schedule_part(s, segment.first_step, segment.steps, arena);
  segment.optimiser = s.optimiser;
  segment.optimiser.runs = segment.runs.data();
  segment.optimiser.num_runs = static_cast<u32>(segment.runs.size());

  SegmentShape shape;
  shape.sampling = c.sampling;
  shape.sampling.steps = segment.steps;
  u32 records[kMaxDatasets] = {};
  SegmentShape::DataChecks checks[kMaxDatasets] = {};
  for (std::size_t d = 0; d < s.datasets.size(); ++d) {
    records[d] = s.datasets[d].records;
    // Custodians attest the ranges of inputs. Labels are always checked: which loss reads them is the trainer's choice.
    checks[d].inputs = segment.first && s.datasets[d].is_declared();
    checks[d].labels = segment.first;
  }
  shape.records = {records, s.datasets.size()};
  shape.check_data = {checks, s.datasets.size()};
  shape.committed_start = !segment.first || c.committed_start;
  shape.check_bits = s.segments[k].check_bits;
  Vec<u128> bounds(arena);
  if (k > 0)
    for (const Parameter& w : c.segments[k - 1].program.parameters) bounds.push_back(w.end_bound);
  shape.start_bounds = bounds.span();
  shape.pullbacks = s.profile == Profile::bulk;
  shape.for_sizes = c.for_sizes;
  shape.like = k > 0 ? &c.segments[k - 1].program : nullptr;
  PEDIGREE_LET(program, compile(s.model, segment.optimiser, shape, arena));
  segment.program = program;
  segment.plan = make_plan(segment.program, {}, arena);
  PEDIGREE_LET(layout, make_layout(segment.program, segment.plan, s.profile, c.data.span(),
                                   {segment.last ? s.openings : 0, 0}, arena));
  segment.layout = layout;
  const u32 log_steps = program.sizes.log_steps, log_batch = program.sizes.log_batch;
  segment.selection = Vec<u32>(arena, std::size_t{1} << (log_steps + log_batch));
  for (u32& slot : segment.selection) slot = kDeadSlot;
  mark_live_slots(
      c.sampling, segment.first_step, segment.steps, 1u << log_batch,
      std::span<u32>(segment.selection.data(), std::size_t{segment.steps} << log_batch));
  return {};
}

Compiled begin_compile(const Statement& s, Arena& arena) noexcept {
  Compiled c;
  c.seed = run_seed(s);
  c.sampling = s.sampling;
  c.sampling.seed = c.seed;
  c.profile = s.profile;
  c.committed_start = c.show_start = s.has_named_start();
  c.publish_weights = s.publish_weights;
  c.data = Vec<DatasetLayout>(arena);
  for (const Manifest& m : s.datasets)
    c.data.push_back(dataset_layout(m.records, m.features, m.labels, m.profile, m.opening_budget));
  c.segments = Vec<CompiledSegment>(arena, s.segments.size());
  take_roots(s, c, arena);
  return c;
}

void take_roots(const Statement& s, Compiled& c, Arena& arena) noexcept {
  c.ends = Vec<RootStatement>(arena);
  c.datasets = Vec<RootStatement>(arena);
  for (const SegmentStatement& segment : s.segments) c.ends.push_back(segment.end);
  for (const Manifest& m : s.datasets) c.datasets.push_back({m.root, m.answer});
  c.start = s.start;
}

void select_records(Compiled& c, Arena& arena) noexcept {
  RowSelector rows(arena, c.sampling);
  for (CompiledSegment& segment : c.segments) {
    const u32 log_batch = segment.program.sizes.log_batch;
    rows.select(segment.first_step, segment.steps, 1u << log_batch,
                std::span<u32>(segment.selection.data(), std::size_t{segment.steps} << log_batch));
  }
}

Result<Compiled> compile_statement(const Statement& s, Arena& arena) noexcept {
  PEDIGREE_LET(compiled, compile_sizes(s, arena));
  select_records(compiled, arena);
  return compiled;
}

Result<Compiled> compile_sizes(const Statement& s, Arena& arena, bool alone) noexcept {
  PEDIGREE_TRY(check_statement(s));
  Compiled c = begin_compile(s, arena);
  c.for_sizes = alone;
  for (u32 k = 0; k < c.segments.size(); ++k) PEDIGREE_TRY(compile_segment(s, c, k, arena));
  PEDIGREE_TRY(settle_opening(c));
  return c;
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

Keccak256 begin_identity(std::string_view domain, const RootStatement& root, u64 pad_offset,
                         Profile profile, u32 log_rows) noexcept {
  Keccak256 h;
  h.update({reinterpret_cast<const u8*>(domain.data()), domain.size()});
  h.update(root.root.bytes);
  for (const F word : root.answer.c) h.update_u64(word.v);
  h.update_u64(pad_offset);
  hash_words(h, {static_cast<u32>(profile), log_rows});
  return h;
}

}  // namespace

Digest weights_identity(const RootStatement& root, u64 pad_offset, Profile profile, u32 log_rows,
                        const Vec<Parameter>& parameters) noexcept {
  Keccak256 h = begin_identity("pedigree weights v3", root, pad_offset, profile, log_rows);
  for (const Parameter& w : parameters) hash_words(h, {w.in, w.out});
  return h.finish();
}

Digest dataset_identity(const Manifest& m, const DatasetLayout& layout) noexcept {
  Keccak256 h = begin_identity("pedigree dataset v3", {m.root, m.answer}, layout.answer_pad,
                               m.profile, layout.log_rows);
  h.update(m.custodian.bytes);
  hash_words(h, {m.records, m.features, m.labels});
  return h.finish();
}

Identities identities_of(const Statement& s, const Compiled& c, Arena& arena) noexcept {
  Identities out;
  out.datasets = Vec<Digest>(arena);
  for (u32 d = 0; d < s.datasets.size(); ++d) {
    out.datasets.push_back(dataset_identity(s.datasets[d], c.data[d]));
  }
  const CompiledSegment& last = c.segments[c.segments.size() - 1];
  const auto weights = [&](const RootStatement& root, u32 local) noexcept {
    return weights_identity(root, last.layout.answer_pad[local], s.profile,
                            last.layout.log_rows[local], last.program.parameters);
  };
  out.weights = weights(s.segments[s.segments.size() - 1].end, kEndRoot);
  if (s.has_named_start()) out.start = weights(s.start, kStartRoot);
  return out;
}

Result<Verified> verify_file(std::span<const u8> file, Arena& arena) noexcept {
  PEDIGREE_LET(parsed, parse_file(file, arena));
  PEDIGREE_LET(compiled, compile_sizes(parsed.statement, arena));
#ifdef PEDIGREE_HARNESS
  if (verify_hooks.adjust != nullptr) verify_hooks.adjust(compiled);
#endif

  Verified verified;
  verified.statement = parsed.statement;
  verified.seed = compiled.seed;
  verified.identities = identities_of(parsed.statement, compiled, arena);
  verified.num_terms = proof_security(compiled, verified.terms);
  PEDIGREE_TRY(check_security({verified.terms, verified.num_terms}));

  VerifierTranscript transcript(parsed.proof);
#ifdef PEDIGREE_HARNESS
  transcript.chain().frozen_seed = verify_hooks.frozen_seed;
  transcript.chain().observe = verify_hooks.observe;
  transcript.chain().observer = verify_hooks.observer;
  verify_hooks.transcript = &transcript;
#endif
  PEDIGREE_LET(shown, verify_conversations(compiled, parsed.statement_bytes, transcript, arena));
  verified.start = shown.start;
  verified.published = shown.published;
  verified.use = use_of(parsed.statement, compiled, arena);
  verified.parameters = compiled.segments[0].program.parameters;
  verified.end_bounds = Vec<u128>(arena);
  for (const Parameter& w : compiled.segments[compiled.segments.size() - 1].program.parameters)
    verified.end_bounds.push_back(w.end_bound);
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
