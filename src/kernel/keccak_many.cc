#include "kernel/keccak_many.h"

#include <algorithm>

#include "kernel/instruction_set.h"
#include "kernel/keccak_lanes.h"
#include "kernel/parallel.h"
#include "kernel/profile.h"

namespace pedigree {

namespace keccak_lanes {

void Messages::write_block(std::size_t i, std::size_t b, u8* block) const {
  const std::size_t begin = b * kKeccakRate, end = std::min(begin + kKeccakRate, total());
  const std::size_t skip = begin < prefix_len ? 1 : 0, size = end - begin;
  const u8* from = data + i * stride + begin + skip - prefix_len;
  block[0] = prefix;
  if (size == kKeccakRate && skip == 1) {
    std::memcpy(block + 1, from, kKeccakRate - 1);  // a constant length: no call
  } else {
    std::memcpy(block + skip, from, size - skip);
    std::memset(block + size, 0, kKeccakRate - size);
  }
  if (b + 1 < num_blocks()) return;
  block[size] = 0x01;
  block[kKeccakRate - 1] |= 0x80;
}

}  // namespace keccak_lanes

namespace {

using keccak_lanes::Messages;

void hash_plain(const Messages& messages, std::size_t i, Digest* out) {
  Keccak256 h;
  h.update({&messages.prefix, messages.prefix_len});
  h.update({messages.data + i * messages.stride, messages.len});
  *out = h.finish();
}

struct Twin {
  std::size_t lanes;
  void (*hash)(const Messages& messages, std::size_t first, Digest* out);
};

Twin twin() {
#ifdef __x86_64__
  if (instruction_set() == InstructionSet::avx512) return {8, keccak_lanes::hash_avx512};
  if (instruction_set() == InstructionSet::avx2) return {4, keccak_lanes::hash_avx2};
#endif
  return {1, hash_plain};
}

void hash_all(const Messages& messages, std::size_t n, Digest* out) {
  const Stage stage("hashing", n, n * messages.total());
  const Twin fast = twin();
  const std::size_t groups = n / fast.lanes;
  parallel_for(groups, 16, [&](std::size_t begin, std::size_t end) {
    for (std::size_t g = begin; g < end; ++g)
      fast.hash(messages, g * fast.lanes, out + g * fast.lanes);
  });
  for (std::size_t i = groups * fast.lanes; i < n; ++i) hash_plain(messages, i, out + i);
}

}  // namespace

void keccak256_many(const u8* in, std::size_t stride, std::size_t len, std::size_t n, Digest* out) {
  hash_all({in, stride, len, 0, 0}, n, out);
}

void merkle_leaves(const u64* rows, std::size_t words, std::size_t n, Digest* out) {
  hash_all({reinterpret_cast<const u8*>(rows), 8 * words, 8 * words, 0, 1}, n, out);
}

void merkle_level(const Digest* children, std::size_t n_parents, Digest* out) {
  hash_all({reinterpret_cast<const u8*>(children), 64, 64, 1, 1}, n_parents, out);
}

}  // namespace pedigree
