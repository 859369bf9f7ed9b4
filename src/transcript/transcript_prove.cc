#include "transcript/transcript.h"

namespace pedigree {

void ProverTranscript::put(u64 word) {
  const auto* p = reinterpret_cast<const u8*>(&word);
  proof_.insert(proof_.end(), p, p + 8);
}

void ProverTranscript::send(std::string_view label, const K& value) { send(label, std::span<const K>(&value, 1)); }

void ProverTranscript::send(std::string_view label, std::span<const K> values) {
  hint_elements(values);
  chain_.absorb_elements('K', label, {reinterpret_cast<const u64*>(values.data()), kDegree * values.size()});
}

void ProverTranscript::send_digest(std::string_view label, const Digest& digest) {
  hint_digest(digest);
  chain_.absorb('D', label, digest.bytes);
}

void ProverTranscript::send_nonce(std::string_view label, u32 bits) {
  if (bits == 0) return;
  u64 nonce = 0;
  while (!chain_.nonce_is_good(nonce, bits)) ++nonce;
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
