#include <sodium.h>

#include <system_error>

#include "transcript/randomness.h"

namespace pedigree {

Randomness::Randomness(const Digest& statement) : statement_(statement) {
  if (sodium_init() < 0)
    throw std::system_error(ENOSYS, std::generic_category(), "no system randomness");
  randombytes_buf(seed_.bytes, sizeof seed_.bytes);
}

void Randomness::fill(std::string_view purpose, std::span<F> out) const {
  constexpr std::string_view domain = "pedigree masks v1";
  Keccak256 h;
  h.update({reinterpret_cast<const u8*>(domain.data()), domain.size()});
  h.update(seed_.bytes);
  h.update(statement_.bytes);
  h.update({reinterpret_cast<const u8*>(purpose.data()), purpose.size()});
  const Digest key = h.finish();
  constexpr std::size_t chunk = 8192;
  std::vector<u64> words(chunk);
  u64 nonce = 0;
  for (std::size_t done = 0; done < out.size(); ++nonce) {
    u8 nonce_bytes[crypto_stream_chacha20_NONCEBYTES];
    static_assert(sizeof nonce_bytes == sizeof nonce);
    std::memcpy(nonce_bytes, &nonce, sizeof nonce);
    crypto_stream_chacha20(reinterpret_cast<u8*>(words.data()), chunk * sizeof(u64), nonce_bytes,
                           key.bytes);
    for (std::size_t i = 0; i < chunk && done < out.size(); ++i) {
#ifdef PEDIGREE_TOY_FIELD
      out[done++] = F(words[i]);
#else
      if (words[i] < kModulus) out[done++] = F::canonical(words[i]);
#endif
    }
  }
  sodium_memzero(words.data(), chunk * sizeof(u64));
}

void Randomness::fill(std::string_view purpose, std::span<K> out) const {
  static_assert(sizeof(K) == kDegree * sizeof(F));
  fill(purpose, std::span<F>(reinterpret_cast<F*>(out.data()), kDegree * out.size()));
}

}  // namespace pedigree
