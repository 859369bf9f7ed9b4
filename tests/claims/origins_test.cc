// Origins: what is accepted, and that nothing else is.
#include <gtest/gtest.h>
#include <pedigree/verify.h>

#include <set>

#include "harness/origins_case.h"
#include "harness/statement_fields.h"
#include "harness/verdict.h"

namespace pedigree::harness {
namespace {

struct Judged {
  std::vector<u8> memory;
  pedigree_result result{};
  explicit Judged(const std::vector<u8>& file, pedigree_policy policy = {})
      : memory(pedigree_verify_memory(file.data(), file.size())) {
    policy.claims = 1;
    pedigree_verify(file.data(), file.size(), &policy, memory.data(), memory.size(), &result);
  }
};

using Pairs = std::vector<std::pair<u32, u32>>;

// What the claim on this list says, once it is held against its run.
Pairs found(const OriginsCase& c, const List& list, Visibility show) {
  const std::vector<i32> cells = cells_of(list);
  const Origins origins = prove_origins(c.claim(cells, show), {});
  const Judged run(c.run);
  Judged claim(origins.proof.bytes);
  EXPECT_EQ(claim.result.status, PEDIGREE_RUN_UNSEEN) << claim.result.reason;
  EXPECT_EQ(pedigree_verify_link(&run.result, &claim.result), PEDIGREE_OK) << claim.result.reason;
  const pedigree_origins& said = *claim.result.claim.origins;
  EXPECT_EQ(claim.result.claim.num_datasets, c.input.statement.datasets.size());
  EXPECT_EQ(said.records.samples, list.size());
  EXPECT_EQ(said.records.cells != nullptr, show == Visibility::shown);
  if (said.records.cells != nullptr)
    EXPECT_TRUE(std::equal(cells.begin(), cells.end(), said.records.cells));
  if (show == Visibility::hashed) {
    pedigree_salt salt{};
    std::memcpy(salt.nonce.bytes, origins.salt.nonce.bytes, sizeof salt.nonce.bytes);
    for (u32 l = 0; l < kDegree; ++l) salt.pad[l] = origins.salt.pad.c[l].v;
    pedigree_result verdict{};
    std::vector<i32> given = cells;
    EXPECT_EQ(pedigree_verify_cells(&claim.result, 0, &salt, given.data(), given.size(), &verdict),
              PEDIGREE_OK);
    ++given.back();
    EXPECT_EQ(pedigree_verify_cells(&claim.result, 0, &salt, given.data(), given.size(), &verdict),
              PEDIGREE_CELLS_DIFFER);
  }
  Pairs hits;
  for (u32 k = 0; k < said.num_hits; ++k) hits.emplace_back(said.hits[k].row, said.hits[k].record);
  return hits;
}

TEST(Origins, ListsOfEveryKindAreAcceptedWithTheirRun) {
  for (const Visibility show : {Visibility::hashed, Visibility::shown}) {
    const OriginsCase &one = origins_case("one"), &several = origins_case("several"),
                      &tiny = origins_case("tiny"), &wide = origins_case("wide");
    EXPECT_EQ(found(wide, {wide.absent(-131071), wide.row(3), wide.absent(100000)}, show),
              (Pairs{{3, 1}}));
    EXPECT_EQ(found(one, {one.absent(1), one.absent(2), one.absent(3)}, show), Pairs());
    EXPECT_EQ(found(one, {one.row(4)}, show), (Pairs{{4, 0}}));
    EXPECT_EQ(found(one, {one.absent(1)}, show), Pairs());
    // Rows that repeat across datasets, and a record that repeats in the list.
    EXPECT_EQ(
        found(several, {several.absent(1), several.row(2), several.row(12), several.row(2)}, show),
        (Pairs{{2, 1}, {2, 3}, {5, 1}, {5, 3}, {12, 2}, {16, 1}, {16, 3}}));
    // Padding is no row: a record of zeros equals none.
    EXPECT_EQ(found(several, {std::vector<i32>(several.features(), 0)}, show), Pairs());
    // One row, one record; and a dataset whose only row is a hit.
    EXPECT_EQ(found(tiny, {tiny.absent(1)}, show), Pairs());
    EXPECT_EQ(found(tiny, {tiny.row(0)}, show), (Pairs{{0, 0}}));
    EXPECT_EQ(found(tiny, {tiny.absent(1), tiny.row(0), tiny.absent(2)}, show), (Pairs{{0, 1}}));
  }
}

TEST(Origins, AllRowsOfARunCanBeHits) {
  const OriginsCase& c = origins_case("one");
  List list;
  for (u32 n = 0; n < c.job.statement.sampling.records; ++n) list.push_back(c.row(n));
  list.push_back(c.absent(1));
  EXPECT_EQ(found(c, list, Visibility::hashed).size(), c.claim(cells_of(list), {}).hits.size());
}

TEST(Origins, AreAboutTheDatasetsOfTheRunAlone) {
  const OriginsCase& c = origins_case("several");
  const std::vector<i32> cells = cells_of({c.absent(1)});
  const std::vector<u8> file = prove_origins(c.claim(cells, Visibility::shown), {}).proof.bytes;
  for (const char* name : {"one", "tiny"}) {
    const Judged run(origins_case(name).run);
    ASSERT_EQ(run.result.status, PEDIGREE_OK);
    Judged claim(file);
    EXPECT_EQ(pedigree_verify_link(&run.result, &claim.result), PEDIGREE_WEIGHTS_DIFFER);
    EXPECT_STREQ(claim.result.check, "claim_data");
  }
  // As many datasets, and the first of them another one.
  OriginsInput swapped = c.claim(cells, Visibility::shown);
  std::vector<Manifest> manifests(swapped.datasets.begin(), swapped.datasets.end());
  std::swap(manifests[0], manifests[2]);
  std::swap(swapped.roots[0], swapped.roots[2]);
  swapped.datasets = manifests;
  const Judged run(c.run);
  Judged claim(prove_origins(swapped, {}).proof.bytes);
  EXPECT_EQ(pedigree_verify_link(&run.result, &claim.result), PEDIGREE_WEIGHTS_DIFFER);
  EXPECT_STREQ(claim.result.check, "claim_data");
  // Where a run was asked for, it is none.
  pedigree_policy runs{};
  std::vector<u8> memory(pedigree_verify_memory(file.data(), file.size()));
  pedigree_result result{};
  pedigree_verify(file.data(), file.size(), &runs, memory.data(), memory.size(), &result);
  EXPECT_STREQ(result.check, "policy_claims");
}

TEST(Origins, AnHonestProverNamesRowsThatAreNoHits) {
  const OriginsCase& c = origins_case("several");
  const std::vector<i32> cells = cells_of({c.absent(1), c.row(12)});
  OriginsInput in = c.claim(cells, Visibility::shown);
  in.hits.clear();
  try {
    prove_origins(in, {});
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_NE(std::string(e.what()).find("row 3 of dataset 1 equals record 1"), std::string::npos)
        << e.what();
  }
}

TEST(Origins, EqualRecordsOfAHashedListMustHaveTheSameRows) {
  const OriginsCase& c = origins_case("several");
  const std::vector<i32> cells = cells_of({c.row(12), c.row(12)});
  OriginsInput in = c.claim(cells, Visibility::hashed);
  in.hits.pop_back();
  const Origins origins = prove_origins(in, {});
  Judged claim(origins.proof.bytes);
  ASSERT_EQ(claim.result.status, PEDIGREE_RUN_UNSEEN);  // the pairs are true, and no row is missing
  pedigree_salt salt{};
  std::memcpy(salt.nonce.bytes, origins.salt.nonce.bytes, sizeof salt.nonce.bytes);
  for (u32 l = 0; l < kDegree; ++l) salt.pad[l] = origins.salt.pad.c[l].v;
  pedigree_result verdict{};
  EXPECT_EQ(pedigree_verify_cells(&claim.result, 0, &salt, cells.data(), cells.size(), &verdict),
            PEDIGREE_CELLS_DIFFER);
}

TEST(Origins, HitsAreFoundInOrder) {
  const std::vector<i32> a = {1, 2, 3, 4, 1, 2}, b = {5, 6, 1, 2}, list = {1, 2, 9, 9, 3, 4, 1, 2};
  const Rows datasets[] = {{3, a}, {2, b}};
  Pairs pairs;
  for (const RowHit& hit : find_hits(datasets, {4, list}))
    pairs.emplace_back(hit.row, hit.position);
  EXPECT_EQ(pairs, (Pairs{{0, 0}, {0, 3}, {1, 2}, {2, 0}, {2, 3}, {4, 0}, {4, 3}}));
}

// Every field of the statement is bound: A1, and A29, for the context is one of them.
TEST(Origins, EachFieldIsBound) {
  const OriginsCase& c = origins_case("several");
  for (const Visibility show : {Visibility::hashed, Visibility::shown}) {
    const std::vector<i32> cells = cells_of({c.absent(1), c.row(2)});
    OriginsInput in = c.claim(cells, show);
    OwnedArena memory(1 << 22);
    for (Vec<u8>* text : {&in.context.purpose, &in.context.text}) {
      *text = Vec<u8>(memory.get());
      text->push_back('a');
    }
    const std::vector<u8> file = prove_origins(in, {}).proof.bytes;
    ASSERT_EQ(file_verdict(file), "accepted");
    const auto statement_of_claim = [&] {
      OriginsStatement s;
      Decoder decoder(split_file(file).value().statement, memory.get());
      visit_origins(decoder, s);
      return s;
    };
    FieldVisitor counter(~std::size_t{0}, {});
    OriginsStatement whole = statement_of_claim();
    visit_origins(counter, whole);
    std::set<std::string> accepted;
    for (std::size_t field = 0; field < counter.count(); ++field)
      for (u32 way = 0; way < 3; ++way) {
        const std::size_t mark = memory.get().mark();
        OriginsStatement s = statement_of_claim();
        std::string changed;
        FieldVisitor bend(field, [&](const std::string& name, std::span<u8> bytes) {
          changed = name;
          if (way == 0) ++bytes[0];
          if (way == 1) bytes[bytes.size() - 1] ^= 0x40;
          if (way == 2) std::fill(bytes.begin(), bytes.end(), u8{0});
        });
        visit_origins(bend, s);
        Encoder encoder;
        visit_origins(encoder, s);
        memory.get().release(mark);
        const std::vector<u8> bent = with_statement(file, encoder.bytes);
        if (bent != file && file_verdict(bent) == "accepted") accepted.insert(changed);
      }
    EXPECT_TRUE(accepted.empty()) << *accepted.begin();
  }
}

TEST(Origins, EachBrokenRuleIsNamed) {
  const OriginsCase& c = origins_case("several");
  OwnedArena arena(1 << 20);
  using Change = void (*)(OriginsStatement&);
  struct Rule {
    Check check;
    Change broken;
  };
  const Rule rules[] = {
      {Check::statement_range, [](OriginsStatement& s) { ++s.arithmetic; }},
      {Check::statement_range,
       [](OriginsStatement& s) { s.profile = static_cast<Profile>(std::size(kProfiles)); }},
      {Check::statement_range, [](OriginsStatement& s) { s.datasets.clear(); }},
      {Check::manifest_fields, [](OriginsStatement& s) { s.profile = Profile::small; }},
      {Check::manifest_fields, [](OriginsStatement& s) { s.datasets[1].version = 2; }},
      {Check::manifest_fields, [](OriginsStatement& s) { ++s.datasets[1].features; }},
      {Check::manifest_fields, [](OriginsStatement& s) { ++s.datasets[2].labels; }},
      {Check::manifest_fields, [](OriginsStatement& s) { s.datasets[2].schema.bytes[0] = 1; }},
      {Check::manifest_fields,
       [](OriginsStatement& s) { s.datasets[2].content = s.datasets[0].content; }},
      {Check::manifest_fields,
       [](OriginsStatement& s) { s.datasets[2].root = s.datasets[1].root; }},
      {Check::manifest_signature,
       [](OriginsStatement& s) { s.datasets[0].custodian.bytes[0] = 1; }},
      {Check::statement_range,
       [](OriginsStatement& s) {
         for (Manifest& m : s.datasets) m.records = m.distinct = kMaxRecords;
       }},
      {Check::statement_range, [](OriginsStatement& s) { s.samples = 0; }},
      {Check::statement_range, [](OriginsStatement& s) { s.samples = kMaxClaimSamples + 1; }},
      {Check::statement_range, [](OriginsStatement& s) { ++s.samples; }},
      {Check::statement_range,
       [](OriginsStatement& s) { s.records.visibility = Visibility::hidden; }},
      {Check::statement_range,
       [](OriginsStatement& s) { s.records.visibility = static_cast<Visibility>(3); }},
      {Check::statement_canonical, [](OriginsStatement& s) { s.records.digest.bytes[1] = 1; }},
      {Check::statement_range, [](OriginsStatement& s) { s.records.cells[1] = 32; }},
      {Check::statement_range, [](OriginsStatement& s) { s.records.cells[1] = -32; }},
      // Equal records with different rows.
      {Check::statement_range,
       [](OriginsStatement& s) {
         for (u32 f = 0; f < s.features(); ++f)
           s.records.cells[s.features() + f] = s.records.cells[f];
       }},
      // A row of padding: dataset 1 has 4 rows, all have 20.
      {Check::statement_range, [](OriginsStatement& s) { s.hits.back().row = 20; }},
      {Check::statement_range, [](OriginsStatement& s) { s.hits[0].position = 2; }},
      {Check::statement_range, [](OriginsStatement& s) { s.hits[1] = s.hits[0]; }},
      {Check::statement_range, [](OriginsStatement& s) { std::swap(s.hits[1], s.hits[0]); }},
      {Check::statement_range,
       [](OriginsStatement& s) {
         s.hits[1] = s.hits[0];
         s.hits[0].position = 1;
         s.hits[1].position = 0;
       }},
  };
  const std::vector<i32> cells = cells_of({c.row(2), c.absent(1)});
  for (const Rule& rule : rules) {
    OwnedArena memory(std::size_t{1} << 26);
    OriginsStatement s = c.statement(cells, Visibility::shown, memory.get());
    ASSERT_TRUE(compile_origins(s, memory.get()).ok());
    rule.broken(s);
    const auto compiled = compile_origins(s, memory.get());
    ASSERT_FALSE(compiled.ok()) << &rule - rules;
    EXPECT_EQ(std::string(check_name(compiled.why().check)), check_name(rule.check))
        << &rule - rules;
  }
}

TEST(Origins, EachWordOfTheProofIsForced) {
  const OriginsCase& c = origins_case("several");
  const std::vector<i32> cells = cells_of({c.absent(1), c.row(2)});
  const std::vector<u8> file = prove_origins(c.claim(cells, Visibility::hashed), {}).proof.bytes;
  const std::size_t from = proof_offset(file);
  for (std::size_t at = from; at + 8 <= file.size(); at += at < from + 20000 ? 8 : 1024) {
    std::vector<u8> bent = file;
    bent[at] ^= 1;
    ASSERT_NE(file_verdict(bent), "accepted") << at - from;
  }
  EXPECT_EQ(file_verdict(std::vector<u8>(file.begin(), file.end() - 8)), "read_past_end");
  std::vector<u8> longer = file;
  longer.push_back(0);
  EXPECT_EQ(file_verdict(longer), "trailing_bytes");
}

}  // namespace
}  // namespace pedigree::harness
