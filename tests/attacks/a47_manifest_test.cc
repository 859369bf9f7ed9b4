// A47, A38, A41, A7, A37, A31: what a statement says of records, start and order, and that each mask is drawn once.
#include <gtest/gtest.h>

#include <set>

#include "harness/clear.h"
#include "harness/statement_fields.h"
#include "harness/verdict.h"

namespace pedigree::harness {
namespace {

using Bytes = std::vector<u8>;

// A47. Every signed field of a manifest, altered: refused before anything else is looked at.
TEST(Manifests, EachSignedFieldIsBound) {
  const Bytes file = prove(signed_job().input(), {}).bytes;
  OwnedArena arena(1 << 22);
  const std::size_t fields = count_fields(statement_of(file, arena.get()));
  std::set<std::string> seen;
  for (std::size_t field = 0; field < fields; ++field) {
    OwnedArena memory(1 << 22);
    Statement s = statement_of(file, memory.get());
    std::string name;
    FieldVisitor bend(field, [&](const std::string& which, std::span<u8> bytes) {
      name = which;
      bytes[0] ^= 1;
    });
    visit_statement(bend, s);
    if (!name.starts_with("manifest.")) continue;
    seen.insert(name);
    const std::string verdict = file_verdict(with_statement(file, s));
    EXPECT_TRUE(verdict == "manifest_signature" || verdict == "manifest_fields") << name << verdict;
  }
  for (const char* name :
       {"manifest.records", "manifest.content", "manifest.root", "manifest.answer",
        "manifest.licensee", "manifest.custodian", "manifest.signature", "manifest.valid_until"})
    EXPECT_TRUE(seen.contains(name)) << name;
  for (Vec<u8> Manifest::* text : {&Manifest::name, &Manifest::licence, &Manifest::purpose}) {
    Statement s = statement_of(file, arena.get());
    (s.datasets[0].*text)[0] ^= 2;
    EXPECT_EQ(file_verdict(with_statement(file, s)), "manifest_signature");
  }
  // Another key's signature over the altered manifest is that key's, not the custodian's.
  Statement s = statement_of(file, arena.get());
  const Digest custodian = s.datasets[0].custodian;
  s.datasets[0].valid_until += 1;
  sign(s.datasets[0], Seed{2});
  EXPECT_FALSE(s.datasets[0].custodian == custodian);
  EXPECT_NE(file_verdict(with_statement(file, s)), "accepted");
  s.datasets[0].custodian = custodian;
  EXPECT_EQ(file_verdict(with_statement(file, s)), "manifest_signature");
}

Identities identities(const Statement& s) {
  static OwnedArena arena(std::size_t{1} << 28);
  const std::size_t mark = arena.get().mark();
  const auto c = compile_statement(s, arena.get());
  EXPECT_TRUE(c.ok()) << check_name(c.why().check) << " " << c.why().index;
  Identities out = identities_of(s, c.value(), arena.get());
  // The caller looks at them before the next call.
  arena.get().release(mark);
  return out;
}

// A47. One root, declared anew or signed by another, is another dataset; so it is in another code.
TEST(Manifests, AnIdentityNamesSignerAndCode) {
  const Job job = signed_job();
  const auto with = [&](const std::function<void(Statement&)>& change) {
    Statement s = job.statement;
    s.datasets = Vec<Manifest>(job.arena->get(), s.datasets.span());
    s.datasets[0].root.bytes[0] = 7;
    change(s);
    if (!s.datasets[0].is_declared() || s.datasets[0].signature[0] != 0)
      sign(s.datasets[0], Seed{s.datasets[0].custodian.bytes[0]});
    return identities(s).datasets[0];
  };
  const auto signer = [](u8 n) {
    return [n](Statement& s) { s.datasets[0].custodian.bytes[0] = n; };
  };
  const Digest granted = with(signer(1));
  EXPECT_EQ(with(signer(1)), granted);
  EXPECT_EQ(with([&](Statement& s) {
              signer(1)(s);
              s.datasets[0].licensee.bytes[0] = 1;
              s.datasets[0].content.bytes[3] = 1;
            }),
            granted);  // what the words mean, and who signed
  std::set<std::string> seen{std::string(granted.bytes, granted.bytes + 32)};
  const auto differs = [&](const char* what, const Digest& d) {
    EXPECT_TRUE(seen.insert(std::string(d.bytes, d.bytes + 32)).second) << what;
  };
  differs("another signer", with(signer(2)));
  differs("declared", with([](Statement& s) {
            s.datasets[0].custodian = Digest();
            std::memset(s.datasets[0].signature, 0, sizeof s.datasets[0].signature);
          }));
  differs("another profile", with([&](Statement& s) {
            signer(1)(s);
            s.profile = s.datasets[0].profile = Profile::small;
          }));
  differs("another height", with([&](Statement& s) {
            signer(1)(s);
            s.datasets[0].opening_budget = 20;
          }));
  differs("another answer", with([&](Statement& s) {
            signer(1)(s);
            s.datasets[0].answer = K(F(3));
          }));
}

// As docs/protocol.md 9.4 spells it.
TEST(Manifests, AnIdentityIsThatOfThePage) {
  const Job job = signed_job();
  Statement s = job.statement;
  s.segments = Vec<SegmentStatement>(job.arena->get(), s.segments.span());
  s.segments[0].end.answer = K(F(5));
  OwnedArena arena(std::size_t{1} << 27);
  const auto c = compile_statement(s, arena.get());
  ASSERT_TRUE(c.ok());
  std::vector<u8> bytes;
  const auto text = [&](std::string_view t) { bytes.insert(bytes.end(), t.begin(), t.end()); };
  const auto number = [&](u64 x, u32 n) {
    for (u32 i = 0; i < n; ++i) bytes.push_back(static_cast<u8>(x >> 8 * i));
  };
  const auto digest = [&](const Digest& d) { bytes.insert(bytes.end(), d.bytes, d.bytes + 32); };
  const Manifest& m = s.datasets[0];
  text("pedigree dataset v3");
  digest(m.root);
  for (const F w : m.answer.c) number(w.v, 8);
  number(c.value().data[0].answer_pad, 8);
  number(0, 4);
  number(c.value().data[0].log_rows, 4);
  digest(m.custodian);
  for (const u32 x : {m.records, m.features, m.labels}) number(x, 4);
  const Identities now = identities_of(s, c.value(), arena.get());
  EXPECT_EQ(now.datasets[0], keccak256(bytes));
  bytes.clear();
  text("pedigree weights v3");
  digest(s.segments[0].end.root);
  for (const F w : s.segments[0].end.answer.c) number(w.v, 8);
  number(c.value().segments[0].layout.answer_pad[kEndRoot], 8);
  number(0, 4);
  number(c.value().segments[0].layout.log_rows[kEndRoot], 4);
  for (const Parameter& w : c.value().segments[0].program.parameters) {
    number(w.in, 4);
    number(w.out, 4);
  }
  EXPECT_EQ(now.weights, keccak256(bytes));
}

// A38.
TEST(Starts, ACommittedStartIsNamedOrRefused) {
  const Job job = named_start(chain_job({}), 20);
  const Bytes file = prove(job.input(), {}).bytes;
  EXPECT_EQ(file_verdict(file), "accepted");
  OwnedArena arena(1 << 22);
  Statement s = statement_of(file, arena.get());
  s.start_kind = StartKind::seeded;
  EXPECT_EQ(file_verdict(with_statement(file, s)), "statement_canonical");
  s.start_kind = static_cast<StartKind>(2);
  EXPECT_NE(file_verdict(with_statement(file, s)), "accepted");
  s = statement_of(file, arena.get());
  s.start.root.bytes[0] ^= 1;
  EXPECT_NE(file_verdict(with_statement(file, s)), "accepted");
}

// A41. What a verifier has to see is in the claim.
TEST(Schedules, ZeroRatesAndSmallBatchesAreVisible) {
  JobOptions o;
  o.steps = 3;
  o.runs = {{1, 3}, {2, 0}};
  o.datasets = {3, 2};
  o.holdout = 0;
  o.batch = 4;
  const Bytes file = prove(chain_job(o).input(), {}).bytes;
  OwnedArena arena(1 << 22);
  const Statement s = statement_of(file, arena.get());
  ASSERT_EQ(s.runs.size(), 2u);
  EXPECT_EQ(s.runs[1].c, 0u);
  EXPECT_EQ(s.runs[1].count, 2u);
  EXPECT_EQ(s.sampling.records, 5u);
  EXPECT_EQ(s.sampling.batch, 4u);
}

TEST(Schedules, RunsThatNoStepFollowsAreRefused) {
  OwnedArena arena(std::size_t{1} << 27);
  for (const std::vector<Optimiser::Run>& runs : {std::vector<Optimiser::Run>{{4, 3}, {1, 0}},
                                                  {{0, 5}, {4, 3}},
                                                  {{2, 3}, {2, 3}},
                                                  {{3, 3}}}) {
    JobOptions o;
    o.steps = 4;
    o.segments = {2, 2};
    Job job = chain_job(o);
    set_runs(job, runs);
    const auto c = compile_statement(job.statement, arena.get());
    ASSERT_FALSE(c.ok());
    EXPECT_EQ(c.why().check, Check::statement_range);
  }
}

// A7, A37.
TEST(Orders, FollowFromTheStatement) {
  const Job job = signed_job();
  const u64 seed = run_seed(job.statement);
  const std::vector<std::function<void(Statement&)>> changes = {
      [](Statement& s) { s.model.layers[0].out += 1; },
      [](Statement& s) { s.model.layers[1].activation = Activation::tanh; },
      [](Statement& s) { s.sampling.seed += 1; },
      [](Statement& s) { s.sampling.batch -= 1; },
      [](Statement& s) { s.sampling.steps += 1; },
      [](Statement& s) { s.sampling.shards += 1; },
      [](Statement& s) { s.sampling.holdout += 1; },
      [](Statement& s) { s.optimiser.impulse[0] += 1; },
      [](Statement& s) { s.datasets[0].content.bytes[9] ^= 1; },
      [](Statement& s) { s.datasets[0].custodian.bytes[9] ^= 1; },
      [](Statement& s) { s.datasets.push_back(s.datasets[0]); },
      [](Statement& s) { s.beacon.source.push_back('a'); },
      [](Statement& s) { s.beacon.round = 1; },
      [](Statement& s) { s.beacon.value.bytes[31] = 1; },
      [](Statement& s) { s.start_kind = StartKind::named; },
      [](Statement& s) { s.start_weights.bytes[0] = 1; },
  };
  std::set<u64> seeds = {seed};
  for (const auto& change : changes) {
    Statement s = job.statement;
    Arena& arena = job.arena->get();
    s.datasets = Vec<Manifest>(arena, s.datasets.span());
    s.beacon.source = Vec<u8>(arena, s.beacon.source.span());
    change(s);
    EXPECT_TRUE(seeds.insert(run_seed(s)).second) << "change " << seeds.size() - 1;
  }
  // Not from what a trainer learns from a dry run, nor from a new grant of the same rows.
  for (const auto& change : std::vector<std::function<void(Statement&)>>{
           [](Statement& s) { s.model.layers[0].frac_q += 1; },
           [](Statement& s) { s.model.rate_bits += 1; },
           [](Statement& s) { s.datasets[0].root.bytes[0] ^= 1; }}) {
    Statement s = job.statement;
    s.datasets = Vec<Manifest>(job.arena->get(), s.datasets.span());
    change(s);
    EXPECT_EQ(run_seed(s), seed);
  }
}

TEST(Orders, ASwappedPairOfRowsIsRefused) {
  JobOptions o;
  o.steps = 6;
  o.segments = {3, 3};
  const Job job = chain_job(o);
  for (u32 k = 0; k < 2; ++k) {
    ClearCase c(job, k);
    const JobData data(job);
    CompiledSegment bent = data.compiled().segments[k];
    std::vector<u32> rows(bent.selection.begin(), bent.selection.end());
    std::swap(rows[0], rows[1u << bent.program.sizes.log_batch]);
    ASSERT_NE(rows[0], bent.selection[0]);
    ClearOptions options;
    options.believe = [&](SegmentPublic& s) { s.selection = rows; };
    EXPECT_NE(c.verdict({}, options), "accepted");
  }
}

// A31. Pads, masks and rows under 1,000 pairs of fresh randomness and statement.
TEST(Randomness, NoMaskIsDrawnTwice) {
  std::set<u64> seen;
  u64 drawn = 0;
  const std::vector<std::string> purposes = {"segment 0 rows",
                                             "segment 1 rows",
                                             "segment 0 pads",
                                             "segment 1 pads",
                                             "mask",
                                             "weights 0 rows",
                                             "weights 1 rows",
                                             "weights 0 answer pad",
                                             "weights 1 answer pad",
                                             "dataset pad",
                                             "dataset rows"};
  for (u32 i = 0; i < 1000; ++i) {
    Digest seed, statement;
    seed.bytes[i % 3] = static_cast<u8>(i / 40);
    statement.bytes[7] = static_cast<u8>(i % 40);
    statement.bytes[8] = static_cast<u8>(i / 40);
    const pedigree::Randomness random(seed, statement);
    for (const std::string& purpose : purposes) {
      F words[8];
      random.fill(purpose, std::span<F>(words));
      for (const F x : words) seen.insert(x.v);
      drawn += 8;
    }
  }
  EXPECT_EQ(seen.size(), drawn);
}

// The messages of a chain under one seed: no random word of any root is one of another's.
TEST(Randomness, RootsOfAChainShareNoWord) {
  JobOptions o;
  o.steps = 4;
  o.segments = {2, 2};
  const Job job = chain_job(o);
  Digest seed;
  seed.bytes[0] = 3;
  // Another statement under the same system randomness has other masks: every element that leaves differs.
  Job other = job;
  other.statement.context.round = 1;
  ProveOptions options;
  options.attempt = &seed;
  const Bytes a = prove(job.input(), options).bytes, b = prove(other.input(), options).bytes,
              again = prove(job.input(), options).bytes;
  EXPECT_EQ(a, again);
  std::set<u64> words;
  for (std::size_t at = proof_offset(a); at + 8 <= a.size(); at += 8)
    words.insert(load_word(a, at));
  u32 shared = 0;
  const std::size_t end = proof_offset(b) + 24 * 400;
  for (std::size_t at = proof_offset(b); at < end; at += 8)
    shared += words.contains(load_word(b, at));
  EXPECT_EQ(shared, 0u);
}

}  // namespace
}  // namespace pedigree::harness
