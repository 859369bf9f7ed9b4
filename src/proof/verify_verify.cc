#include "proof/verify.h"

#include <cmath>

#include "model/compile.h"
#include "op/op.h"
#include "poly/eq.h"
#include "proof/use.h"

namespace pedigree {

namespace {

constexpr double kMaxPointVariables =
    34;  // coordinates of the point at which end weights are claimed

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
  const op::LossRules* loss = op::rules_of(s.model.loss);
  PEDIGREE_CHECK(statement_layer, loss != nullptr, s.model.num_layers);
  for (std::size_t d = 0; d < s.datasets.size(); ++d) {
    const Manifest& m = s.datasets[d];
    PEDIGREE_TRY(verify_manifest(m));
    PEDIGREE_CHECK(manifest_fields, m.features == s.model.features, d);
    PEDIGREE_CHECK(manifest_fields, m.labels == loss->label_columns(s.model), d);
    PEDIGREE_CHECK(manifest_fields, m.input_bits <= s.model.input_bits, d);
    PEDIGREE_CHECK(manifest_fields, m.profile == s.profile, d);
    PEDIGREE_CHECK(manifest_fields, m.schema == s.datasets[0].schema, d);
    // One dataset twice would be one record twice.
    for (std::size_t e = 0; e < d; ++e) {
      PEDIGREE_CHECK(manifest_fields, !(s.datasets[e].content == m.content), d);
      PEDIGREE_CHECK(manifest_fields, !(s.datasets[e].root == m.root) || m.root == Digest(), d);
    }
  }
  return {};
}

Result<void> check_statement(const Statement& s) noexcept {
  PEDIGREE_CHECK(statement_range, s.kind == ClaimKind::training_run, 20);
  PEDIGREE_CHECK(statement_range, s.arithmetic == kArithmeticVersion, 21);
  PEDIGREE_CHECK(statement_range, s.profile == Profile::fast || s.profile == Profile::small, 22);
  PEDIGREE_CHECK(statement_canonical, s.publish_weights || s.weights == Digest(), 23);
  PEDIGREE_CHECK(statement_range,
                 s.optimiser.num_impulse <= kMaxImpulse && s.model.num_layers <= kMaxLayers, 24);
  PEDIGREE_TRY(check_model(s.model));
  PEDIGREE_TRY(check_datasets(s));
  PEDIGREE_TRY(check_beacon(s));
  PEDIGREE_TRY(check_segments(s));
  // Segments see their own part of it only: empty runs and runs behind the last step would be cut away unseen.
  PEDIGREE_TRY(check_optimiser(s.optimiser, s.sampling));
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

u32 num_file_roots(const Compiled& c) noexcept {
  return 2 * static_cast<u32>(c.segments.size()) + (c.committed_start ? 1 : 0) +
         static_cast<u32>(c.data.size());
}

}  // namespace

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
  shape.like = k > 0 ? &c.segments[k - 1].program : nullptr;
  PEDIGREE_LET(program, compile(s.model, segment.optimiser, shape, arena));
  segment.program = program;
  segment.plan = make_plan(segment.program, arena);
  PEDIGREE_LET(layout, make_layout(segment.program, segment.plan, s.profile, c.data.span(), arena));
  segment.layout = layout;
  const u32 log_steps = program.sizes.log_steps, log_batch = program.sizes.log_batch;
  segment.selection = Vec<u32>(arena, std::size_t{1} << (log_steps + log_batch));
  for (u32& slot : segment.selection) slot = kDeadSlot;
  mark_live_slots(
      c.sampling, segment.first_step, segment.steps, 1u << log_batch,
      std::span<u32>(segment.selection.data(), std::size_t{segment.steps} << log_batch));
  return {};
}

u32 file_root(const Compiled& c, u32 segment, u32 local) noexcept {
  const u32 n = static_cast<u32>(c.segments.size());
  if (local == kSegmentRoot) return segment;
  if (local == kEndRoot) return n + segment;
  if (local == kStartRoot) return segment == 0 ? 2 * n : n + segment - 1;
  return 2 * n + (c.committed_start ? 1 : 0) + local - kDataRoot;
}

