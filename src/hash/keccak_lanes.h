// Several Keccak states side by side, one per lane of a vector, on the calling thread.
#pragma once

#include "base/instruction_set.h"
#include "hash/keccak.h"

namespace pedigree::keccak_lanes {

// Message i is prefix || data[i * stride, i * stride + len); the prefix has prefix_len (0 or 1)
// bytes. Behind a prefix there are whole words: len is a multiple of 8.
struct Messages {
  const u8* data;
  std::size_t stride;
  std::size_t len;
  u8 prefix;
  std::size_t prefix_len;

  std::size_t total() const noexcept { return prefix_len + len; }
  const u8* message(std::size_t i) const noexcept { return data + i * stride; }
  // The last block of message i, which has no prefix, with its padding.
  void write_last_block(std::size_t i, u8* block) const noexcept;
};

// What the leaves and the nodes of a Merkle tree are hashes of (hash/merkle.h): rows of `words` words, and pairs of children, that lie
// one after the other.
inline Messages merkle_leaf_messages(const u64* rows, std::size_t words) noexcept {
  return {reinterpret_cast<const u8*>(rows), 8 * words, 8 * words, 0x00, 1};
}
inline Messages merkle_node_messages(const Digest* children) noexcept {
  return {children->bytes, 2 * sizeof(Digest), 2 * sizeof(Digest), 0x01, 1};
}

// Hashes messages [first, first + 4), [first, first + 8) or [first, first + 2).
void hash_avx2(const Messages& messages, std::size_t first, Digest* out) noexcept;
void hash_avx512(const Messages& messages, std::size_t first, Digest* out) noexcept;
void hash_neon(const Messages& messages, std::size_t first, Digest* out) noexcept;

// How many messages `hash` takes at a time, which must be supported.
struct Twin {
  std::size_t lanes;
  void (*hash)(const Messages& messages, std::size_t first, Digest* out) noexcept;
};
Twin twin(InstructionSet set) noexcept;
// Messages [begin, end); whole groups of lanes as far as they go.
void hash_range(const Messages& messages, std::size_t begin, std::size_t end, Digest* out,
                InstructionSet set) noexcept;

// How the words move in a round: word t of the next state is word kSource[t] of this one, rotated
// by kRotation[t].
inline constexpr int kSource[25] = {0,  6,  12, 18, 24, 3,  9,  10, 16, 22, 1,  7, 13,
                                    19, 20, 4,  5,  11, 17, 23, 2,  8,  14, 15, 21};
inline constexpr int kRotation[25] = {0, 44, 43, 21, 14, 28, 20, 3,  45, 61, 1,  6, 25,
                                      8, 18, 27, 36, 10, 15, 56, 62, 55, 39, 41, 2};

inline constexpr u64 kRoundConstants[24] = {
    0x0000000000000001ull, 0x0000000000008082ull, 0x800000000000808aull, 0x8000000080008000ull,
    0x000000000000808bull, 0x0000000080000001ull, 0x8000000080008081ull, 0x8000000000008009ull,
    0x000000000000008aull, 0x0000000000000088ull, 0x0000000080008009ull, 0x000000008000000aull,
    0x000000008000808bull, 0x800000000000008bull, 0x8000000000008089ull, 0x8000000000008003ull,
    0x8000000000008002ull, 0x8000000000000080ull, 0x000000000000800aull, 0x800000008000000aull,
    0x8000000080008081ull, 0x8000000000008080ull, 0x0000000080000001ull, 0x8000000080008008ull};

}  // namespace pedigree::keccak_lanes

namespace pedigree {

// out[i] = Keccak256(domain | a | b | numbers[i]), numbers as u64, little endian.
inline constexpr std::size_t kNumberedAtATime = 64;
void keccak256_numbered(const u8 (&domain)[17], u64 a, u64 b, std::span<const u64> numbers,
                        Digest* out) noexcept;

}  // namespace pedigree
