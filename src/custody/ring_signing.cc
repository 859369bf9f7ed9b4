#include <stdexcept>
#include <vector>

#include "custody/ring_challenge.h"
#include "custody/ring_signature.h"

namespace pedigree {

namespace {

// Uniform; should the system give the same randomness twice, still another one for another message or place.
Digest scalar_for(const Digest& message, std::size_t place, const u8 (&secret)[64]) {
  u8 random[32];
  randombytes_buf(random, sizeof random);
  return scalar_from("pedigree ring response v1", {std::span<const u8>(secret).first(32),
                                                   message.bytes, Place(place).bytes, random});
}

// a of A = a B [RFC 8032 5.1.5], below the order of the group.
Digest secret_scalar(const u8 (&secret)[64]) {
  u8 wide[64] = {};
  crypto_sign_ed25519_sk_to_curve25519(wide, secret);
  Digest out;
  crypto_core_ed25519_scalar_reduce(out.bytes, wide);
  sodium_memzero(wide, sizeof wide);
  return out;
}

}  // namespace

void sign_in_ring(const Digest& message, std::span<const Digest> keys, std::size_t signer,
                  const u8 (&secret)[64], u8 (&first)[64], std::span<Digest> rest) {
  const std::size_t n = keys.size();
  std::vector<Digest> s(n), c(n);
  Digest nonce = scalar_for(message, n, secret), point;
  crypto_scalarmult_ed25519_base_noclamp(point.bytes, nonce.bytes);
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t i = (signer + k) % n, next = (i + 1) % n;
    if (k > 0) {
      s[i] = scalar_for(message, i, secret);
      if (!ring_point(s[i], c[i], keys[i], point))
        throw std::runtime_error("a key of the ring is no Ed25519 key");
    }
    c[next] = next_challenge(message, i, point);
  }
  Digest a = secret_scalar(secret), product;
  crypto_core_ed25519_scalar_mul(product.bytes, c[signer].bytes, a.bytes);
  crypto_core_ed25519_scalar_sub(s[signer].bytes, nonce.bytes, product.bytes);
  sodium_memzero(a.bytes, sizeof a.bytes);
  sodium_memzero(nonce.bytes, sizeof nonce.bytes);
  sodium_memzero(product.bytes, sizeof product.bytes);
  std::memcpy(first, c[0].bytes, sizeof c[0].bytes);
  std::memcpy(first + 32, s[0].bytes, sizeof s[0].bytes);
  for (std::size_t i = 1; i < n; ++i) rest[i - 1] = s[i];
}

}  // namespace pedigree
