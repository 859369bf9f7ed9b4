#include "transcript/transcript.h"

namespace pedigree {

namespace {

u64 load_word(const u8* p) noexcept {
  u64 x;
  std::memcpy(&x, p, 8);
  return x;
}

void hash_head(Keccak256& h, const Digest& state, char type, std::string_view label,
               u64 payload) noexcept {
  const u8 head[2] = {static_cast<u8>(type), static_cast<u8>(label.size())};
  h.update(state.bytes);
  h.update(head);
  h.update({reinterpret_cast<const u8*>(label.data()), label.size()});
  h.update_u64(payload);
}

}  // namespace

void HashChain::absorb(char type, std::string_view label, std::span<const u8> payload) noexcept {
  Keccak256 h;
  hash_head(h, state_, type, label, payload.size());
  h.update(payload);
  state_ = h.finish();
#ifdef PEDIGREE_HARNESS
  if (observe) observe(observer, {type, label, payload.size()});
#endif
}

void HashChain::absorb_elements(char type, std::string_view label,
                                std::span<const u64> words) noexcept {
  Keccak256 h;
  hash_head(h, state_, type, label, 8 * words.size());
  for (const u64 w : words) h.update_u64(w);
  state_ = h.finish();
#ifdef PEDIGREE_HARNESS
  if (observe) observe(observer, {type, label, 8 * words.size()});
#endif
}

void HashChain::begin_challenge(std::string_view label) noexcept {
  Keccak256 h;
  hash_head(h, state_, 'C', label, 0);
  state_ = h.finish();
#ifdef PEDIGREE_HARNESS
  if (frozen_seed != 0) {
    Keccak256 frozen;
    frozen.update_u64(frozen_seed);
    frozen.update_u64(challenges_drawn++);
    state_ = frozen.finish();
  }
  if (observe) observe(observer, {'C', label, 0});
#endif
}

K HashChain::challenge(std::string_view label) noexcept {
  begin_challenge(label);
  K r;
  u32 have = 0;
  for (u64 counter = 0; have < kDegree; ++counter) {
    Keccak256 h;
    h.update(state_.bytes);
    h.update_u64(counter);
    const Digest d = h.finish();
    for (u32 i = 0; i < 4 && have < kDegree; ++i) {
      const u64 x = load_word(d.bytes + 8 * i);
#ifdef PEDIGREE_TOY_FIELD
      r.c[have++] = F(x);
#else
      if (x < kModulus) r.c[have++] = F::canonical(x);
#endif
    }
  }
  return r;
}

void HashChain::challenge_bits(std::string_view label, u32 bits, std::span<u64> out) noexcept {
  begin_challenge(label);
  Digest d;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i % 4 == 0) {
      Keccak256 h;
      h.update(state_.bytes);
      h.update_u64(i / 4);
      d = h.finish();
    }
    out[i] = load_word(d.bytes + 8 * (i % 4)) & ((u64{1} << bits) - 1);
  }
}

bool HashChain::nonce_is_good(u64 nonce, u32 bits) const noexcept {
  if (bits == 0) return true;
  Keccak256 h;
  h.update(state_.bytes);
  h.update_u64(nonce);
  const Digest d = h.finish();
  u64 head = 0;  // the first eight bytes, most significant first
  for (u32 i = 0; i < 8; ++i) head = head << 8 | d.bytes[i];
  return head >> (64 - bits) == 0;
}

Result<u64> VerifierTranscript::word() noexcept {
  PEDIGREE_CHECK(read_past_end, proof_.size() - at_ >= 8, at_);
  if (proof_.size() - at_ < 8) return u64{0};  // reached only with the check above switched off
  const u64 x = load_word(proof_.data() + at_);
  PEDIGREE_CHECK(element_canonical, x < kModulus, at_);
  at_ += 8;
  return x;
}

Result<K> VerifierTranscript::receive(std::string_view label) noexcept {
  K x;
  PEDIGREE_TRY(receive(label, std::span<K>(&x, 1)));
  return x;
}

Result<void> VerifierTranscript::receive(std::string_view label, std::span<K> out) noexcept {
  PEDIGREE_TRY(hint_elements(out));
  static_assert(sizeof(K) == 3 * sizeof(u64));
  chain_.absorb_elements('K', label,
                         {reinterpret_cast<const u64*>(out.data()), kDegree * out.size()});
  return {};
}

Result<Digest> VerifierTranscript::receive_digest(std::string_view label) noexcept {
  PEDIGREE_LET(d, hint_digest());
  chain_.absorb('D', label, d.bytes);
  return d;
}

Result<void> VerifierTranscript::receive_nonce(std::string_view label, u32 bits) noexcept {
  if (bits == 0) return {};
  PEDIGREE_CHECK(read_past_end, proof_.size() - at_ >= 8, at_);
  if (proof_.size() - at_ < 8) return {};
  const u64 nonce = load_word(proof_.data() + at_);
  PEDIGREE_CHECK(grinding, chain_.nonce_is_good(nonce, bits), at_);
  at_ += 8;
  chain_.absorb_elements('N', label, {&nonce, 1});
  return {};
}

Result<void> VerifierTranscript::hint_elements(std::span<F> out) noexcept {
  for (F& x : out) {
    PEDIGREE_LET(w, word());
    x = F::canonical(w);
  }
  return {};
}

Result<void> VerifierTranscript::hint_elements(std::span<K> out) noexcept {
  for (K& x : out) PEDIGREE_TRY(hint_elements(std::span<F>(x.c)));
  return {};
}

Result<Digest> VerifierTranscript::hint_digest() noexcept {
  PEDIGREE_CHECK(read_past_end, proof_.size() - at_ >= 32, at_);
  Digest d;
  if (proof_.size() - at_ < 32) return d;
  std::memcpy(d.bytes, proof_.data() + at_, 32);
  at_ += 32;
  return d;
}

Result<void> VerifierTranscript::finish() const noexcept {
  PEDIGREE_CHECK(trailing_bytes, at_ == proof_.size(), at_);
  return {};
}

}  // namespace pedigree
