#include "cli/prove_memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace pedigree::cli {

namespace {

// Bytes, measured (docs/decisions.md): a word of the segment's message and a leaf of its tree while it is proven; a word of a
// message that is encoded at the opening; a cell of the records; a word of a dataset's message; a word of weights.
constexpr u64 kBase = u64{34} << 20, kSegmentWord = 46, kLeaf = 50, kEncodedWord = 42, kRecordCell = 20,
              kDatasetWord = 8, kWeightWord = 60;

u64 words_of(u32 log_rows) noexcept { return u64{1} << (log_rows + kLogRootColumns); }

}  // namespace

u64 prove_memory(const Compiled& c, u32 num_segments) noexcept {
  u64 held = kBase, opening = 0, segment = 0;
  for (const DatasetLayout& d : c.data) {
    const u64 words = words_of(d.log_rows);
    held += kDatasetWord * words + kRecordCell * d.answer_pad;
    opening = std::max(opening, (kEncodedWord - kDatasetWord) * words);
  }
  for (u32 k = 0; k < num_segments; ++k) {
    const CompiledSegment& s = c.segments[k];
    const u64 words = message_words(s.layout, kSegmentRoot);
    segment = std::max(segment, kSegmentWord * words + (kLeaf << s.plan.log_lookups));
    opening = std::max(opening, kEncodedWord * words);
    held += kWeightWord * message_words(s.layout, kEndRoot);
  }
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
