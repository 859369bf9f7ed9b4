#include <algorithm>
#include <bit>
#include <cstring>

#include "commit/packed_words.h"
#include "kernel/parallel.h"

namespace pedigree {

namespace {

constexpr std::size_t kBlock = 64, kGrain = 256;

u64 folded(F x) {
  const i64 v = x.to_int();
  return v >= 0 ? u64(v) << 1 : (u64(-(v + 1)) << 1) + 1;
}

F unfolded(u64 z) { return F::from_int((z & 1) != 0 ? -i64(z >> 1) - 1 : i64(z >> 1)); }

u8 width_of(std::span<const F> block) {
  u64 any = 0;
  for (const F x : block) any |= folded(x);
  return any == 0 ? 0 : any < 1u << 8 ? 1 : any < 1u << 16 ? 2 : any >> 32 == 0 ? 4 : 8;
}

template <class Word>
void pack(std::span<const F> block, u8* out) {
  Word packed[kBlock];
  for (std::size_t i = 0; i < block.size(); ++i) packed[i] = static_cast<Word>(folded(block[i]));
  std::memcpy(out, packed, block.size() * sizeof(Word));
}

template <class Word>
void unpack(const u8* from, std::span<F> block) {
  Word packed[kBlock];
  std::memcpy(packed, from, block.size() * sizeof(Word));
  for (std::size_t i = 0; i < block.size(); ++i) block[i] = unfolded(packed[i]);
}

// Where each block begins behind the widths; the end comes last.
std::vector<u64> offsets_of(std::span<const u8> widths, u64 words) {
  std::vector<u64> at(widths.size() + 1);
  for (std::size_t b = 0; b < widths.size(); ++b)
    at[b + 1] = at[b] + widths[b] * std::min<u64>(kBlock, words - b * kBlock);
  return at;
}

template <class Words>
auto block_at(Words words, std::size_t b) {
  return words.subspan(b * kBlock, std::min(kBlock, words.size() - b * kBlock));
}

}  // namespace

static_assert(std::endian::native == std::endian::little, "words lie in memory as in the file");

std::vector<u8> pack_words(std::span<const F> words) {
  const std::size_t blocks = (words.size() + kBlock - 1) / kBlock;
  std::vector<u8> widths(blocks);
  parallel_for(blocks, kGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t b = begin; b < end; ++b) widths[b] = width_of(block_at(words, b));
  });
  const std::vector<u64> at = offsets_of(widths, words.size());
  const u64 count = words.size();
  std::vector<u8> bytes(sizeof count + blocks + at.back());
  std::memcpy(bytes.data(), &count, sizeof count);
  std::copy(widths.begin(), widths.end(), bytes.begin() + sizeof count);
  u8* const packed = bytes.data() + sizeof count + blocks;
  parallel_for(blocks, kGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t b = begin; b < end; ++b) {
      const std::span<const F> block = block_at(words, b);
      if (widths[b] == 1) pack<u8>(block, packed + at[b]);
      if (widths[b] == 2) pack<u16>(block, packed + at[b]);
      if (widths[b] == 4) pack<u32>(block, packed + at[b]);
      if (widths[b] == 8) std::memcpy(packed + at[b], block.data(), block.size_bytes());
    }
  });
  return bytes;
}

bool unpack_words(std::span<const u8> bytes, std::vector<F>& words) {
  u64 count = 0;
  if (bytes.size() < sizeof count) return false;
  std::memcpy(&count, bytes.data(), sizeof count);
  bytes = bytes.subspan(sizeof count);
  if (count / kBlock > bytes.size()) return false;
  const std::size_t blocks = (count + kBlock - 1) / kBlock;
  if (blocks > bytes.size()) return false;
  const std::span<const u8> widths = bytes.first(blocks), packed = bytes.subspan(blocks);
  for (const u8 width : widths)
    if (width > 8 || (width != 0 && !std::has_single_bit(width))) return false;
  const std::vector<u64> at = offsets_of(widths, count);
  if (at.back() != packed.size()) return false;
  words.resize(count);
  const std::span<F> all(words);
  parallel_for(blocks, kGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t b = begin; b < end; ++b) {
      const std::span<F> block = block_at(all, b);
      const u8* const from = packed.data() + at[b];
      if (widths[b] == 0) std::fill(block.begin(), block.end(), F());
      if (widths[b] == 1) unpack<u8>(from, block);
      if (widths[b] == 2) unpack<u16>(from, block);
      if (widths[b] == 4) unpack<u32>(from, block);
      if (widths[b] == 8) std::memcpy(static_cast<void*>(block.data()), from, block.size_bytes());
    }
  });
  return true;
}

}  // namespace pedigree
