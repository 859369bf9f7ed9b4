// A23: a chain is proven whole, in its order, each segment from the weights that the one before left. A5, A19 over segments.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "forger/roles.h"
#include "harness/statement_fields.h"
#include "harness/verdict.h"

namespace pedigree::harness {
namespace {

using Bytes = std::vector<u8>;
constexpr u64 kSeed = 2323;
constexpr u32 kSegments = 4;

// Four segments of equal shapes, so that one could stand in for another.
JobOptions four(u64 seed = 7) {
  JobOptions o;
  o.hidden = {3};
  o.steps = 8;
  o.segments = {2, 2, 2, 2};
  o.range_bits = 8;
  o.seed = seed;
  return o;
}

Bytes proven(const Job& job, u64 frozen = 0) {
  ProveOptions options;
  options.verify_own = false;
  options.frozen_seed = frozen;
  return prove(job.input(), options).bytes;
}

const Bytes& honest(bool frozen) {
  static const Bytes live = proven(chain_job(four())), replayed = proven(chain_job(four()), kSeed);
  return frozen ? replayed : live;
}

// What each segment sends, and the opening behind them.
struct Parts {
  std::vector<Bytes> segments;
  Bytes opening;
  explicit Parts(const Bytes& file, bool frozen) {
    std::optional<Frozen> seed;
    if (frozen) seed.emplace(kSeed);
    const auto begin = file.begin() + static_cast<long>(proof_offset(file));
    std::vector<u64> starts;
    u64 last = 0;
    for (const LoggedEvent& e : events_of(file)) {
      if (e.type == 'D' && e.label == "segment") starts.push_back(e.end - e.bytes);
      if (e.label == "zeta") last = e.end;
    }
    starts.push_back(last);
    for (std::size_t k = 0; k + 1 < starts.size(); ++k)
      segments.emplace_back(begin + static_cast<long>(starts[k]),
                            begin + static_cast<long>(starts[k + 1]));
    opening.assign(begin + static_cast<long>(last), file.end());
  }
  Bytes with(const std::vector<u32>& order) const {
    Bytes out;
    for (const u32 k : order) out.insert(out.end(), segments[k].begin(), segments[k].end());
    out.insert(out.end(), opening.begin(), opening.end());
    return out;
  }
};

// The statement's segments in this order; steps and schedule follow them.
Statement reordered(const Statement& s, const std::vector<u32>& order, Arena& arena) {
  Statement out = s;
  out.segments = Vec<SegmentStatement>(arena);
  out.sampling.steps = 0;
  for (const u32 k : order) {
    out.segments.push_back(s.segments[k]);
    out.sampling.steps += s.segments[k].steps;
  }
  out.runs = Vec<Optimiser::Run>(arena);
  out.runs.push_back({out.sampling.steps, s.runs[0].c});
  return out;
}

void expect_refused(const std::vector<u32>& order) {
  std::string name;
  for (const u32 k : order) name += std::to_string(k);
  SCOPED_TRACE(name);
  for (const bool frozen : {false, true}) {
    const Bytes& file = honest(frozen);
    static const Parts live(honest(false), false), replayed(honest(true), true);
    const Parts& parts = frozen ? replayed : live;
    std::optional<Frozen> seed;
    if (frozen) seed.emplace(kSeed);
    OwnedArena arena(1 << 22);
    const Statement s = statement_of(file, arena.get());
    const Statement bent = reordered(s, order, arena.get());
    // Messages and statement, messages alone, statement alone.
    EXPECT_NE(file_verdict(encode_file(bent, parts.with(order))), "accepted");
    EXPECT_NE(file_verdict(encode_file(s, parts.with(order))), "accepted");
    EXPECT_NE(file_verdict(with_statement(file, bent)), "accepted");
  }
}

TEST(ChainOrder, PartsMakeTheFile) {
  const Parts parts(honest(false), false);
  ASSERT_EQ(parts.segments.size(), kSegments);
  OwnedArena arena(1 << 22);
  const Statement s = statement_of(honest(false), arena.get());
  EXPECT_EQ(encode_file(s, parts.with({0, 1, 2, 3})), honest(false));
  EXPECT_EQ(file_verdict(honest(false)), "accepted");
  const Frozen frozen(kSeed);
  EXPECT_EQ(file_verdict(honest(true)), "accepted");
}

TEST(ChainOrder, EveryOtherOrderIsRefused) {
  std::vector<u32> order(kSegments);
  std::iota(order.begin(), order.end(), 0);
  while (std::next_permutation(order.begin(), order.end())) expect_refused(order);
}

TEST(ChainOrder, EveryOmissionAndRepetitionIsRefused) {
  for (u32 k = 0; k < kSegments; ++k) {
    std::vector<u32> less, more;
    for (u32 i = 0; i < kSegments; ++i) {
      if (i != k) less.push_back(i);
      more.push_back(i);
      if (i == k) more.push_back(i);
    }
    expect_refused(less);
    expect_refused(more);
    std::vector<u32> instead = {0, 1, 2, 3};
    instead[k] = (k + 1) % kSegments;
    expect_refused(instead);
  }
  // A beginning of the chain is not the whole of it.
  expect_refused({0, 1, 2});
  expect_refused({0, 1});
  expect_refused({0});
}

TEST(ChainOrder, ExchangedEndsAreRefused) {
  for (const bool frozen : {false, true}) {
    std::optional<Frozen> seed;
    if (frozen) seed.emplace(kSeed);
    for (u32 a = 0; a < kSegments; ++a)
      for (u32 b = a + 1; b < kSegments; ++b) {
        OwnedArena arena(1 << 22);
        Statement s = statement_of(honest(frozen), arena.get());
        std::swap(s.segments[a].end, s.segments[b].end);
        EXPECT_NE(file_verdict(with_statement(honest(frozen), s)), "accepted") << a << b;
      }
  }
}

// A segment of another run of equal shapes, with its end or without.
TEST(ChainOrder, ASegmentOfAnotherRunIsRefused) {
  const Bytes other = proven(chain_job(four(8)), kSeed);
  const Parts own(honest(true), true), foreign(other, true);
  const Frozen frozen(kSeed);
  ASSERT_EQ(file_verdict(other), "accepted");
  for (u32 k = 0; k < kSegments; ++k) {
    ASSERT_EQ(own.segments[k].size(), foreign.segments[k].size());
    Parts spliced = own;
    spliced.segments[k] = foreign.segments[k];
    OwnedArena arena(1 << 22);
    Statement s = statement_of(honest(true), arena.get());
    EXPECT_NE(file_verdict(encode_file(s, spliced.with({0, 1, 2, 3}))), "accepted");
    s.segments[k].end = statement_of(other, arena.get()).segments[k].end;
    EXPECT_NE(file_verdict(encode_file(s, spliced.with({0, 1, 2, 3}))), "accepted");
    spliced.opening = foreign.opening;
    EXPECT_NE(file_verdict(encode_file(s, spliced.with({0, 1, 2, 3}))), "accepted");
  }
}

// The position is absorbed: the same bytes at another place draw other challenges.
TEST(ChainOrder, PositionsBindDifferently) {
  const Bytes statement = {1, 2, 3};
  std::vector<std::string> seen;
  for (u32 k = 0; k < kMaxSegments; ++k) {
    ProverTranscript t;
    bind_segment(t, statement, k);
    const Digest& state = t.chain().state();
    seen.emplace_back(state.bytes, state.bytes + sizeof state.bytes);
  }
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
}

// There is one root between two segments: what a segment starts from is by number the end of the one before.
TEST(ChainOrder, AStartIsTheEndBefore) {
  OwnedArena arena(1 << 27);
  const Job job = chain_job(four());
  const auto c = compile_statement(job.statement, arena.get());
  ASSERT_TRUE(c.ok());
  for (u32 k = 1; k < kSegments; ++k)
    EXPECT_EQ(file_root(c.value(), k, kStartRoot), file_root(c.value(), k - 1, kEndRoot));
  // A prover that goes on from other weights is refused.
  for (const i64 by : {i64{1}, i64{-7}}) {
    const auto other_start = [&](const SegmentPublic& s, Witness& w) {
      w.messages[kStartRoot][s.layout->end_weights[0].offset] += F::from_int(by);
    };
    ClearCase later(job, 2);
    const std::string verdict = later.verdict(other_start);
    EXPECT_EQ(verdict.substr(0, verdict.find(' ')), "contraction");
    ProveOptions options;
    options.check_lookups = false;
    options.verify_own = false;
    options.tampered = 2;
    options.tamper = other_start;
    EXPECT_EQ(file_verdict(prove(job.input(), options).bytes), "opening_claim");
  }
}

// A5: two segments, each false by as much as the other, in their ends: only zeta tells.
TEST(ChainOrder, FalseSegmentsThatCancelAreRefused) {
  const Job job = chain_job(four());
  ProveInput input = job.input();
  const auto truth = input.weights;
  // The middle boundary is off: segment 1 ends too high, segment 2 starts too high by the same.
  input.weights = [truth](u32 boundary) {
    WeightEntries w = truth(boundary);
    if (boundary == 2) w[0][1] += 1;
    return w;
  };
  EXPECT_EQ(file_verdict(prove(input, {.check_lookups = false, .verify_own = false}).bytes),
            "opening_claim");
  const Frozen frozen(kSeed);
  ProveOptions options;
  options.check_lookups = options.verify_own = false;
  options.frozen_seed = kSeed;
  EXPECT_EQ(file_verdict(prove(input, options).bytes), "opening_claim");
}

// A19: bounds grow from segment to segment; a range check of the weights starts them anew.
JobOptions long_chain() {
  JobOptions o;
  o.hidden = {};
  o.features = 8;
  o.batch = 16;
  o.steps = 64;
  o.impulse = {65535, 65535};
  o.period = 1;
  o.loss = Loss::cross_entropy;
  o.segments.assign(64, 1);
  o.without_records = true;
  return o;
}

std::string compiled(const Job& job) {
  OwnedArena arena(2 * statement_memory(job.statement));
  const auto c = compile_statement(job.statement, arena.get());
  return c.ok() ? "accepted" : check_name(c.why().check);
}

TEST(ChainBounds, ARangeCheckStartsThemAnew) {
  JobOptions o = long_chain();
  u32 good = 1, bad = (1u << 20) - 1;
  const auto with = [&](u32 c) {
    o.runs = {{o.steps, c}};
    return chain_job(o);
  };
  ASSERT_EQ(compiled(with(good)), "accepted");
  ASSERT_EQ(compiled(with(bad)), "bound");
  while (bad - good > 1) {
    const u32 middle = good + (bad - good) / 2;
    (compiled(with(middle)) == "accepted" ? good : bad) = middle;
  }
  Job job = with(bad);
  job.statement.segments[32].check_bits = 30;
  EXPECT_EQ(compiled(job), "accepted");
}

TEST(ChainBounds, AWeightOutsideItsRangeIsRefused) {
  JobOptions o = four();
  Job job = chain_job(o);
  const JobData data(job);
  i64 largest = 0;
  for (const auto& w : data.weights(1))
    for (const i64 x : w) largest = std::max(largest, x < 0 ? -x - 1 : x);
  u8 bits = 1;
  while (largest >> bits) ++bits;
  job.statement.segments[1].check_bits = bits;
  EXPECT_EQ(ClearCase(job, 1).verdict({}), "accepted");
  EXPECT_EQ(file_verdict(proven(job)), "accepted");
  job.statement.segments[1].check_bits = static_cast<u8>(bits - 1);
  EXPECT_EQ(ClearCase(job, 1).verdict({}).substr(0, 10), "tree_layer");
  ProveOptions options;
  options.check_lookups = options.verify_own = false;
  EXPECT_EQ(file_verdict(prove(job.input(), options).bytes), "opening_claim");
  EXPECT_THROW(prove(job.input(), {}), std::runtime_error);
}

}  // namespace
}  // namespace pedigree::harness
