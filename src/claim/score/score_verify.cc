#include <sodium/crypto_sign.h>

#include "claim/describe.h"
#include "claim/score/score.h"
#include "op/op.h"
#include "op/rescale/rescale.h"
#include "proof/policy.h"

namespace pedigree {

namespace {

// ---- statement -----------------------------------------------------------------------------------------------------

Result<void> check_value(const ScoreStatement& s) noexcept {
  const u64 limit = s.metric == Metric::confusion ? 0
                    : s.metric == Metric::correct ? s.samples()
                                                  : (u64{1} << kMaxErrorBits) - 1;
  if (s.metric == Metric::confusion)
    PEDIGREE_CHECK(statement_canonical, s.value == 0, 75);
  else
    PEDIGREE_CHECK(statement_range, s.value <= limit, 75);
  const std::size_t stated =
      s.metric == Metric::confusion ? std::size_t{s.classes()} * s.classes() : 0;
  PEDIGREE_CHECK(statement_range, s.confusion.size() == stated, 76);
  return {};
}

Result<void> check_draw(const ScoreStatement& s) noexcept {
  const Beacon& b = s.beacon;
  PEDIGREE_CHECK(statement_range, s.drawn == 0 || !b.source.empty(), 77);
  bool zero = b.source.empty() && b.round == 0 && b.value == Digest();
  for (const u8 byte : b.signature) zero = zero && byte == 0;
  PEDIGREE_CHECK(statement_canonical, s.drawn != 0 || zero, 77);
  return {};
}

Result<void> check_ticket_fields(const ScoreStatement& s) noexcept {
  if (!s.test.is_declared()) {
    PEDIGREE_CHECK(statement_range, s.ticket_number >= 1, 78);
    // Tickets are counted by an owner that is known.
    PEDIGREE_CHECK(statement_range, s.test.among.empty(), 80);
    return {};
  }
  PEDIGREE_CHECK(statement_canonical, s.ticket_number == 0, 78);
  u8 any = 0;
  for (const u8 byte : s.ticket) any |= byte;
  PEDIGREE_CHECK(statement_canonical, any == 0, 79);
  return {};
}

Result<void> check_statement(const ScoreStatement& s, std::span<const Manifest> datasets) noexcept {
  PEDIGREE_TRY(check_weights_statement(s.weights));
  const Model& m = s.weights.model;
  const bool classifies = m.loss != Loss::mean_squared;
  PEDIGREE_CHECK(statement_range,
                 classifies ? s.metric == Metric::correct || s.metric == Metric::confusion
                            : s.metric == Metric::squared_error,
                 70);
  PEDIGREE_CHECK(statement_range, s.exact || s.metric != Metric::confusion, 71);
  PEDIGREE_CHECK(statement_range, !classifies || s.classes() <= kMaxClasses, 72);
  PEDIGREE_TRY(check_manifests(m, s.weights.profile, datasets));
  PEDIGREE_CHECK(statement_range, s.drawn <= s.test.records, 73);
  PEDIGREE_CHECK(statement_range, s.samples() <= kMaxScored, 74);
  PEDIGREE_TRY(check_value(s));
  PEDIGREE_TRY(check_draw(s));
  return check_ticket_fields(s);
}

Result<void> check_ticket(const ScoreStatement& s, const Digest& weights) noexcept {
  if (s.test.is_declared()) return {};
  const Digest digest = ticket_digest(s.test.content, weights, s.ticket_number);
  PEDIGREE_CHECK(score_ticket,
                 crypto_sign_verify_detached(s.ticket, digest.bytes, sizeof digest.bytes,
                                             s.test.custodian.bytes) == 0,
                 0);
  return {};
}

// ---- program -------------------------------------------------------------------------------------------------------

// One bit a class: 1 in the class of the largest score, the first of equal ones.
TensorId first_largest(Builder& b, const Model& m, TensorId q) noexcept {
  const u32 classes = m.outputs, log_classes = ceil_log2(classes),
            bits = m.range_bits + log_classes + 3;
  Vec<Term> terms(b.arena());
  terms.push_back({i64{1} << log_classes, q});
  for (u32 f = 1; f < classes; ++f)
    terms.push_back({1, b.live(Domain::samples, f, 1, 0, log_classes)});
  const TensorId key = b.affine(terms.span(), 0);
  const TensorId most =
      b.committed(Advice::maximum, Domain::samples, 1, key, 0, 0, 0, u128{1} << bits);
  const TensorId below = b.affine({{1, b.broadcast(most, classes, log_classes)}, {-1, key}}, 0);
  b.range_check(below, bits);
  const TensorId p =
      b.committed(Advice::first_zero, Domain::samples, classes, below, 0, 0, 0, u128{1});
  b.range_check(p, 1);
  b.zero(b.affine({{1, b.feature_sum(p, classes)}}, -1));
  b.zero(b.product(p, below));
  return p;
}

class ScoreProgram {
 public:
  ScoreProgram(const ScoreStatement& s, std::span<const Manifest> datasets, Arena& arena) noexcept
      : s_(s), m_(s.weights.model), datasets_(datasets), shows_(arena), arena_(arena) {}

