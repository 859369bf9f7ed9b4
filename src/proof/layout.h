// Where everything lies that one segment speaks of: the messages of its roots, and the leaves of its lookup tree.
//
//   segment     committed tensors, multiplicities and pads, largest block first, each aligned to its own size; random rows
//   second      the same, of a long segment in the bulk profile: what does not fit a first root of half the height that all of it
//               would need, in the least that holds it. Each block lies in the first root where that still has room
//   end, start  the parameters after and before the steps, chunks of inputs that hold no live one left out; one pad for the
//               out-of-domain answer; random rows
//   data        custody/dataset_layout.h
//   lookups     the columns of all lookups and tables, largest first, each aligned to its own size
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
  Vec<Block>
      end_weights;  // by ParameterId: features = inputs, positions = outputs; the start root has the same places
  Block pads;  // one after the other; pad i takes three words
  // Word offset of the pad of the out-of-domain answer, behind the content; not for the segment's own roots.
  u64 answer_pad[kMaxSegmentRoots] = {};
  u64 live_words[kMaxSegmentRoots] = {};  // words before the random rows
  u64 used_words[kMaxSegmentRoots] = {};  // words that hold something
  Vec<u64> lookup_offset;                 // leaf offset of each lookup
  Vec<u64> table_offset;                  // and of each table

  bool has_second() const noexcept { return log_rows[kSecondRoot] != 0; }
};

inline u64 message_words(const Layout& layout, u32 root) noexcept {
  return u64{1} << (layout.log_rows[root] + kLogRootColumns);
}

// Heights of the segment's own roots.
inline std::span<const u32> own_heights(const Layout& layout) noexcept {
  static_assert(kSegmentRoot == 0 && kSecondRoot == 1);
  return {layout.log_rows, layout.has_second() ? 2u : 1u};
}
// Words of both.
inline u64 segment_words(const Layout& layout) noexcept {
  return message_words(layout, kSegmentRoot) +
         (layout.has_second() ? message_words(layout, kSecondRoot) : 0);
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
