// Evaluations that are refused: false numbers, each constraint of the program broken alone, altered and hostile statements.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "harness/score_case.h"
#include "harness/statement_fields.h"
#include "harness/verdict.h"

namespace pedigree::harness {
namespace {

constexpr Seed kOwner{3};
constexpr const char* kCases[] = {"small", "logistic", "regression"};

ProveOptions unchecked() {
  ProveOptions options;
  options.verify_own = false;
  return options;
}

// Proven anew with every number next to the true one.
TEST(Score, AFalseNumberIsRefused) {
  for (const char* name : kCases) {
    const ClaimCase& model = claim_case(name);
    ScoreCase c(model);
    const ScoreInput input = c.input();
    const Score truth = prove_score(model.weights, input, {});
    const bool regression = input.metric == Metric::squared_error;
    const auto verdict = [&](u64 value, bool exact, u64 hidden) {
      ScoreStatement s = c.statement(input, model.weights);
      s.value = value;
      s.exact = exact;
      ProveOptions options = unchecked();
      options.check_lookups = false;
      return file_verdict(prove_score_statement(model.weights, s, hidden, input, options).bytes);
    };
    EXPECT_EQ(verdict(truth.value, true, 0), "accepted");
    EXPECT_NE(verdict(truth.value + 1, true, 0), "accepted");
    EXPECT_NE(verdict(truth.value - 1, true, 0), "accepted");
    const u64 beyond = regression ? truth.value - 1 : truth.value + 1;
    EXPECT_NE(verdict(beyond, false, 0), "accepted");
    // What is hidden is not negative.
    EXPECT_NE(verdict(beyond, false, kModulus - 1), "accepted");
    if (regression) continue;
    ScoreInput matrix = c.input();
    matrix.metric = Metric::confusion;
    for (std::size_t i = 0; i < truth.confusion.size(); ++i) {
      ScoreStatement s = c.statement(matrix, model.weights);
      std::copy(truth.confusion.begin(), truth.confusion.end(), s.confusion.begin());
      ++s.confusion[i];
      EXPECT_NE(file_verdict(prove_score_statement(model.weights, s, 0, matrix, unchecked()).bytes),
                "accepted");
    }
  }
}

// A prover that gives a record another class than the model does.
TEST(Score, AnotherClassThanTheLargestScoreIsRefused) {
  for (const char* name : {"small", "logistic"}) {
    const ClaimCase& model = claim_case(name);
    ScoreCase c(model);
    const ScoreInput input = c.input();
    const Score truth = prove_score(model.weights, input, {});
    ASSERT_LT(truth.value, 11u);
    ScoreStatement s = c.statement(input, model.weights);
    s.value = truth.value + 1;
    ProveOptions options = unchecked();
    options.check_lookups = false;
    options.tamper = [&](const SegmentPublic& segment, Witness& w) {
      const Program& p = *segment.program;
      const u32 log_batch = p.sizes.log_batch;
      // The bits of the classes, the last committed tensor of the samples; the first record that is wrong gets its label.
      TensorId bits = 0;
      for (TensorId t = 0; t < p.tensors.size(); ++t)
        if (p.tensors[t].kind == TensorKind::committed && p.tensors[t].domain == Domain::samples &&
            (p.tensors[t].advice == Advice::first_zero ||
             (p.tensors[t].advice == Advice::rescale && name == std::string("logistic"))))
          bits = t;
      F* const cells = w.messages[kSegmentRoot].data() + segment.layout->tensors[bits].offset;
      const u32 columns = p.tensors[bits].features;
      for (u32 n = 0; n < 11; ++n) {
        bool right = true;
        for (u32 j = 0; j < columns; ++j)
          right = right && cells[(j << log_batch) + n] == F::from_int(c.labels()[n * columns + j]);
        if (right) continue;
        for (u32 j = 0; j < columns; ++j)
          cells[(j << log_batch) + n] = F::from_int(c.labels()[n * columns + j]);
        return;
      }
    };
    EXPECT_NE(file_verdict(prove_score_statement(model.weights, s, 0, input, options).bytes),
              "accepted");
  }
}

// ---- one constraint of the program broken at a time ---------------------------------------------------------------

// The committed tensor over samples with this advice that was made last.
TensorId last_of(const Program& p, Advice advice) {
  TensorId found = 0;
  for (TensorId t = 0; t < p.tensors.size(); ++t)
    if (p.tensors[t].kind == TensorKind::committed && p.tensors[t].domain == Domain::samples &&
        p.tensors[t].advice == advice)
      found = t;
  return found;
}
F* cells_of(const SegmentPublic& segment, Witness& w, TensorId t) {
  return w.messages[kSegmentRoot].data() + segment.layout->tensors[t].offset;
}

// The verdict on a count that differs from the true one by `change`, of a prover whose trace was bent.
std::string bent(const char* name, i64 change,
                 const std::function<void(ScoreCase&, const SegmentPublic&, Witness&)>& tamper) {
  const ClaimCase& model = claim_case(name);
  ScoreCase c(model);
  const ScoreInput input = c.input();
  ScoreStatement s = c.statement(input, model.weights);
  s.value = prove_score(model.weights, input, {}).value + static_cast<u64>(change);
  ProveOptions options = unchecked();
  options.check_lookups = false;
  options.tamper = [&](const SegmentPublic& segment, Witness& w) { tamper(c, segment, w); };
  return file_verdict(prove_score_statement(model.weights, s, 0, input, options).bytes);
}

// p names the label's class, and what should be the largest score is that of this class: only d is negative.
TEST(Score, AMaximumBelowAScoreIsRefused) {
  EXPECT_NE(bent("small", 1,
                 [](ScoreCase& c, const SegmentPublic& segment, Witness& w) {
                   const Program& p = *segment.program;
                   const TensorId bits = last_of(p, Advice::first_zero),
                                  most = last_of(p, Advice::maximum);
                   TensorValues values(segment, w);
                   const std::span<const F> key = values.get(p.tensors[most].a);
                   const std::size_t n = std::size_t{1} << p.sizes.log_batch;
                   for (u32 i = 0; i < 11; ++i)
                     for (u32 j = 0; j < 3; ++j) {
                       F* const mine = cells_of(segment, w, bits) + i;
                       if (c.labels()[i * 3 + j] == 0 || mine[j * n] == F(1)) continue;
                       for (u32 k = 0; k < 3; ++k) mine[k * n] = F(k == j);
                       cells_of(segment, w, most)[i] = key[j * n + i];
                       return;
                     }
                 }),
            "accepted");
}

// No class at all, for a record that was right: only the sum of the bits is not 1.
TEST(Score, ARecordWithoutAClassIsRefused) {
  EXPECT_NE(bent("small", -1,
                 [](ScoreCase& c, const SegmentPublic& segment, Witness& w) {
                   const Program& p = *segment.program;
                   F* const cells = cells_of(segment, w, last_of(p, Advice::first_zero));
                   for (u32 i = 0; i < 11; ++i)
                     for (u32 j = 0; j < 3; ++j) {
                       F& bit = cells[(std::size_t{j} << p.sizes.log_batch) + i];
                       if (c.labels()[i * 3 + j] == 0 || bit != F(1)) continue;
                       bit = F();
                       return;
                     }
                 }),
            "accepted");
}

// Every remainder in its range, and quotients that are fractions modulo p: together one more is right. Only the range of the
// quotient stands against it.
TEST(Score, AFractionOfAClassIsRefused) {
  bool complete = false;
  EXPECT_NE(bent("logistic", 1,
                 [&](ScoreCase& c, const SegmentPublic& segment, Witness& w) {
                   const Program& p = *segment.program;
                   const TensorId bits = last_of(p, Advice::rescale);
                   const u32 s = p.tensors[bits].p;
                   TensorValues values(segment, w);
                   const std::span<const F> z = values.get(p.tensors[bits].a);
                   F* const cells = cells_of(segment, w, bits);
                   i64 missing = i64{1} << s;
                   for (u32 i = 0; i < 11; ++i) {
                     const i64 rest =
                         z[i].to_int() - (cells[i].to_int() << s) + (i64{1} << (s - 1));
                     const bool one = c.labels()[i] == 1;
                     const i64 most = one ? rest : (i64{1} << s) - 1 - rest;
                     const i64 part = std::min(missing, most);
                     missing -= part;
                     cells[i] += inverse_pow2(s) * F::from_int(one ? part : -part);
                   }
                   complete = missing == 0;
                   // The limbs of the remainders follow.
                   TensorValues after(segment, w);
                   for (TensorId t = bits + 1; t < p.tensors.size(); ++t) {
                     const Tensor& x = p.tensors[t];
                     if (x.kind != TensorKind::committed || x.advice != Advice::limb ||
                         x.domain != Domain::samples)
                       continue;
                     const std::span<const F> from = after.get(x.a);
                     for (std::size_t i = 0; i < from.size(); ++i)
                       cells_of(segment, w, t)[i] = F(from[i].v & ((u64{1} << x.p) - 1));
                   }
                 }),
            "accepted");
  EXPECT_TRUE(complete);
}

// Labels that are no classes, and inputs beyond their range: the proof shows the first of all test sets, the second of those
// that nobody signed.
TEST(Score, CellsOfTheTestSetAreChecked) {
  const ClaimCase& model = claim_case("small");
  const auto verdict = [&](ScoreCase& c) {
    ProveOptions options = unchecked();
    options.check_lookups = false;
    return file_verdict(prove_score(model.weights, c.input(), options).proof.bytes);
  };
  for (const bool is_signed : {false, true}) {
    ScoreOptions o;
    if (is_signed) o.signed_by = kOwner;
    ScoreCase labels(model, o), inputs(model, o), honest(model, o);
    EXPECT_EQ(verdict(honest), "accepted");
    labels.set_label(4, 0, 1);
    labels.set_label(4, 1, 1);
    labels.set_label(4, 2, 0);
    EXPECT_NE(verdict(labels), "accepted");
    // A feature of no weight: nothing else leaves a range.
    const CommittedWeights zero = zero_weights(model);
    inputs.set_input(2, 0, 1 << model.job.statement.model.input_bits);
    ProveOptions options = unchecked();
    options.check_lookups = false;
    const std::string found =
        file_verdict(prove_score(zero, inputs.input(zero), options).proof.bytes);
    EXPECT_EQ(found == "accepted", is_signed) << found;
  }
}

// Until training sets are compared, who lists some is refused: nothing would keep them apart.
TEST(Score, ListedTrainingSetsAreNotTakenOnFaith) {
  const ClaimCase& model = claim_case("small");
  ScoreCase c(model), training(model, {.records = 11, .signed_by = {}, .content = 98});
  ScoreInput input = c.input();
  const std::vector<u8> file = prove_score(model.weights, input, {}).proof.bytes;
  input.training = {training.test()};
  const ScoreStatement s = c.statement(input, model.weights);
  OwnedArena memory(4 * score_memory(s));
  const auto compiled = compile_score(s, memory.get());
  ASSERT_TRUE(compiled.ok());
  EXPECT_EQ(compiled.value().file.segments[0].shows.back().kind, Show::Kind::apart);
  Encoder encoder;
  visit_score(encoder, s);
  EXPECT_NE(file_verdict(with_statement(file, encoder.bytes)), "accepted");
}

// A29, A34: every field of the statement is bound.
TEST(Score, EachFieldIsBound) {
  const ClaimCase& model = claim_case("small");
  ScoreCase c(model, {.records = 11, .signed_by = kOwner});
  for (const bool drawn : {false, true}) {
    ScoreInput input = c.input();
    Arena& arena = model.job.arena->get();
    for (Vec<u8>* text : {&input.context.purpose, &input.context.text}) {
      *text = Vec<u8>(arena);
      text->push_back('a');
    }
    if (drawn) c.draw(input, 4);
    if (!drawn) input.metric = Metric::confusion;
    const std::vector<u8> file = prove_score(model.weights, input, {}).proof.bytes;
    ASSERT_EQ(file_verdict(file), "accepted");
    OwnedArena memory(1 << 22);
    const auto statement_of_claim = [&] {
      ScoreStatement s;
      Decoder decoder(split_file(file).value().statement, memory.get());
      visit_score(decoder, s);
      return s;
    };
    FieldVisitor counter(~std::size_t{0}, {});
    ScoreStatement whole = statement_of_claim();
    visit_score(counter, whole);
    std::set<std::string> accepted;
    for (std::size_t field = 0; field < counter.count(); ++field)
      for (u32 way = 0; way < 3; ++way) {
        const std::size_t mark = memory.get().mark();
        ScoreStatement s = statement_of_claim();
        std::string changed;
        FieldVisitor bend(field, [&](const std::string& which, std::span<u8> bytes) {
          changed = which;
          if (way == 0) ++bytes[0];
          if (way == 1) bytes[bytes.size() - 1] ^= 0x40;
          if (way == 2) std::fill(bytes.begin(), bytes.end(), u8{0});
        });
        visit_score(bend, s);
        Encoder encoder;
        visit_score(encoder, s);
        const std::vector<u8> bent = with_statement(file, encoder.bytes);
        if (bent != file && file_verdict(bent) == "accepted") accepted.insert(changed);
        memory.get().release(mark);
      }
    EXPECT_TRUE(accepted.empty()) << *accepted.begin();
  }
}

TEST(Score, EachBrokenRuleIsNamed) {
  using Change = void (*)(ScoreStatement&);
  struct Rule {
    const char* model;
    bool is_signed;
    Check check;
    Change broken;
  };
  constexpr Check kRange = Check::statement_range, kCanonical = Check::statement_canonical;
  const Rule rules[] = {
      {"small", false, kRange, [](ScoreStatement& s) { s.weights.openings = 0; }},
      {"small", false, kRange, [](ScoreStatement& s) { s.metric = static_cast<Metric>(0); }},
      {"small", false, kRange, [](ScoreStatement& s) { s.metric = Metric::squared_error; }},
      {"regression", false, kRange, [](ScoreStatement& s) { s.metric = Metric::correct; }},
      {"small", false, kRange,
       [](ScoreStatement& s) {
         s.metric = Metric::confusion;
         s.confusion.resize(9);
         s.exact = false;
       }},
      {"small", false, Check::manifest_fields, [](ScoreStatement& s) { s.test.version = 2; }},
      {"small", false, Check::manifest_fields, [](ScoreStatement& s) { ++s.test.features; }},
      {"small", false, Check::manifest_fields, [](ScoreStatement& s) { ++s.test.labels; }},
      {"small", false, Check::manifest_fields, [](ScoreStatement& s) { ++s.test.input_bits; }},
      {"small", false, Check::manifest_fields,
       [](ScoreStatement& s) { s.training.push_back(s.test); }},
      {"small", true, Check::manifest_signature, [](ScoreStatement& s) { --s.test.valid_until; }},
      {"small", false, kRange, [](ScoreStatement& s) { s.drawn = 12; }},
      {"small", false, kRange, [](ScoreStatement& s) { s.value = 12; }},
      {"regression", false, kRange, [](ScoreStatement& s) { s.value = u64{1} << 61; }},
      {"small", false, kCanonical,
       [](ScoreStatement& s) {
         s.metric = Metric::confusion;
         s.confusion.resize(9);
         s.value = 1;
       }},
      {"small", false, kRange, [](ScoreStatement& s) { s.confusion.resize(1); }},
      {"small", false, kRange, [](ScoreStatement& s) { s.metric = Metric::confusion; }},
      {"small", false, kRange, [](ScoreStatement& s) { s.drawn = 3; }},
      {"small", false, kCanonical, [](ScoreStatement& s) { s.beacon.round = 1; }},
      {"small", false, kCanonical, [](ScoreStatement& s) { s.beacon.value.bytes[9] = 1; }},
      {"small", false, kCanonical, [](ScoreStatement& s) { s.beacon.signature[63] = 1; }},
      {"small", false, kCanonical, [](ScoreStatement& s) { s.beacon.source.push_back('a'); }},
      {"small", false, kCanonical, [](ScoreStatement& s) { s.ticket_number = 1; }},
      {"small", false, kCanonical, [](ScoreStatement& s) { s.ticket[63] = 1; }},
      {"small", true, kRange, [](ScoreStatement& s) { s.ticket_number = 0; }},
      {"small", true, kRange,
       [](ScoreStatement& s) { sign(s.test, kOwner, {Seed{7}}, s.training.arena()); }},
      {"small", true, Check::score_ticket, [](ScoreStatement& s) { ++s.ticket_number; }},
      {"small", true, Check::score_ticket, [](ScoreStatement& s) { ++s.ticket[0]; }},
      {"small", false, Check::bound, [](ScoreStatement& s) { s.weights.weight_bits = 60; }},
  };
  for (const Rule& rule : rules) {
    const ClaimCase& model = claim_case(rule.model);
    ScoreOptions o;
    if (rule.is_signed) o.signed_by = kOwner;
    ScoreCase c(model, o);
    ScoreStatement s = c.statement(c.input(), model.weights);
    OwnedArena memory(4 * score_memory(s));
    ASSERT_TRUE(compile_score(s, memory.get()).ok());
    rule.broken(s);
    const auto compiled = compile_score(s, memory.get());
    ASSERT_FALSE(compiled.ok()) << &rule - rules;
    EXPECT_EQ(std::string(check_name(compiled.why().check)), check_name(rule.check))
        << &rule - rules;
  }
}

// A sum of squares must stay one of integers.
TEST(Score, ASumThatCouldWrapIsRefused) {
  ScoreCase c(claim_case("regression"));
  ScoreStatement s = c.statement(c.input(), claim_case("regression").weights);
  s.weights.model.range_bits = 15;
  const u32 room = kMaxErrorBits - 2 * 15 - 6;
  s.test.records = 1u << 20;
  EXPECT_EQ(hidden_bits(s), 2 * 15 + 6 + 22u);
  s.weights.model.outputs = 1u << (room - 20 + 1);
  EXPECT_GT(hidden_bits(s), kMaxErrorBits);
}

TEST(Score, EachWordOfTheProofIsForced) {
  ScoreCase c(claim_case("small"));
  ScoreInput input = c.input();
  input.bound = 1;
  const std::vector<u8> file = prove_score(claim_case("small").weights, input, {}).proof.bytes;
  const std::size_t from = proof_offset(file);
  for (std::size_t at = from; at + 8 <= file.size(); at += at < from + 12000 ? 8 : 1024) {
    std::vector<u8> bent = file;
    bent[at] ^= 1;
    ASSERT_NE(file_verdict(bent), "accepted") << at - from;
  }
  EXPECT_EQ(file_verdict(std::vector<u8>(file.begin(), file.end() - 8)), "read_past_end");
  std::vector<u8> longer = file;
  longer.push_back(0);
  EXPECT_EQ(file_verdict(longer), "trailing_bytes");
}

// A25: statements of strangers cost what their own sizes say, and no more.
TEST(Score, LargeStatementsFitTheirMemory) {
  const ClaimCase& model = claim_case("small");
  for (const u32 classes : {2u, 256u}) {
    JobOptions o;
    o.outputs = classes;
    const Job job = chain_job(o);
    ScoreCase c(model);
    ScoreStatement s = c.statement(c.input(), model.weights);
    s.weights.model = job.statement.model;
    s.test.labels = classes;
    s.test.records = s.test.distinct = 1u << 18;
    OwnedArena lists(1 << 22);
    s.metric = Metric::confusion;
    s.confusion = Vec<u32>(lists.get(), std::size_t{classes} * classes);
    for (const bool drawn : {false, true}) {
      ScoreInput beacon = c.input();
      c.draw(beacon, 1u << 17);
      if (drawn) s.drawn = beacon.drawn, s.beacon = beacon.beacon;
      Encoder encoder;
      visit_score(encoder, s);
      // Zeros are well-formed messages: the verifier reads them all before it knows.
      const std::vector<u8> file = encode_file(encoder.bytes, std::vector<u8>(1 << 20));
      OwnedArena memory(claim_memory(file));
      const auto verdict = kScore.verify(split_file(file).value(), memory.get());
      ASSERT_FALSE(verdict.ok());
      EXPECT_NE(verdict.why().code, Code::statement_invalid)
          << check_name(verdict.why().check) << " " << verdict.why().index;
      EXPECT_NE(verdict.why().code, Code::budget_exceeded);
    }
  }
}

TEST(Score, MutatedStatementsAreRefused) {
  const ClaimCase& model = claim_case("small");
  ScoreCase c(model, {.records = 11, .signed_by = kOwner});
  ScoreInput input = c.input();
  input.metric = Metric::confusion;
  const std::vector<u8> file = prove_score(model.weights, input, {}).proof.bytes;
  const std::span<const u8> statement = split_file(file).value().statement;
  std::mt19937_64 random(1);
  for (u32 i = 0; i < 3000; ++i) {
    std::vector<u8> bent(statement.begin(), statement.end());
    for (u64 n = 1 + random() % 3; n-- > 0;)
      bent[random() % bent.size()] = static_cast<u8>(random());
    if (random() % 4 == 0) bent.resize(random() % bent.size());
    if (std::equal(bent.begin(), bent.end(), statement.begin(), statement.end())) continue;
    ASSERT_NE(file_verdict(with_statement(file, bent)), "accepted");
  }
}

}  // namespace
}  // namespace pedigree::harness
