#include "kernel/keccak_many.h"
#include "transcript/transcript.h"

namespace pedigree {

namespace {

// The smallest good nonce; candidates are hashed many at a time.
u64 find_nonce(const HashChain& chain, u32 bits) {
  constexpr std::size_t kBatch = 512, kLength = sizeof(Digest) + sizeof(u64);
  std::vector<u8> inputs(kBatch * kLength);
  std::vector<Digest> digests(kBatch);
  for (u64 first = 0;; first += kBatch) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      const u64 nonce = first + i;
      std::memcpy(&inputs[i * kLength], chain.state().bytes, sizeof(Digest));
      std::memcpy(&inputs[i * kLength + sizeof(Digest)], &nonce, sizeof nonce);
    }
    keccak256_many(inputs.data(), kLength, kLength, kBatch, digests.data());
    for (std::size_t i = 0; i < kBatch; ++i)
      if ((bits < 8 || digests[i].bytes[0] == 0) && chain.nonce_is_good(first + i, bits))
        return first + i;
  }
}

}  // namespace

void ProverTranscript::put(u64 word) {
  const auto* p = reinterpret_cast<const u8*>(&word);
  proof_.insert(proof_.end(), p, p + 8);
}

void ProverTranscript::send(std::string_view label, const K& value) {
  send(label, std::span<const K>(&value, 1));
}

void ProverTranscript::send(std::string_view label, std::span<const K> values) {
  hint_elements(values);
  chain_.absorb_elements('K', label,
                         {reinterpret_cast<const u64*>(values.data()), kDegree * values.size()});
}

void ProverTranscript::send_digest(std::string_view label, const Digest& digest) {
  hint_digest(digest);
  chain_.absorb('D', label, digest.bytes);
}

void ProverTranscript::send_nonce(std::string_view label, u32 bits) {
  if (bits == 0) return;
  const u64 nonce = find_nonce(chain_, bits);
  put(nonce);
  chain_.absorb_elements('N', label, {&nonce, 1});
}

void ProverTranscript::hint_elements(std::span<const F> values) {
  for (const F x : values) put(x.v);
}

void ProverTranscript::hint_elements(std::span<const K> values) {
  for (const K& x : values) hint_elements(std::span<const F>(x.c));
}

void ProverTranscript::hint_digest(const Digest& digest) {
  proof_.insert(proof_.end(), digest.bytes, digest.bytes + 32);
}

}  // namespace pedigree
