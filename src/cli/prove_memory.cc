#include "cli/prove_memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace pedigree::cli {

namespace {

// Bytes, measured; the base was moved after jobs of the tests had been seen: a word of a segment's message while it is proven, alone in its file (its
// codeword stays) or in a chain; a leaf of its tree; a word of a message that is encoded at the opening; a cell of the records;
// a word of a dataset's message; a word of weights; a row of a mask with a tree of its own.
constexpr u64 kBase = u64{14} << 20, kOnlyWord = 50, kSegmentWord = 26, kLeaf = 58,
              kEncodedWord = 46, kRecordCell = 24, kDatasetWord = 8, kWeightWord = 60,
              kMaskRow = 400;

u64 words_of(u32 log_rows) noexcept { return u64{1} << (log_rows + kLogRootColumns); }

}  // namespace

u64 prove_memory(const Compiled& c, u32 num_segments) noexcept {
  u64 held = kBase, opening = 0, segment = 0;
  u32 tallest = 0, tallest_data = 0;
  for (const DatasetLayout& d : c.data) {
    const u64 words = words_of(d.log_rows);
    held += kDatasetWord * words + kRecordCell * d.answer_pad;
    opening = std::max(opening, (kEncodedWord - kDatasetWord) * words);
    tallest_data = std::max(tallest_data, d.log_rows);
  }
  for (u32 k = 0; k < num_segments; ++k) {
    const CompiledSegment& s = c.segments[k];
    const u64 words = message_words(s.layout, kSegmentRoot);
    const u64 word = num_segments == 1 && s.last ? kOnlyWord : kSegmentWord;
    segment = std::max(segment, word * words + (kLeaf << s.plan.log_lookups));
    tallest = std::max(tallest, s.layout.log_rows[kSegmentRoot]);
    opening = std::max(opening, kEncodedWord * words);
    held += kWeightWord * message_words(s.layout, kEndRoot);
  }
  if (tallest_data > tallest) opening += kMaskRow << tallest_data;
  return held + std::max(segment, opening);
}

u64 machine_memory() {
  u64 bytes =
      static_cast<u64>(::sysconf(_SC_PHYS_PAGES)) * static_cast<u64>(::sysconf(_SC_PAGESIZE));
  std::ifstream limit("/sys/fs/cgroup/memory.max");
  if (u64 most = 0; limit >> most) bytes = std::min(bytes, most);  // "max": no limit
  return bytes;
}

}  // namespace pedigree::cli