  Result<CompiledScore> compile(const Sampling* order) noexcept {
    Vec<u32> records(arena_);
    for (const Manifest& m : datasets_) records.push_back(m.records);
    ForwardShape shape;
    shape.samples = s_.samples();
    shape.weight_bits = s_.weights.weight_bits;
    shape.show_weights = s_.weights.shows_range;
    shape.records = records.span();
    ForwardCompiler forward(m_, shape, arena_);
    Builder& b = forward.builder();
    const TensorId q = forward.scores(data(forward));
    const TensorId y = b.gather(1);
    if (m_.loss == Loss::cross_entropy) classes(first_largest(b, m_, q), y);
    if (m_.loss == Loss::logistic) PEDIGREE_TRY(bits(b, q, y));
    if (m_.loss == Loss::mean_squared) errors(b, q, y);
    PEDIGREE_TRY(hide(b));
    keep_apart(b);
    PEDIGREE_LET(program, forward.finish());
    PEDIGREE_LET(file,
                 compile_claim({s_.weights.profile, &s_.weights, datasets_, shows_.span(), order},
                               program, arena_));
    return CompiledScore{file, hidden_};
  }

 private:
  // The datasets, and the inputs of the slots.
  TensorId data(ForwardCompiler& forward) noexcept {
    Builder& b = forward.builder();
    const op::LossRules& loss = *op::rules_of(m_.loss);
    for (u32 d = 0; d < datasets_.size(); ++d) {
      b.data(d, false, m_.features, u128{1} << m_.input_bits);
      b.data(d, true, loss.label_columns(m_), loss.label_bound(m_));
    }
    if (s_.test.is_declared())
      b.range_check(b.affine({{1, 0}}, i64{1} << m_.input_bits), m_.input_bits + 1);
    loss.check_labels(forward.compiler(), 1);
    return b.gather(0);
  }

  Show& tally(TensorId x, TensorId y) noexcept {
    Show show;
    show.kind = Show::Kind::tally;
    show.tensor = x;
    show.other = y;
    shows_.push_back(show);
    return shows_.back();
  }
  // constant = scale * value + offset, and so much of what is hidden.
  void state(Show& show, i64 scale, i64 offset, i64 coef) noexcept {
    show.constant = scale * static_cast<i64>(s_.value) + offset;
    show.coef = s_.exact ? 0 : coef;
  }

  void classes(TensorId p, TensorId y) noexcept {
    Show& show = tally(y, p);
    if (s_.metric == Metric::correct) return state(show, 1, 0, 1);
    show.is_matrix = true;
    show.matrix = s_.confusion.span();
  }

