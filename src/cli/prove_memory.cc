#include "cli/prove_memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace pedigree::cli {

namespace {

// Bytes a word or a leaf, measured on jobs of 2^17 to 2^25 words.
constexpr u64 kBase = u64{40} << 20, kPerWord = 46, kPerLeaf = 54, kHeldPerWord = 46,
              kDatasetPerWord = 8, kTreePerWord = 40;

}  // namespace

u64 segment_memory(const CompiledSegment& c) noexcept {
  return kPerWord * message_words(c.layout, kSegmentRoot) + (kPerLeaf << c.plan.log_lookups);
}

u64 shared_memory(const Compiled& c) noexcept {
  u64 bytes = kBase, largest = 0;
  for (const DatasetLayout& d : c.data) {
    const u64 words = u64{1} << (d.log_rows + kLogRootColumns);
    bytes += kDatasetPerWord * words;
    largest = std::max(largest, words);
  }
  return bytes + kTreePerWord * largest;
}

u64 prove_memory(const Compiled& c, bool keep_messages) noexcept {
  u64 segment = 0, held = 0, weights = 0;
  for (const CompiledSegment& s : c.segments) {
    segment = std::max(segment, segment_memory(s));
    if (keep_messages) held += kHeldPerWord * message_words(s.layout, kSegmentRoot);
    weights += kHeldPerWord * message_words(s.layout, kEndRoot);
  }
  if (c.segments.size() == 1) held = 0;
  return std::max(segment, shared_memory(c)) + shared_memory(c) / 2 + held + weights;
}

u64 machine_memory() {
  u64 bytes =
      static_cast<u64>(::sysconf(_SC_PHYS_PAGES)) * static_cast<u64>(::sysconf(_SC_PAGESIZE));
  std::ifstream limit("/sys/fs/cgroup/memory.max");
  if (u64 most = 0; limit >> most) bytes = std::min(bytes, most);  // "max": no limit
  return bytes;
}

}  // namespace pedigree::cli
