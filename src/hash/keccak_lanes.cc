#include "hash/keccak_lanes.h"

#include <algorithm>
#include <cstring>

namespace pedigree {

namespace keccak_lanes {

void Messages::write_last_block(std::size_t i, u8* block) const noexcept {
  const std::size_t size = len % kKeccakRate;
  std::memcpy(block, message(i) + len - size, size);
  std::memset(block + size, 0, kKeccakRate - size);
  block[size] = 0x01;
  block[kKeccakRate - 1] |= 0x80;
}

namespace {

void hash_plain(const Messages& messages, std::size_t i, Digest* out) noexcept {
  Keccak256 h;
  h.update({&messages.prefix, messages.prefix_len});
  h.update({messages.message(i), messages.len});
  *out = h.finish();
}

}  // namespace

Twin twin([[maybe_unused]] InstructionSet set) noexcept {
#ifdef __x86_64__
  if (set == InstructionSet::avx512) return {8, hash_avx512};
  if (set == InstructionSet::avx2) return {4, hash_avx2};
#elif defined(__aarch64__)
  if (set == InstructionSet::neon) return {2, hash_neon};
#endif
  return {1, hash_plain};
}

void hash_range(const Messages& messages, std::size_t begin, std::size_t end, Digest* out,
                InstructionSet set) noexcept {
  const Twin fast = twin(set);
  for (; begin + fast.lanes <= end; begin += fast.lanes) fast.hash(messages, begin, out + begin);
  for (; begin < end; ++begin) hash_plain(messages, begin, out + begin);
}

}  // namespace keccak_lanes

void keccak256_numbered(const u8 (&domain)[17], u64 a, u64 b, std::span<const u64> numbers,
                        Digest* out) noexcept {
  struct {
    u8 domain[sizeof domain];
    u8 numbers[3 * sizeof(u64)];
  } inputs[kNumberedAtATime];
  const keccak_lanes::Messages messages{inputs[0].domain, sizeof inputs[0], sizeof inputs[0], 0, 0};
  while (!numbers.empty()) {
    const std::size_t n = std::min(numbers.size(), kNumberedAtATime);
    for (std::size_t i = 0; i < n; ++i) {
      const u64 words[] = {a, b, numbers[i]};
      std::memcpy(inputs[i].domain, domain, sizeof domain);
      std::memcpy(inputs[i].numbers, words, sizeof words);
    }
    keccak_lanes::hash_range(messages, 0, n, out, widest_supported());
    numbers = numbers.subspan(n);
    out += n;
  }
}

}  // namespace pedigree