  Result<void> bits(Builder& b, TensorId q, TensorId y) noexcept {
    const u32 range = m_.range_bits;
    const TensorId p = op::rescale(b, b.affine({{1, q}}, (i64{2} << range) - 1), range + 2, 0);
    b.range_check(p, 1);
    const TensorId ones = b.live(Domain::samples, 1, 1);
    if (s_.metric == Metric::correct) {
      const TensorId x = b.affine({{2, y}, {-1, ones}}, 0), sign = b.affine({{2, p}}, -1);
      state(tally(x, sign), 2, -i64{s_.samples()}, 2);
      return {};
    }
    const TensorId not_y = b.affine({{1, ones}, {-1, y}}, 0), not_p = b.affine({{-1, p}}, 1);
    const TensorId pairs[4][2] = {{not_y, not_p}, {not_y, p}, {y, not_p}, {y, p}};
    for (u32 i = 0; i < 4; ++i) tally(pairs[i][0], pairs[i][1]).constant = s_.confusion[i];
    return {};
  }

  void errors(Builder& b, TensorId q, TensorId y) noexcept {
    const TensorId error = b.affine({{1, q}, {-1, y}}, 0);
    state(tally(error, error), 1, 0, -1);
  }

  // What lies between the stated bound and the number.
  Result<void> hide(Builder& b) noexcept {
    const u32 bits = hidden_bits(s_);
    PEDIGREE_CHECK(bound, bits <= kMaxErrorBits, m_.num_layers);
    if (s_.exact) return {};
    hidden_ = b.cells(1, u128{1} << bits);
    b.range_check(hidden_, bits);
    for (Show& show : shows_) show.hidden = hidden_;
    return {};
  }

  // All rows of the training sets on one side, all of the test set on the other.
  void keep_apart(Builder& b) noexcept {
    if (datasets_.size() == 1) return;
    Vec<RowsOf> training(arena_), test(arena_);
    u32 rows = 0;
    for (u32 d = 1; d < datasets_.size(); ++d) {
      training.push_back({2 * d, {}});
      rows += datasets_[d].records;
    }
    test.push_back({0, {}});
    Show show;
    show.kind = Show::Kind::apart;
    show.sides[0] = training.span();
    show.sides[1] = test.span();
    show.u = b.cells(datasets_[0].records);
    show.v = b.cells(rows);
    shows_.push_back(show);
  }

