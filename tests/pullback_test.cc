// Long maps of the bulk profile are pullbacks: which are, where their pushforwards lie, and what is refused.
#include <gtest/gtest.h>

#include <algorithm>

#include "forger/message_liar.h"
#include "harness/clear.h"
#include "harness/reference_jobs.h"
#include "harness/switches.h"
#include "harness/verdict.h"

namespace pedigree::harness {
namespace {

Job relu_job(JobOptions o, Profile profile) {
  Job job = chain_job(o);
  job.statement.profile = profile;
  for (Manifest& m : job.statement.datasets) m.profile = profile;
  return job;
}

Job relu_job(u32 steps, Profile profile, std::vector<u32> hidden = {6}) {
  JobOptions o;
  o.steps = steps;
  o.hidden = std::move(hidden);
  o.range_bits = o.hidden[0] > 8 ? 9 : 6;
  return relu_job(std::move(o), profile);
}

std::size_t pullbacks_of(const Job& job) {
  OwnedArena arena(4 * statement_memory(job.statement));
  const auto compiled = compile_statement(job.statement, arena.get());
  EXPECT_TRUE(compiled.ok());
  const CompiledSegment& segment = compiled.value().segments[0];
  EXPECT_EQ(segment.layout.has(kPushforwardRoot), !segment.program.pullbacks.empty());
  return segment.program.pullbacks.size();
}

TEST(Pullbacks, AreTheLongMapsOfTheBulkProfile) {
  std::size_t least = 0;
  for (u32 steps = 2; steps <= 1024 && least == 0; steps *= 2)
    if (pullbacks_of(relu_job(steps, Profile::bulk)) > 0) least = steps;
  ASSERT_GT(least, 2u);
  EXPECT_EQ(pullbacks_of(relu_job(static_cast<u32>(least), Profile::fast)), 0u);
  EXPECT_EQ(pullbacks_of(relu_job(static_cast<u32>(least), Profile::small)), 0u);
  const std::vector<u8> file =
      prove(relu_job(static_cast<u32>(least), Profile::bulk).input()).bytes;
  EXPECT_EQ(file_verdict(file), "accepted");
}

TEST(Pullbacks, ServeEveryReferenceJob) {
  for (const ReferenceJob& r : reference_jobs()) {
    const PullAnyMap pull;
    EXPECT_EQ(judge_clear(r.job), "accepted") << r.name;
    EXPECT_EQ(file_verdict(prove(r.job.input()).bytes), "accepted") << r.name;
  }
}

TEST(Pullbacks, PushforwardsHaveAPlaceOfTheirOwnBeforeTheRandomRows) {
  const PullAnyMap pull;
  for (const ReferenceJob& r : reference_jobs()) {
    OwnedArena arena(4 * statement_memory(r.job.statement));
    const auto compiled = compile_statement(r.job.statement, arena.get());
    ASSERT_TRUE(compiled.ok());
    const Layout& l = compiled.value().segments[0].layout;
    EXPECT_EQ(l.pushforwards.size(),
              kDegree * compiled.value().segments[0].program.pullback_tables.size());
    std::vector<Block> all(l.pushforwards.begin(), l.pushforwards.end());
    std::sort(all.begin(), all.end(),
              [](const Block& a, const Block& b) { return a.offset < b.offset; });
    for (std::size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(all[i].root, kPushforwardRoot);
      EXPECT_EQ(all[i].offset % all[i].words(), 0u);
      EXPECT_LE(all[i].offset + all[i].words(), l.live_words[kPushforwardRoot]);
      if (i > 0) EXPECT_LE(all[i - 1].offset + all[i - 1].words(), all[i].offset);
    }
  }
}

// Any one word of a pushforward bent, also so that all columns' values stay as they were.
TEST(Pullbacks, RefuseAnotherPushforward) {
  const PullAnyMap pull;
  const Job job = reference_job("mean_squared_relu_rounding");
  ClearCase c(job);
  const Layout& l = c.compiled().layout;
  ASSERT_FALSE(l.pushforwards.empty());
  std::size_t bends = 0;
  const auto expect_refused = [&](const Tamper& bend, const std::string& check) {
    ClearOptions options;
    options.tamper_pushforwards = bend;
    EXPECT_EQ(c.verdict({}, options).substr(0, check.size()), check);
    ProveOptions shipped;
    shipped.verify_own = false;
    shipped.tamper_pushforwards = bend;
    EXPECT_EQ(judge_file(prove(job.input(), shipped).bytes).check, Check::opening_claim);
    ++bends;
  };
  for (std::size_t i = 0; i < l.pushforwards.size(); ++i)
    for (const u64 row : {u64{0}, l.pushforwards[i].words() - 1}) {
      const Tamper bend = [=](const SegmentPublic& s, Witness& w) {
        w.cells(s.layout->pushforwards[i])[row] += F(1);
      };
      // A row whose columns are all 0 does not move a value.
      ClearOptions options;
      options.tamper_pushforwards = bend;
      const std::string verdict = c.verdict({}, options);
      EXPECT_TRUE(verdict.starts_with("pullback_value") || verdict.starts_with("pullback_layer"))
          << verdict;
      expect_refused(bend, verdict);
    }
  // Rows of a rounding table: row a + b loses what rows a and b gain, values 1 + 2 = 3.
  const Program& p = c.compiled().program;
  for (TableId t = 0; t < p.pullback_tables.size(); ++t) {
    if (p.pullback_tables[t].kind != TableKind::round) continue;
    const i64* const column = p.pullback_tables[t].values[1];
    const auto row_of = [&](i64 value) {
      return static_cast<std::size_t>(
          std::find(column, column + (i64{1} << p.pullback_tables[t].log_size), value) - column);
    };
    const std::size_t one = row_of(1), two = row_of(2), three = row_of(3);
    expect_refused(
        [=](const SegmentPublic& s, Witness& w) {
          F* const m = w.cells(s.layout->pushforwards[kDegree * t]);
          m[one] += F(1);
          m[two] += F(1);
          m[three] -= F(1);
        },
        "pullback_layer");
  }
  EXPECT_GT(bends, 2 * l.pushforwards.size());
}

// A quotient that is no integer, for another remainder: only the tree of pullbacks knows that it is no row, where the row's values
// were 0 anyway.
TEST(Pullbacks, RefuseAnIndexOutsideTheTable) {
  const PullAnyMap pull;
  ClearCase c(reference_job("mean_squared_relu_rounding"));
  const Program& p = c.compiled().program;
  ASSERT_FALSE(p.pullbacks.empty());
  const Pullback& x = p.pullbacks[0];
  ASSERT_EQ(p.pullback_tables[x.table].kind, TableKind::activation);
  const TensorId quotient = p.terms[p.tensors[x.index].first_term].tensor;
  const Block& cells = c.compiled().layout.tensors[quotient];
  u32 outside = 0;
  for (u64 i = 0; i < cells.words(); ++i) {
    const F q = c.honest().cells(cells)[i];
    if (q.v < kModulus / 2) continue;  // negative ones are mapped to 0
    const std::string verdict = c.verdict([&](const SegmentPublic&, Witness& w) {
      w.cells(cells)[i] += inverse_pow2(p.tensors[quotient].p);
    });
    outside += verdict.starts_with("pullback_layer");
    EXPECT_TRUE(verdict.starts_with("pullback_layer") || verdict.starts_with("tree_layer"));
  }
  EXPECT_GT(outside, 0u);
}

// A prover that takes a pullback for something else than its table says.
TEST(Pullbacks, RefuseAFalseValue) {
  const PullAnyMap pull;
  u32 by_their_own_check = 0;  // others see what does not follow from it
  for (const char* name : {"mean_squared_relu_rounding", "logistic_relu", "graph"}) {
    ClearCase c(reference_job(name));
    const Program& p = c.compiled().program;
    ASSERT_FALSE(p.pullbacks.empty());
    for (const Pullback& x : p.pullbacks)
      for (u32 column = 0; column < x.num_columns; ++column) {
        const TensorId id = x.columns[column];
        const std::string verdict = c.verdict([id](const SegmentPublic& s, Witness& w) {
          TensorValues values(s, w);
          const std::span<const F> honest = values.get(id);
          w.false_values.resize(s.program->tensors.size());
          w.false_values[id].assign(honest.begin(), honest.end());
          w.false_values[id][0] += F(1);
        });
        EXPECT_NE(verdict, "accepted") << name << " " << id;
        by_their_own_check += verdict.starts_with("pullback_value");
      }
  }
  EXPECT_GT(by_their_own_check, 0u);
}

// Two layers with one table; their values false by the same amount, one up and one down: gamma keeps them apart.
TEST(Pullbacks, RefuseFalseValuesThatCancel) {
  const PullAnyMap pull;
  JobOptions o;
  o.hidden = {6, 6};
  const Job job = chain_job(o);
  ClearCase c(job);
  const Program& p = c.compiled().program;
  const Pullback *one = nullptr, *other = nullptr;
  for (const Pullback& x : p.pullbacks) {
    if (p.pullback_tables[x.table].kind != TableKind::activation) continue;
    (one == nullptr ? one : other) = &x;
  }
  ASSERT_NE(other, nullptr);
  ASSERT_EQ(one->table, other->table);
  const auto place_of = [&](TensorId t) {
    const auto& operands = c.compiled().plan.operands;
    return static_cast<int>(std::find(operands.begin(), operands.end(), t) - operands.end());
  };
  ClearOptions options;
  options.frozen_seed = 99;
  forger::MessageLiar listener;
  options.liar = &listener;
  ASSERT_EQ(c.verdict({}, options), "accepted");
  const forger::Script script(listener);
  const auto verdict = [&] {
    forger::MessageLiar lies;
    lies.message[script.message("operand", place_of(one->columns[0]))] = K(kOne);
    lies.message[script.message("operand", place_of(other->columns[0]))] = -K(kOne);
    options.liar = &lies;
    return c.verdict({}, options);
  };
  EXPECT_EQ(verdict(), "product 0");
  const Killed product(Check::product);
  EXPECT_EQ(verdict(), "pullback_value 0");
}

// What one table's pushforward has too much, another's has too little, in a row whose columns are 0: beta keeps them apart.
TEST(Pullbacks, RefuseWeightMovedBetweenTables) {
  const PullAnyMap pull;
  ClearCase c(reference_job("mean_squared_relu_rounding"));
  const Program& p = c.compiled().program;
  ASSERT_GE(p.pullback_tables.size(), 2u);
  const u64 zero = (u64{1} << p.pullback_tables[0].log_size) / 2;
  ASSERT_EQ(p.pullback_tables[0].log_size, p.pullback_tables[1].log_size);
  for (TableId t = 0; t < 2; ++t)
    for (u32 column = 1; column < p.pullback_tables[t].num_columns; ++column)
      ASSERT_EQ(p.pullback_tables[t].values[column][zero], 0);
  ClearOptions options;
  options.tamper_pushforwards = [&](const SegmentPublic& s, Witness& w) {
    w.cells(s.layout->pushforwards[0])[zero] += F(1);
    w.cells(s.layout->pushforwards[kDegree])[zero] -= F(1);
  };
  EXPECT_TRUE(c.verdict({}, options).starts_with("pullback_layer"));
}

// One layer is long, the other is not: their equal tables are one in each list.
TEST(Pullbacks, StandBesideLookupsOfTheSameTable) {
  const Job job = relu_job(32, Profile::bulk, {64, 2});
  ClearCase c(job);
  const Program& p = c.compiled().program;
  u32 both = 0;
  for (const Table& a : p.tables)
    for (const Table& b : p.pullback_tables)
      both += a.kind == b.kind && a.log_size == b.log_size && a.from == b.from && a.to == b.to;
  EXPECT_GT(both, 0u);
  EXPECT_EQ(c.verdict({}), "accepted");
  EXPECT_EQ(file_verdict(prove(job.input()).bytes), "accepted");
}

// Segments that have pullbacks and one that has none: each root has its place.
TEST(Pullbacks, ComeAndGoAlongAChain) {
  JobOptions o;
  o.steps = 66;
  o.segments = {32, 2, 32};
  o.hidden = {64};
  o.range_bits = 9;
  const Job job = relu_job(o, Profile::bulk);
  OwnedArena arena(4 * statement_memory(job.statement));
  const auto compiled = compile_statement(job.statement, arena.get());
  ASSERT_TRUE(compiled.ok());
  for (u32 k = 0; k < 3; ++k)
    EXPECT_EQ(compiled.value().segments[k].layout.has(kPushforwardRoot), k != 1) << k;
  const std::vector<u8> honest = prove(job.input()).bytes;
  EXPECT_EQ(file_verdict(honest), "accepted");
  std::vector<std::ptrdiff_t> roots;
  for (const LoggedEvent& e : events_of(honest))
    if (e.type == 'D' && e.label == "pushforward")
      roots.push_back(static_cast<std::ptrdiff_t>(proof_offset(honest) + e.end - sizeof(Digest)));
  ASSERT_EQ(roots.size(), 2u);
  std::vector<u8> swapped = honest;
  std::swap_ranges(swapped.begin() + roots[0], swapped.begin() + roots[0] + sizeof(Digest),
                   swapped.begin() + roots[1]);
  EXPECT_NE(file_verdict(swapped), "accepted");
}

// Four roots a segment: more than a file may have.
TEST(Pullbacks, CountAsRootsOfTheFile) {
  const PullAnyMap pull;
  const SplitSegments split;
  for (const u32 segments : {255u, 256u}) {
    JobOptions o;
    o.steps = segments;
    o.segments.assign(segments, 1);
    o.without_records = true;
    const Job job = chain_job(o);
    OwnedArena arena(statement_memory(job.statement));
    const auto compiled = compile_statement(job.statement, arena.get());
    EXPECT_EQ(compiled.ok(), segments == 255);
    if (!compiled.ok()) EXPECT_EQ(compiled.why().check, Check::statement_size);
  }
}

// Many layers that share their weights: a claim for each use and update, and each on a pullback that is no root's.
TEST(Pullbacks, OfManySharedLayersAreVerifiedInTheMemoryAskedFor) {
  const PullAnyMap pull;
  JobOptions o;
  o.features = o.outputs = 6;
  o.hidden.assign(9, 6);
  o.range_bits = 15;
  o.segments = {1, 1, 1};
  Job job = chain_job(o);
  for (Layer& l : job.statement.model.layers)
    if (l.kind == LayerKind::linear && &l != &job.statement.model.layers[0]) l.share = 1;
  const std::vector<u8> file = prove(job.input()).bytes;
  OwnedArena memory(verify_memory(file));
  EXPECT_TRUE(verify_file(file, memory.get()).ok());
}

TEST(Pullbacks, TheirRootIsBoundToItsPlace) {
  const PullAnyMap pull;
  const std::vector<u8> honest = prove(reference_job("mean_squared_relu_rounding").input()).bytes;
  EXPECT_EQ(file_verdict(honest), "accepted");
  u32 found = 0;
  for (const LoggedEvent& e : events_of(honest)) {
    if (e.type != 'D' || e.label != "pushforward") continue;
    ++found;
    std::vector<u8> altered = honest;
    altered[proof_offset(honest) + e.end - sizeof(Digest) + 5] ^= 1;
    EXPECT_NE(file_verdict(altered), "accepted");
  }
  EXPECT_EQ(found, 1u);
}

}  // namespace
}  // namespace pedigree::harness
