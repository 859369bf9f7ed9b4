// Signatures by one of several keys: whoever signs is accepted, and nothing that was altered is.
#include "custody/ring_signature.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <vector>

#include "custody/keys.h"

namespace pedigree {
namespace {

struct Ring {
  Digest message;
  std::vector<Digest> keys;
  u8 first[64] = {};
  std::vector<Digest> rest;

  bool is_accepted() const { return is_ring_signature(message, keys, first, rest); }
};

Ring ring_of(u32 n, u32 signer) {
  Ring r;
  r.message.bytes[0] = 9;
  r.rest.resize(n - 1);
  std::vector<custody::SigningKey> secret(n);
  for (custody::SigningKey& key : secret) {
    key = custody::new_key();
    r.keys.push_back(key.public_key);
  }
  sign_in_ring(r.message, r.keys, signer, secret[signer].secret, r.first, r.rest);
  return r;
}

Digest digest_of(std::string_view hex) {
  Digest out;
  EXPECT_TRUE(custody::parse_hex(hex, out));
  return out;
}

TEST(Ring, WhoeverSignsIsAccepted) {
  for (u32 n : {2u, 3u, 8u})
    for (u32 signer = 0; signer < n; ++signer) EXPECT_TRUE(ring_of(n, signer).is_accepted());
}

TEST(Ring, EveryByteIsBound) {
  const Ring honest = ring_of(3, 1);
  const auto is_refused = [&](auto change) {
    Ring r = honest;
    change(r);
    return !r.is_accepted();
  };
  for (u32 i = 0; i < 32; ++i) {
    const u8 bit = static_cast<u8>(1 << i % 8);
    EXPECT_TRUE(is_refused([&](Ring& r) { r.message.bytes[i] ^= bit; }));
    EXPECT_TRUE(is_refused([&](Ring& r) { r.first[i] ^= bit; }));
    EXPECT_TRUE(is_refused([&](Ring& r) { r.first[32 + i] ^= bit; }));
    for (u32 k = 0; k < 3; ++k)
      EXPECT_TRUE(is_refused([&](Ring& r) { r.keys[k].bytes[i] ^= bit; }));
    for (u32 k = 0; k < 2; ++k)
      EXPECT_TRUE(is_refused([&](Ring& r) { r.rest[k].bytes[i] ^= bit; }));
  }
  EXPECT_TRUE(is_refused([](Ring& r) { std::swap(r.keys[0], r.keys[1]); }));
  EXPECT_TRUE(is_refused([](Ring& r) { std::swap(r.rest[0], r.rest[1]); }));
  EXPECT_TRUE(is_refused([](Ring& r) { r.rest.pop_back(); }));
  EXPECT_TRUE(is_refused([](Ring& r) { r.keys.pop_back(), r.rest.pop_back(); }));
}

// A scalar has one encoding, and zeros and points outside the group say nothing.
TEST(Ring, OneEncodingAndNoPointOfSmallOrder) {
  const Ring honest = ring_of(2, 0);
  Ring larger = honest;
  const Digest order =
      digest_of("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  unsigned carry = 0;
  for (u32 i = 0; i < 32; ++i) {
    carry += larger.rest[0].bytes[i] + order.bytes[i];
    larger.rest[0].bytes[i] = static_cast<u8>(carry);
    carry >>= 8;
  }
  EXPECT_FALSE(larger.is_accepted());
  Ring zero = honest;
  zero.rest[0] = Digest();
  EXPECT_FALSE(zero.is_accepted());
  // A key and a point of order 2, 4 or 8: some versions of libsodium take the first for a key.
  const Digest torsion[] = {
      digest_of("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
      digest_of("0000000000000000000000000000000000000000000000000000000000000000"),
      digest_of("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")};
  for (const Digest& t : torsion) {
    Digest sum;
    ASSERT_EQ(crypto_core_ed25519_add(sum.bytes, honest.keys[0].bytes, t.bytes), 0);
    EXPECT_TRUE(is_ring_key(honest.keys[0]));
    EXPECT_FALSE(is_ring_key(sum));
    EXPECT_FALSE(is_ring_key(t));
    Ring mixed = ring_of(2, 0);
    ASSERT_EQ(crypto_core_ed25519_add(mixed.keys[1].bytes, mixed.keys[1].bytes, t.bytes), 0);
    EXPECT_FALSE(mixed.is_accepted());
  }
  // With a key of small order anybody could sign: c A = 0 for one challenge in eight.
  Digest neutral;
  neutral.bytes[0] = 1;
  Ring small = honest;
  small.keys[1] = neutral;
  EXPECT_FALSE(small.is_accepted());
}

// Made by the second implementation, from secrets of 32 equal bytes 1, 2, 3, signed by the last.
TEST(Ring, IsThatOfThePage) {
  Ring r;
  for (u8 i = 0; i < 32; ++i) r.message.bytes[i] = i;
  for (const char* hex : {"8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c",
                          "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394",
                          "ed4928c628d1c2c6eae90338905995612959273a5c63f93636c14614ac8737d1"})
    r.keys.push_back(digest_of(hex));
  const Digest first[2] = {
      digest_of("5654b84b0660cb6d6c5a39bb246c89b861f98fb834e70957e46537e55306da04"),
      digest_of("2c85aa5c763898605cdd70c992f98e668f5b49f852c9630a7e64b35ba68b6709")};
  std::memcpy(r.first, first, sizeof r.first);
  for (const char* hex : {"d519a1a4acea03db6cc240786a258f9d710d23e91df769bf2a31125ab289b702",
                          "7323c2d4383718c196c736ce1791952f64ae63b9291bf26cc2503982aeb30904"})
    r.rest.push_back(digest_of(hex));
  EXPECT_TRUE(r.is_accepted());
}

}  // namespace
}  // namespace pedigree
