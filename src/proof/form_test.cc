// Keys at a point against their words, one by one.
#include "proof/form.h"

#include <gtest/gtest.h>

#include <random>

#include "poly/eq.h"
#include "proof/eq_vector.h"
#include "proof/layout.h"

namespace pedigree {
namespace {

struct Case {
  u32 log_features, log_positions;
  Chunks chunks;
  u64 offset;
};

// A key is the sum over its words: its extension at the point of one word is that word's weight, and 0 for all others.
TEST(FormWeights, AChunkedBlockIsTheWordsThatAreThere) {
  std::mt19937_64 random(5);
  const auto element = [&] { return K(F(random()), F(random()), F(random())); };
  std::vector<u8> memory(1 << 20);
  for (const Case& c : {Case{3, 2, {3, 5}, 8}, Case{5, 1, {4, 9}, 36}, Case{5, 0, {4, 11}, 6},
                        Case{2, 3, {2, 3}, 40}, Case{0, 2, {0, 1}, 12}, Case{4, 2, {4, 16}, 64}}) {
    constexpr u32 kVariables = 8;
    std::vector<K> u, v, at;
    for (u32 i = 0; i < c.log_features; ++i) u.push_back(element());
    for (u32 i = 0; i < c.log_positions; ++i) v.push_back(element());
    for (u32 i = 0; i < kVariables; ++i) at.push_back(element());
    FormKey key;
    key.block = {kEndRoot, c.offset, c.log_features, c.log_positions, c.chunks};
    key.position_point = v;
    const std::vector<K> feature = eq_of(u), position = eq_of(v), word = eq_of(at);
    const u64 there = key.block.features_there();
    const std::pair<FeaturePart, u64> parts[] = {
        {FeaturePart::eq, there},   {FeaturePart::eq_live, there - 1}, {FeaturePart::eq_live, 1},
        {FeaturePart::ones, there}, {FeaturePart::ones, there - 1},    {FeaturePart::ones, 1}};
    for (const auto& [part, live] : parts) {
      key.feature_part = part;
      key.features = static_cast<u32>(live);
      const bool ones = part == FeaturePart::ones;
      key.feature_point = ones ? std::span<const K>() : u;
      K expected;
      for (u64 f = 0; f < live; ++f)
        for (u64 x = 0; x < position.size(); ++x)
          expected += (ones ? K(kOne) : feature[f]) * position[x] *
                      word[c.offset + (f << c.log_positions) + x];
      std::jmp_buf exhausted;
      Arena arena(memory.data(), memory.size(), &exhausted);
      const FormTerm term{0, K(kOne)};
      FormWeights weights({&key, 1}, {&term, 1}, {}, arena);
      EXPECT_EQ(weights.weight_at(kEndRoot, at), expected) << c.log_features << ' ' << live;
    }
  }
}

}  // namespace
}  // namespace pedigree
