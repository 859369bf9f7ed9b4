#include "kernel/keccak_many.h"

#include <gtest/gtest.h>

#include <vector>

#include "kernel/testing.h"

namespace pedigree {
namespace {

std::vector<u8> some_bytes(std::size_t n) {
  std::vector<u8> bytes(n);
  u64 seed = 1;
  for (u8& b : bytes) b = static_cast<u8>(next_word(seed));
  return bytes;
}

TEST(KeccakMany, EqualsOneAtATime) {
  for_every_instruction_set([] {
    for (const std::size_t len : {0, 1, 7, 8, 64, 135, 136, 137, 271, 272, 273, 536, 1000})
      for (const std::size_t n : {0, 1, 3, 4, 5, 8, 13, 29}) {
        const std::size_t stride = len + 3;
        const std::vector<u8> in = some_bytes(n * stride + 1);
        std::vector<Digest> out(n);
        keccak256_many(in.data(), stride, len, n, out.data());
        for (std::size_t i = 0; i < n; ++i)
          ASSERT_EQ(out[i], keccak256({in.data() + i * stride, len})) << len << " " << i;
      }
  });
}

TEST(KeccakMany, LeavesAndNodesArePrefixed) {
  for_every_instruction_set([] {
    for (const std::size_t words : {1, 3, 16, 17, 34, 48, 67, 68}) {
      const std::size_t n = 21;
      const std::vector<F> rows = random_words(n * words);
      std::vector<Digest> leaves(n), nodes(n / 2);
      merkle_leaves(&rows[0].v, words, n, leaves.data());
      merkle_level(leaves.data(), n / 2, nodes.data());
      for (std::size_t i = 0; i < n; ++i) {
        Keccak256 h;
        h.update(std::vector<u8>{0});
        for (std::size_t w = 0; w < words; ++w) h.update_u64(rows[i * words + w].v);
        ASSERT_EQ(leaves[i], h.finish()) << words << " " << i;
      }
      for (std::size_t i = 0; i < n / 2; ++i) {
        Keccak256 h;
        h.update(std::vector<u8>{1});
        h.update(leaves[2 * i].bytes);
        h.update(leaves[2 * i + 1].bytes);
        ASSERT_EQ(nodes[i], h.finish());
      }
    }
  });
}

}  // namespace
}  // namespace pedigree
