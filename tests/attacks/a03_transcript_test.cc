// A3, A7, A8: the transcript is injective, its challenges are uniform in K and known to others, its
// work is done.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "harness/reference_jobs.h"
#include "harness/verdict.h"

namespace pedigree::harness {
namespace {

using Bytes = std::vector<u8>;

struct Absorbed {
  char type;
  std::string label;
  Bytes payload;
  bool operator==(const Absorbed&) const = default;
};
using Sequence = std::vector<Absorbed>;

Digest state_of(const Sequence& s) {
  HashChain chain;
  for (const Absorbed& a : s) chain.absorb(a.type, a.label, a.payload);
  return chain.state();
}

class Pairs {
 public:
  Sequence next() {
    Sequence s(1 + random_() % 2);
    for (Absorbed& a : s) {
      a.type = "BKFDN"[random_() % 5];
      a.label.resize(random_() % 4);
      for (char& c : a.label) c = static_cast<char>('a' + random_() % 2);
      a.payload.resize(random_() % 10);
      for (u8& b : a.payload) b = static_cast<u8>(random_() % 3);
    }
    return s;
  }
  // A near miss: what a sloppy encoding would confuse.
  Sequence near(Sequence s) {
    Absorbed& a = s[random_() % s.size()];
    switch (random_() % 7) {
      case 0:
        a.payload.push_back(0);
        break;  // zero-extended
      case 1:
        a.label.push_back('a');
        break;
      case 2:
        a.type = a.type == 'K' ? 'F' : 'K';
        break;
      case 3:  // a byte from payload to label
        if (a.payload.empty()) return near(next());
        a.label.push_back(static_cast<char>(a.payload[0]));
        a.payload.erase(a.payload.begin());
        break;
      case 4: {  // one message cut in two
        Absorbed rest = a;
        rest.payload.assign(a.payload.begin() + static_cast<long>(a.payload.size() / 2),
                            a.payload.end());
        a.payload.resize(a.payload.size() / 2);
        s.push_back(rest);
        break;
      }
      case 5:
        s.push_back({'B', "", {}});
        break;
      default:
        std::rotate(s.begin(), s.begin() + 1, s.end());
        break;
    }
    return s;
  }

 private:
  std::mt19937_64 random_{3};
};

TEST(Transcript, AMillionPairsOfSequencesEncodeDifferently) {
  Pairs pairs;
  u32 compared = 0;
  for (u32 i = 0; i < 1'000'000; ++i) {
    const Sequence a = pairs.next(), b = pairs.near(a);
    if (a == b) continue;
    ++compared;
    ASSERT_FALSE(state_of(a) == state_of(b)) << i;
  }
  EXPECT_GT(compared, 900'000u);
}

// Known answers: computed by a Keccak of its own, in Python, from the page of transcript.h.
TEST(Transcript, KnownAnswers) {
  HashChain chain;
  const std::string here = "here";
  chain.absorb('B', "context", {reinterpret_cast<const u8*>(here.data()), here.size()});
  const u64 x[] = {5, 6, kModulus - 1};
  chain.absorb_elements('K', "x", x);
  EXPECT_EQ(chain.challenge("alpha"),
            K(F(0xcaea2475b393f620), F(0x19696dfe0e8a1518), F(0xcefee9fb1d29d9ad)));
  EXPECT_EQ(chain.challenge("alpha"),
            K(F(0x29662f7c7af25687), F(0x882a7e92d46228a4), F(0x793547841d0c5a91)));
  Bytes digest(32);
  for (u8 i = 0; i < 32; ++i) digest[i] = i;
  chain.absorb('D', "root", digest);
  u64 positions[6];
  chain.challenge_bits("positions", 13, positions);
  EXPECT_EQ(std::vector<u64>(positions, positions + 6),
            (std::vector<u64>{472, 7545, 7323, 322, 7451, 7376}));
  u64 nonce = 0;
  while (!chain.nonce_is_good(nonce, 10)) ++nonce;
  EXPECT_EQ(nonce, 444u);
}

TEST(Transcript, ChallengesAreUniformInK) {
  HashChain chain;
  constexpr u32 n = 20000;
  u32 ones[kDegree][64] = {};
  std::vector<std::array<u64, 3>> seen;
  for (u32 i = 0; i < n; ++i) {
    const K c = chain.challenge("c");
    for (u32 l = 0; l < kDegree; ++l) {
      ASSERT_LT(c.c[l].v, kModulus);
      ASSERT_NE(c.c[l].v, 0u);
      for (u32 b = 0; b < 64; ++b) ones[l][b] += c.c[l].v >> b & 1;
    }
    ASSERT_FALSE(c.c[0] == c.c[1] || c.c[1] == c.c[2] || c.c[0] == c.c[2]);
    seen.push_back({c.c[0].v, c.c[1].v, c.c[2].v});
  }
  for (auto& limb : ones)
    for (const u32 count : limb) EXPECT_NEAR(count, n / 2, 5 * 71);  // five standard deviations
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
}

TEST(Transcript, PositionsAreUniform) {
  HashChain chain;
  std::vector<u64> drawn(1 << 15);
  chain.challenge_bits("positions", 6, drawn);
  u32 counts[64] = {};
  for (const u64 x : drawn) ++counts[x];
  for (const u32 count : counts) EXPECT_NEAR(count, 512, 5 * 23);
}

// A7: work that is absent, extra, misplaced, or too little.
TEST(Transcript, EveryWrongNonceIsRefused) {
  constexpr u64 seed = 7;
  ProveOptions options;
  options.verify_own = false;
  options.frozen_seed = seed;
  const Bytes honest = prove(deep_job().input(), options).bytes;
  const Frozen frozen(seed);
  ASSERT_EQ(file_verdict(honest), "accepted");
  std::vector<std::size_t> nonces;
  for (const LoggedEvent& e : events_of(honest))
    if (e.type == 'N') nonces.push_back(proof_offset(honest) + e.end - 8);
  ASSERT_GE(nonces.size(), 2u);
  for (const std::size_t at : nonces) {
    Bytes absent = honest, extra = honest, zero = honest, less = honest;
    absent.erase(absent.begin() + static_cast<long>(at),
                 absent.begin() + static_cast<long>(at + 8));
    extra.insert(extra.begin() + static_cast<long>(at), honest.begin() + static_cast<long>(at),
                 honest.begin() + static_cast<long>(at + 8));
    store_word(zero, at, 0);
    store_word(less, at, load_word(less, at) - 1);
    EXPECT_NE(file_verdict(absent), "accepted");
    EXPECT_NE(file_verdict(extra), "accepted");
    if (load_word(honest, at) == 0) continue;  // the least good one
    EXPECT_EQ(file_verdict(zero), "grinding");
    EXPECT_EQ(file_verdict(less), "grinding");
  }
  Bytes swapped = honest;
  store_word(swapped, nonces[0], load_word(honest, nonces[1]));
  store_word(swapped, nonces[1], load_word(honest, nonces[0]));
  EXPECT_EQ(file_verdict(swapped), "grinding");
}

}  // namespace
}  // namespace pedigree::harness