  const ScoreStatement& s_;
  const Model& m_;
  std::span<const Manifest> datasets_;
  Vec<Show> shows_;
  TensorId hidden_ = 0;
  Arena& arena_;
};

// ---- rules ---------------------------------------------------------------------------------------------------------

Vec<Manifest> datasets_of(const ScoreStatement& s, Arena& arena) noexcept {
  Vec<Manifest> all(arena);
  all.push_back(s.test);
  for (const Manifest& m : s.training) all.push_back(m);
  return all;
}

VerifiedClaim facts(const ScoreStatement& s, Arena& arena) noexcept {
  VerifiedClaim v;
  v.kind = s.kind;
  v.weights = s.weights;
  v.context = s.context;
  v.rests_on_run = !s.training.empty();  // by itself these are datasets that somebody wrote down
  v.own = new (
      arena.allocate<std::aligned_storage_t<sizeof(ScoreStatement), alignof(ScoreStatement)>>(1))
      ScoreStatement(s);
  return v;
}

const ScoreStatement& own(const VerifiedClaim& v) noexcept {
  return *static_cast<const ScoreStatement*>(v.own);
}

Result<ScoreStatement> parse(std::span<const u8> bytes, Arena& arena) noexcept {
  return decode_statement<ScoreStatement>(bytes, arena,
                                          [](auto& io, auto& s) noexcept { visit_score(io, s); });
}

std::size_t memory_of(const ScoreStatement& s, u64 datasets, u64 records) noexcept {
  const u64 samples = s.samples() < kMaxScored ? s.samples() : kMaxScored;
  constexpr std::size_t kClasses = std::size_t{4} << 20;
  return forward_memory(s.weights.model, samples, datasets + 1, records + s.test.records) +
         kClasses;
}

std::size_t memory(std::span<const u8> statement) noexcept {
  ScoreStatement s;
  Peek<ManifestSizes> io(statement);
  visit_score(io, s);
  return io.is_short() ? 0
                       : memory_of(s, io.sizes.datasets, io.sizes.records) + 16 * statement.size();
}

Result<VerifiedClaim> read(std::span<const u8> statement, Arena& arena) noexcept {
  PEDIGREE_LET(s, parse(statement, arena));
  return facts(s, arena);
}

Result<VerifiedClaim> verify(const FileParts& file, Arena& arena) noexcept {
  PEDIGREE_LET(s, parse(file.statement, arena));
  VerifiedClaim v = facts(s, arena);
  PEDIGREE_LET(compiled, compile_score(s, arena));
  PEDIGREE_TRY(verify_compiled(compiled.file, file, {}, v, arena));
  return v;
}

Digest identity_of(const Manifest& m) noexcept {
  return dataset_identity(
      m, dataset_layout(m.records, m.features, m.labels, m.profile, m.opening_budget));
}

Result<void> link(const Verified& run, const VerifiedClaim& claim) noexcept {
  PEDIGREE_TRY(verify_weights_link(run, claim));
  const ScoreStatement& s = own(claim);
  PEDIGREE_CHECK(claim_data, s.test.schema == run.statement.datasets[0].schema, 0);
  const Vec<Digest>& datasets = run.identities.datasets;
  if (!s.training.empty()) {
    PEDIGREE_CHECK(claim_data, s.training.size() == datasets.size(), 1);
    for (u32 d = 0; d < datasets.size() && d < s.training.size(); ++d)
      PEDIGREE_CHECK(claim_data, identity_of(s.training[d]) == datasets[d], 2 + d);
  }
  PEDIGREE_CHECK(policy_test, !claim.asks_named || names_test(run.statement, s.test), 4);
  return {};
}

void describe_score(const VerifiedClaim& v, pedigree_claim& out, Arena& arena) noexcept {
  const ScoreStatement& s = own(v);
  const Model& m = s.weights.model;
  describe(s.beacon, out);
  describe(s.training.span(), {}, out, arena);
  auto* score = arena.allocate<pedigree_score>(1);
  *score = pedigree_score();
  score->metric = static_cast<u32>(s.metric);
  score->is_exact = s.exact;
  score->value = s.value;
  const u32 last = m.num_layers < kMaxLayers ? m.num_layers : kMaxLayers;
  score->frac = last > 0 ? m.layers[last - 1].frac_q : 0;
  score->classes = s.metric == Metric::squared_error ? 0 : s.classes();
  // Of a claim that was only read, the list may have any length.
  if (s.metric == Metric::confusion &&
      s.confusion.size() == std::size_t{score->classes} * score->classes)
    score->confusion = s.confusion.data();
  score->samples = s.samples();
  score->drawn = s.drawn != 0;
  score->ticket = s.ticket_number;
  score->test = describe(s.test, arena);
  score->test_manifest = describe(manifest_digest(s.test));
  score->apart_from = static_cast<u32>(s.training.size());
  out.score = score;
}

void describe_link(const Verified& run, const VerifiedClaim& v, pedigree_claim& out) noexcept {
  // Ours, in the caller's memory.
  const_cast<pedigree_score*>(out.score)->named_by_run = names_test(run.statement, own(v).test);
}

Result<void> judge(const pedigree_policy& p, VerifiedClaim& claim) noexcept {
  const ScoreStatement& s = own(claim);
  PEDIGREE_CHECK(policy_test,
                 p.num_test_keys == 0 || is_signed_by(s.test, p.test_keys, p.num_test_keys), 0);
  PEDIGREE_CHECK(policy_test, s.samples() >= p.min_tests, 1);
  PEDIGREE_CHECK(policy_test,
                 p.max_ticket == 0 || (s.ticket_number >= 1 && s.ticket_number <= p.max_ticket), 2);
  PEDIGREE_CHECK(policy_test, p.test_apart == 0 || !s.training.empty(), 3);
  PEDIGREE_TRY(check_validity(p, s.test, 0));
  if (s.drawn != 0) PEDIGREE_TRY(check_beacon(p, s.beacon));
  const bool drawn = s.drawn != 0 && is_named(p, s.beacon);
  // Neither by the claim alone: the run may name it.
  claim.asks_named = p.test_fixed != 0 && !drawn;
  claim.rests_on_run = claim.rests_on_run || claim.asks_named;
  return {};
}

}  // namespace

const ClaimRules kScore{ClaimKind::score, "evaluation", memory,       read, verify, link, judge,
                        describe_score,   nullptr,      describe_link};

Digest ticket_digest(const Digest& content, const Digest& weights, u32 number) noexcept {
  DigestEncoder e("pedigree ticket v1");
  e("content", content);
  e("weights", weights);
  e("number", number);
  return e.finish();
}

u64 draw_seed(const ScoreStatement& s, const Digest& weights) noexcept {
  DigestEncoder e("pedigree draw v1");
  e("weights", weights);
  e("root", s.test.root);
  e.list("source", s.beacon.source, 0,
         [](auto& inner, const u8& byte) noexcept { inner("byte", byte); });
  e("round", s.beacon.round);
  e("value", s.beacon.value);
  const Digest digest = e.finish();
  u64 seed = 0;
  std::memcpy(&seed, digest.bytes, sizeof seed);
  return seed;
}

u32 hidden_bits(const ScoreStatement& s) noexcept {
  const Model& m = s.weights.model;
  if (s.metric != Metric::squared_error) return ceil_log2(u64{s.samples()} + 1);
  // |q - y| < 2^(R + 3).
  return ceil_log2(u64{s.samples()} * m.outputs) + 2 * m.range_bits + 6;
}

std::size_t score_memory(const ScoreStatement& s) noexcept {
  u64 records = 0;
  for (const Manifest& m : s.training) records += m.records;
  return memory_of(s, s.training.size(), records);
}

bool names_test(const Statement& run, const Manifest& test) noexcept {
  constexpr char kDigits[] = "0123456789abcdef";
  const Digest digest = manifest_digest(test);
  u8 text[64];
  for (u32 i = 0; i < 32; ++i) {
    text[2 * i] = static_cast<u8>(kDigits[digest.bytes[i] >> 4]);
    text[2 * i + 1] = static_cast<u8>(kDigits[digest.bytes[i] & 15]);
  }
  const Vec<u8>& context = run.context.text;
  for (std::size_t at = 0; at + sizeof text <= context.size(); ++at)
    if (std::memcmp(context.data() + at, text, sizeof text) == 0) return true;
  return false;
}

Result<CompiledScore> compile_score(const ScoreStatement& s, Arena& arena) noexcept {
  const Vec<Manifest> datasets = datasets_of(s, arena);
  PEDIGREE_TRY(check_statement(s, datasets.span()));
  Sampling order;
  order.records = s.test.records;
  order.batch = s.drawn;
  order.steps = 1;
  PEDIGREE_LET(compiled,
               ScoreProgram(s, datasets.span(), arena).compile(s.drawn != 0 ? &order : nullptr));
  const Digest weights = weights_identity(s.weights, compiled.file);
  if (s.drawn != 0) compiled.file.seed = compiled.file.sampling.seed = draw_seed(s, weights);
  PEDIGREE_TRY(check_ticket(s, weights));
  return compiled;
}

}  // namespace pedigree