u32 log_rows_of(const Compiled& c, u32 root) noexcept {
  const u32 n = static_cast<u32>(c.segments.size()), weights = 2 * n + (c.committed_start ? 1 : 0);
  if (root < n) return c.segments[root].layout.log_rows[kSegmentRoot];
  if (root < weights) return c.segments[0].layout.log_rows[kEndRoot];
  return c.data[root - weights].log_rows;
}

Compiled begin_compile(const Statement& s, Arena& arena) noexcept {
  Compiled c;
  c.seed = run_seed(s);
  c.sampling = s.sampling;
  c.sampling.seed = c.seed;
  c.committed_start = s.has_named_start();
  c.data = Vec<DatasetLayout>(arena);
  for (const Manifest& m : s.datasets)
    c.data.push_back(dataset_layout(m.records, m.features, m.labels, m.profile, m.opening_budget));
  c.segments = Vec<CompiledSegment>(arena, s.segments.size());
  return c;
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

Result<Compiled> compile_sizes(const Statement& s, Arena& arena) noexcept {
  PEDIGREE_TRY(check_statement(s));
  Compiled c = begin_compile(s, arena);
  for (u32 k = 0; k < c.segments.size(); ++k) PEDIGREE_TRY(compile_segment(s, c, k, arena));
  u32 tallest = min_file_log_rows(s.profile);
  for (u32 root = 0; root < num_file_roots(c); ++root)
    tallest = log_rows_of(c, root) > tallest ? log_rows_of(c, root) : tallest;
  // A small file's first root is made as tall as the parameters ask.
  u32& first = c.segments[0].layout.log_rows[kSegmentRoot];
  if (first < min_file_log_rows(s.profile)) {
    Layout& l = c.segments[0].layout;
    first = min_file_log_rows(s.profile);
    l.live_words[kSegmentRoot] =
        message_words(l, kSegmentRoot) - (u64{fresh_rows(s.profile)} << kLogRootColumns);
  }
  c.opening = opening_parameters(s.profile, tallest, num_file_roots(c));
  if (c.opening.num_levels == 0) return refuse(Check::statement_size, 0);
  c.opening.log_first = first;
  return c;
}

u32 proof_security(const Compiled& c, std::span<SecurityTerm> out) noexcept {
  const double field_bits = kDegree * std::log2(static_cast<double>(kModulus));
  // Claims about the segments' roots rest on a list of codewords until the opening settles them.
  const double list = root_list_bits(c.opening);
  u32 n = 0;
  const auto add = [&](const char* name, u32 index, double numerator) noexcept {
    out[n++] = {name, index, field_bits - list - std::log2(numerator), 0};
  };
  const auto count = [](std::size_t x) noexcept { return static_cast<double>(x); };
  // Numerators summed over the segments: their union.
  double lookups = 0, layers = 0, zeros = 0, contractions = 0, weights = 0, products = 0, gates = 0;
  for (const CompiledSegment& s : c.segments) {
    const Plan& plan = s.plan;
    lookups += 3 * (std::ldexp(1.0, static_cast<int>(plan.log_lookups)) + 1);
    for (u32 k = 0; k < plan.log_lookups; ++k) layers += 2.0 * k + 2;
    zeros += plan.log_lookups;
    const double claims = count(plan.weight_claims.size()),
                 operands = 2 * claims * count(s.program.updates.size());
    const double equations = plan.log_lookups + 6.0 + count(s.program.zeros.size()) +
                             count(plan.contractions.size()) + count(plan.operands.size()) +
                             operands + s.layout.num_roots + 3 * count(s.program.parameters.size());
    contractions += 3.0 * plan.contraction_rounds + count(plan.contractions.size());
    weights += 3.0 * plan.weight_rounds + claims + 2 * kMaxPointVariables;
    products += 3.0 * plan.product_rounds + count(plan.leaf_virtuals.size()) +
                count(plan.contractions.size()) + operands;
    gates += equations + 3.0 * plan.gate_rounds + 2;
  }
  add("lookups", 0, lookups);
  add("lookup tree", 0, layers);
  add("zero tensors", 0, zeros);
  add("contractions", 0, contractions);
  add("weights", 0, weights);
  add("products", 0, products);
  add("gates", 0, gates);
  add("chain", 0, count(c.segments.size()));
  double words = 0;
  for (u32 root = static_cast<u32>(c.segments.size()); root < num_file_roots(c); ++root)
    words += std::ldexp(1.0, static_cast<int>(log_rows_of(c, root) + kLogRootColumns));
  out[n++] = {"out-of-domain answers", 0, field_bits - 2 * list + 1 - std::log2(words), 0};
  return n + opening_security(c.opening, out.subspan(n));
}

SegmentPublic public_of(const Statement& s, const Compiled& c, u32 k,
                        const Digest& segment_root) noexcept {
  const CompiledSegment& segment = c.segments[k];
  SegmentPublic p;
  p.program = &segment.program;
  p.plan = &segment.plan;
  p.layout = &segment.layout;
  p.optimiser = &segment.optimiser;
  p.seed = c.seed;
  p.selection = segment.selection.span();
  p.first = segment.first;
  p.committed_start = !segment.first || c.committed_start;
  p.show_start = segment.first && s.has_named_start();
  p.publish_weights = segment.last && s.publish_weights;
  const auto set = [&](u32 root, const Digest& digest, const K& answer) noexcept {
    p.roots[root] = digest;
    p.answers[root] = answer;
  };
  p.roots[kSegmentRoot] = segment_root;
  set(kEndRoot, s.segments[k].end.root, s.segments[k].end.answer);
  const RootStatement& start = k == 0 ? s.start : s.segments[k - 1].end;
  set(kStartRoot, start.root, start.answer);
  for (u32 d = 0; d < s.datasets.size(); ++d)
    set(kDataRoot + d, s.datasets[d].root, s.datasets[d].answer);
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

Identities identities_of(const Statement& s, const Compiled& c, Arena& arena) noexcept {
  Identities out;
  out.datasets = Vec<Digest>(arena);
  for (u32 d = 0; d < s.datasets.size(); ++d) {
    const Manifest& m = s.datasets[d];
    Keccak256 data = begin_identity("pedigree dataset v3", {m.root, m.answer}, c.data[d].answer_pad,
                                    s.profile, c.data[d].log_rows);
    data.update(m.custodian.bytes);
    hash_words(data, {m.records, m.features, m.labels});
    out.datasets.push_back(data.finish());
  }
  const CompiledSegment& last = c.segments[c.segments.size() - 1];
  const auto weights = [&](const RootStatement& root) noexcept {
    Keccak256 h = begin_identity("pedigree weights v2", root, last.layout.answer_pad[kEndRoot],
                                 s.profile, last.layout.log_rows[kEndRoot]);
    for (const Parameter& w : last.program.parameters) hash_words(h, {w.in, w.out});
    return h.finish();
  };
  out.weights = weights(s.segments[s.segments.size() - 1].end);
  if (s.has_named_start()) out.start = weights(s.start);
  return out;
}

namespace {

// The linear forms of all segments, joined by powers of zeta. They are evaluated last, and only then are the records put in order:
// that is most of a verifier's work, and a file must have come that far to cost it.
class ChainWeights final : public WeightEvaluator {
 public:
  ChainWeights(Compiled& c, const K& zeta, Arena& arena) noexcept
      : c_(c), zeta_(zeta), forms_(arena), arena_(arena) {}
  void add(const MaskedChannel& channel, const FormClaim& claim, u32 segment) noexcept {
    forms_.push_back(
        {channel.keys().span(), claim.form.span(), c_.segments[segment].selection.span()});
  }
  K weight_at(u32 root, std::span<const K> columns, std::span<const K> rows) noexcept override {
    if (!selected_) select_records(c_, arena_);
    selected_ = true;
    const std::size_t mark = arena_.mark();
    Vec<K> point(arena_, columns);
    for (const K& x : rows) point.push_back(x);
    K sum, power(kOne);
    for (u32 k = 0; k < forms_.size(); ++k, power *= zeta_) {
      const Form& form = forms_[k];
      for (u32 local = 0; local < c_.segments[k].layout.num_roots; ++local) {
        if (local == kStartRoot && k == 0 && !c_.committed_start) continue;
        if (file_root(c_, k, local) != root) continue;
        FormWeights weights(form.keys, form.terms, form.selection, arena_);
        sum += power * weights.weight_at(local, point.span());
      }
    }
    arena_.release(mark);
    return sum;
  }

 private:
  struct Form {
    std::span<const FormKey> keys;
    std::span<const FormTerm> terms;
    std::span<const u32> selection;
  };
  Compiled& c_;
  K zeta_;
  Vec<Form> forms_;
  Arena& arena_;
  bool selected_ = false;
};

Digest root_digest(const Statement& s, const Compiled& c, std::span<const Digest> own,
                   u32 root) noexcept {
  const u32 n = static_cast<u32>(own.size());
  if (root < n) return own[root];
  if (root < 2 * n) return s.segments[root - n].end.root;
  if (c.committed_start && root == 2 * n) return s.start.root;
  return s.datasets[root - 2 * n - (c.committed_start ? 1 : 0)].root;
}

// The segments of a chain, each in a conversation of its own, then the one opening.
Result<void> verify_chain(Compiled& c, std::span<const u8> statement, Verified& verified,
                          VerifierTranscript& transcript, Arena& arena) noexcept {
  const Statement& s = verified.statement;
  const u32 n = static_cast<u32>(c.segments.size());
  Vec<Digest> own(arena, n), states(arena, n);
  Vec<FormClaim> claims(arena, n);
  Vec<MaskedChannel*> channels(arena, n);
  for (u32 k = 0; k < n; ++k) {
    bind_segment(transcript, statement, k);
    PEDIGREE_LET(segment_root, transcript.receive_digest("segment"));
    own[k] = segment_root;
    const SegmentPublic segment = public_of(s, c, k, segment_root);
    const u32 num_pads = c.segments[k].plan.num_pads;
    channels[k] = new (
        arena.allocate<std::aligned_storage_t<sizeof(MaskedChannel), alignof(MaskedChannel)>>(1))
        MaskedChannel(transcript, c.segments[k].layout, num_pads, arena);
    PEDIGREE_LET(shown, verify_segment(*channels[k], segment, arena));
    PEDIGREE_LET(claim, verify_gates(*channels[k]));
    PEDIGREE_CHECK(pads_exhausted, channels[k]->pads_used() == num_pads, k);
    claims[k] = claim;
    states[k] = transcript.chain().state();
    if (k == 0) verified.start = shown.start;
    if (k + 1 == n) verified.published = shown.published;
  }
  bind_chain(transcript, statement, states.span());
  const K zeta = transcript.challenge("zeta");
  ChainWeights weights(c, zeta, arena);
  K value, power(kOne);
  for (u32 k = 0; k < n; ++k, power *= zeta) {
    weights.add(*channels[k], claims[k], k);
    value += power * claims[k].value;
  }
  Vec<OpenedRoot> roots(arena);
  for (u32 root = 0; root < num_file_roots(c); ++root)
    roots.push_back({log_rows_of(c, root), root_digest(s, c, own.span(), root)});
  PEDIGREE_TRY(verify_opening(roots.span(), value, weights, c.opening, transcript, arena));
  return transcript.finish();
}

}  // namespace

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
  PEDIGREE_TRY(verify_chain(compiled, parsed.statement_bytes, verified, transcript, arena));
  verified.use = use_of(parsed.statement, compiled, arena);
  verified.parameters = compiled.segments[0].program.parameters;
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
