// Long segments have two roots: where everything lies then, and what a file with two is refused for.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "harness/reference_jobs.h"
#include "harness/switches.h"
#include "harness/verdict.h"

namespace pedigree::harness {
namespace {

struct Placed {
  u32 root;
  u64 begin, end, piece;
};

std::vector<Placed> blocks_of(const CompiledSegment& c) {
  std::vector<Placed> all;
  const auto add = [&](const Block& b) {
    all.push_back({b.root, b.offset, b.offset + b.words(),
                   u64{1} << (b.log_chunk_features() + b.log_positions)});
  };
  for (TensorId t = 0; t < c.program.tensors.size(); ++t)
    if (c.program.tensors[t].kind == TensorKind::committed &&
        c.program.tensors[t].root == Root::segment)
      add(c.layout.tensors[t]);
  for (const Block& b : c.layout.multiplicities) add(b);
  add(c.layout.pads);
  std::sort(all.begin(), all.end(), [](const Placed& a, const Placed& b) {
    return std::pair(a.root, a.begin) < std::pair(b.root, b.begin);
  });
  return all;
}

// Words of the first segment's roots; 0: it has no second.
std::pair<u64, u64> words_of(const Statement& s) {
  OwnedArena arena(statement_memory(s));
  const auto compiled = compile_statement(s, arena.get());
  EXPECT_TRUE(compiled.ok());
  const Layout& l = compiled.value().segments[0].layout;
  return {message_words(l, kSegmentRoot), l.has(kSecondRoot) ? message_words(l, kSecondRoot) : 0};
}

TEST(SecondRoot, EveryBlockHasAPlaceOfItsOwnBeforeTheRandomRows) {
  for (const ReferenceJob& r : reference_jobs()) {
    OwnedArena arena(4 * statement_memory(r.job.statement));
    const SplitSegments any;
    const auto two = compile_statement(r.job.statement, arena.get());
    ASSERT_TRUE(two.ok());
    for (u32 k = 0; k < two.value().segments.size(); ++k) {
      const CompiledSegment& c = two.value().segments[k];
      ASSERT_TRUE(c.layout.has(kSecondRoot));
      const std::vector<Placed> all = blocks_of(c);
      for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_TRUE(all[i].root == kSegmentRoot || all[i].root == kSecondRoot);
        EXPECT_LE(all[i].end, c.layout.live_words[all[i].root]);
        EXPECT_EQ(all[i].begin % all[i].piece, 0u);
        if (i > 0 && all[i - 1].root == all[i].root) EXPECT_LE(all[i - 1].end, all[i].begin);
      }
      for (const u32 root : {kSegmentRoot, kSecondRoot})
        EXPECT_EQ(message_words(c.layout, root) - c.layout.live_words[root],
                  u64{fresh_rows(two.value().profile)} << kLogRootColumns);
    }
  }
}

// Their maps are pullbacks too, which leaves 2 words a neuron and sample of 5.
TEST(SecondRoot, LongSegmentsOfTheBulkProfileHaveOne) {
  JobOptions o;
  o.features = 784;
  o.outputs = 10;
  o.hidden = {1024, 1024};
  o.records = 8192;
  o.holdout = 0;
  o.batch = 128;
  o.steps = 16;
  o.without_records = true;
  Job job = chain_job(o);
  for (const Profile profile : kProfiles) {
    job.statement.profile = profile;
    for (Manifest& m : job.statement.datasets) m.profile = profile;
    const auto [first, second] = words_of(job.statement);
    if (profile == Profile::bulk)
      EXPECT_EQ(std::pair(first, second), std::pair(u64{1} << 23, u64{1} << 22));
    else
      EXPECT_EQ(std::pair(first, second), std::pair(u64{1} << 25, u64{0})) << name_of(profile);
  }
}

class TwoRoots : public testing::Test {
 protected:
  static Job job() {
    JobOptions o;
    o.steps = 4;
    o.segments = {2, 2};
    return chain_job(o);
  }
  static std::vector<u8> proof(const Job& job) { return prove(job.input()).bytes; }
};

TEST_F(TwoRoots, AreAcceptedInAChainOnePerSegment) {
  const std::vector<u8> one = proof(job());
  EXPECT_EQ(file_verdict(one), "accepted");
  const SplitSegments split;
  const std::vector<u8> two = proof(job());
  EXPECT_EQ(file_verdict(two), "accepted");
  // A second root is not the prover's choice.
  EXPECT_NE(file_verdict(one), "accepted");
  u32 firsts = 0, seconds = 0;
  for (const LoggedEvent& e : events_of(two)) {
    firsts += e.type == 'D' && e.label == "segment";
    seconds += e.type == 'D' && e.label == "second";
  }
  EXPECT_EQ(firsts, 2u);
  EXPECT_EQ(seconds, 2u);
}

TEST_F(TwoRoots, AreRefusedWhereARootIsAltered) {
  const SplitSegments split;
  const std::vector<u8> honest = proof(job());
  std::vector<std::size_t> digests;  // first and second root of each segment
  for (const LoggedEvent& e : events_of(honest))
    if (e.type == 'D' && (e.label == "segment" || e.label == "second"))
      digests.push_back(proof_offset(honest) + e.end - sizeof(Digest));
  ASSERT_EQ(digests.size(), 4u);
  for (const std::size_t at : digests) {
    std::vector<u8> altered = honest;
    altered[at + 7] ^= 1;
    EXPECT_NE(file_verdict(altered), "accepted");
  }
  for (const auto& [a, b] : {std::pair(0, 1), std::pair(1, 3), std::pair(2, 3)}) {
    std::vector<u8> swapped = honest;
    std::swap_ranges(swapped.begin() + static_cast<std::ptrdiff_t>(digests[a]),
                     swapped.begin() + static_cast<std::ptrdiff_t>(digests[a] + sizeof(Digest)),
                     swapped.begin() + static_cast<std::ptrdiff_t>(digests[b]));
    EXPECT_NE(file_verdict(swapped), "accepted") << a << b;
  }
}

// Of each root there are leaves in the file: a word of one altered is refused as that root's.
TEST_F(TwoRoots, AreRefusedWhereALeafIsAltered) {
  const SplitSegments split;
  const std::vector<u8> honest = proof(job());
  std::set<u64> roots;  // by the index of the refusal
  for (std::size_t at = honest.size() / 8; at + 8 < honest.size(); at += 4096) {
    std::vector<u8> altered = honest;
    altered[at] ^= 1;
    const Refusal why = judge_file(altered);
    EXPECT_NE(why.check, Check::none) << at;
    if (why.check == Check::merkle_path && why.index < kMaxRoots) roots.insert(why.index);
  }
  // First and second roots of two segments, two ends, a dataset.
  for (u64 root = 0; root < 7; ++root) EXPECT_TRUE(roots.contains(root)) << root;
}

}  // namespace
}  // namespace pedigree::harness
