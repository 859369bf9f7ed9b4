// Where everything lies that one segment speaks of: the messages of its roots, and the leaves of its lookup tree.
//
//   segment     committed tensors, multiplicities and pads, largest block first, each aligned to its own size; random rows
//   second      the same, of a long segment in the bulk profile: what does not fit a first root of half the height that all of it
//               would need, in the least that holds it. Each block lies in the first root where that still has room
//   pushforward three words for each row of each table of pullbacks, the first of all rows, then the second, then the third
//   end, start  the parameters after and before the steps, chunks of inputs that hold no live one left out; one pad for the
//               out-of-domain answer; random rows
//   data        custody/dataset_layout.h
//   lookups     the columns of all lookups and tables, largest first, each aligned to its own size
//   pullbacks   likewise, in a tree of their own
#pragma once

#include "commit/parameters.h"
#include "custody/dataset_layout.h"
#include "proof/form.h"
#include "proof/plan.h"

namespace pedigree {

// Random rows at the end of the roots that a file makes for itself: enough for an opening of any height and number of roots.
constexpr u32 fresh_rows(Profile profile) noexcept {
  return 2 * (kLogRootColumns + ceil_log2(kMaxRoots)) + 2 + most_queries(profile);
}

struct Layout {
  u32 num_roots = 0;
  u32 log_rows[kMaxSegmentRoots] = {};
  Vec<Block>
      tensors;  // by TensorId; meaningful for committed tensors; those of a dataset share its block
  Vec<Block> multiplicities;  // by TableId
  Vec<Block> pushforwards;    // kDegree for each table of pullbacks
  Vec<Block>
      end_weights;  // by ParameterId: features = inputs, positions = outputs; the start root has the same places
  Block pads;  // one after the other; pad i takes three words
  // Word offset of the pad of the out-of-domain answer, behind the content; not for the segment's own roots.
  u64 answer_pad[kMaxSegmentRoots] = {};
  u64 live_words[kMaxSegmentRoots] = {};  // words before the random rows
  u64 used_words[kMaxSegmentRoots] = {};  // words that hold something
  Vec<u64> lookup_offset;                 // leaf offset of each lookup
  Vec<u64> table_offset;                  // and of each table
  Vec<u64> pullback_offset, pullback_table_offset;

  // Whether the segment has this root of its own.
  bool has(u32 own_root) const noexcept { return log_rows[own_root] != 0; }
};

inline u64 message_words(const Layout& layout, u32 root) noexcept {
  return u64{1} << (layout.log_rows[root] + kLogRootColumns);
}

// Heights of the segment's own roots.
struct OwnHeights {
  u32 of[kOwnRoots] = {}, count = 0;
  const u32* begin() const noexcept { return of; }
  const u32* end() const noexcept { return of + count; }
};
inline OwnHeights own_heights(const Layout& layout) noexcept {
  OwnHeights heights;
  for (u32 root = 0; root < kOwnRoots; ++root)
    if (layout.has(root)) heights.of[heights.count++] = layout.log_rows[root];
  return heights;
}
// Words of the segment's own roots.
inline u64 segment_words(const Layout& layout) noexcept {
  u64 words = 0;
  for (u32 root = 0; root < kOwnRoots; ++root)
    if (layout.has(root)) words += message_words(layout, root);
  return words;
}

// A segment of the bulk profile whose words would fill a root of this height may have two: a quarter of the words for a few
// milliseconds of the verifier and some hundred KiB.
constexpr u32 kLeastSplitLogRows = 16;
#ifdef PEDIGREE_HARNESS
// Any segment then, with half of its words in each root: small proofs for tests.
extern bool split_any_segment;
#endif

// Random rows of an end root that later claims open too.
constexpr u32 reusable_rows(Profile profile, u32 openings) noexcept {
  return fresh_rows(profile) + openings * most_queries(profile);
}

// How often later claims may open a root of weights.
struct Reuse {
  u32 end = 0, start = 0;
};

// `data`: of each dataset of the program. Refuses what no commitment is large enough for.
Result<Layout> make_layout(const Program& program, const Plan& plan, Profile profile,
                           std::span<const DatasetLayout> data, const Reuse& reuse,
                           Arena& arena) noexcept;

}  // namespace pedigree
