#include "transcript/transcript.h"

#include <gtest/gtest.h>

namespace pedigree {
namespace {

std::string hex(const Digest& d) {
  std::string s;
  for (const u8 b : d.bytes) {
    constexpr char digits[] = "0123456789abcdef";
    s += digits[b >> 4];
    s += digits[b & 15];
  }
  return s;
}

std::span<const u8> bytes(std::string_view s) {
  return {reinterpret_cast<const u8*>(s.data()), s.size()};
}

TEST(Keccak, KnownAnswers) {
  EXPECT_EQ(hex(keccak256({})), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  EXPECT_EQ(hex(keccak256(bytes("abc"))),
            "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
}

TEST(Keccak, PiecesEqualTheWhole) {
  std::string text(1000, 'x');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 37);
  for (std::size_t cut : {0, 1, 7, 8, 135, 136, 137, 500, 1000}) {
    Keccak256 h;
    h.update(bytes(text).subspan(0, cut));
    h.update(bytes(text).subspan(cut));
    EXPECT_EQ(hex(h.finish()), hex(keccak256(bytes(text))));
  }
}

TEST(Transcript, BothSidesDrawTheSameChallenges) {
  ProverTranscript p;
  p.bind("context", bytes("here"));
  const K x(F(5), F(6), F(7));
  p.send("x", x);
  const K a = p.challenge("a");
  p.send_nonce("work", 6);
  p.send_digest("root", keccak256(bytes("root")));
  u64 bits[5];
  p.challenge_bits("positions", 9, bits);

  VerifierTranscript v(p.proof());
  v.bind("context", bytes("here"));
  EXPECT_EQ(v.receive("x").value(), x);
  EXPECT_EQ(v.challenge("a"), a);
  EXPECT_TRUE(v.receive_nonce("work", 6).ok());
  EXPECT_EQ(v.receive_digest("root").value(), keccak256(bytes("root")));
  u64 again[5];
  v.challenge_bits("positions", 9, again);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(bits[i], again[i]);
  EXPECT_TRUE(v.finish().ok());
}

TEST(Field, InverseAndRoots) {
  const K a(F(123456789), F(987654321), F(555));
  EXPECT_EQ(a * inverse(a), K(kOne));
  EXPECT_EQ(power(root_of_unity(10), 1024), kOne);
  EXPECT_NE(power(root_of_unity(10), 512), kOne);
  const F top = F::canonical(kModulus - 1);
  const K t(top, top, top);
  EXPECT_EQ(t * t, K(F(5), F(4), F(3)));  // (1 + x + x^2)^2
}

}  // namespace
}  // namespace pedigree
