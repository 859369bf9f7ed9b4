// Fiat-Shamir: every byte of a proof passes through here, and nothing reaches the verifier any other way.
//
//   absorb     state := Keccak256(state, type, |label|, label, |payload| as 8 bytes, payload)
//   challenge  state := Keccak256(state, 'C', |label|, label, 0); 64-bit words (little endian) of
//              Keccak256(state, 0), Keccak256(state, 1), ... (counter as 8 bytes), words at or above p rejected
//   grind      a nonce with `bits` leading zero bits in Keccak256(state, nonce as 8 bytes); then absorbed
//
// Types of payload: 'B' bound context (not in the proof), 'K' elements of K, 'F' elements of F, 'D' digest, 'N' nonce.
// Elements are 8 bytes little endian a word, three words for K, each below p: one encoding per value. Merkle leaves and
// paths travel as `hint`s: not absorbed, because a root authenticates them.
//
//   source  the duplex-free chain is the random-oracle Fiat-Shamir of [BCS16]; soundness is round by round
#pragma once

#include <bit>
#include <string_view>
#ifndef PEDIGREE_VERIFIER_ONLY
#include <vector>
#endif

#include "base/arena.h"
#include "base/refusal.h"
#include "field/k.h"
#include "hash/keccak.h"

namespace pedigree {

static_assert(std::endian::native == std::endian::little,
              "words are hashed and parsed as they lie in memory");

// What both sides share: the hash chain.
class HashChain {
 public:
  void absorb(char type, std::string_view label, std::span<const u8> payload) noexcept;
  void absorb_elements(char type, std::string_view label, std::span<const u64> words) noexcept;
  K challenge(std::string_view label) noexcept;
  // `bits` <= 63 uniform bits each.
  void challenge_bits(std::string_view label, u32 bits, std::span<u64> out) noexcept;
  bool nonce_is_good(u64 nonce, u32 bits) const noexcept;
  const Digest& state() const noexcept { return state_; }
  // A new conversation: the state of the beginning.
  void restart() noexcept { state_ = Digest(); }

#ifdef PEDIGREE_HARNESS
  // Harness only: challenges from a fixed seed instead of the state ("frozen"), and a record of every event.
  u64 frozen_seed = 0;
  u64 challenges_drawn = 0;
  struct Event {
    char type;
    std::string_view label;
    u64 bytes;
  };
  void (*observe)(void* context, const Event& event) = nullptr;
  void* observer = nullptr;
#endif

 private:
  void begin_challenge(std::string_view label) noexcept;
  Digest state_{};
};

// Bytes of a proof, read once, in order.
class VerifierTranscript {
 public:
  explicit VerifierTranscript(std::span<const u8> proof) noexcept : proof_(proof) {}

  void bind(std::string_view label, std::span<const u8> context) noexcept {
    chain_.absorb('B', label, context);
  }
  Result<K> receive(std::string_view label) noexcept;
  Result<void> receive(std::string_view label, std::span<K> out) noexcept;
  Result<Digest> receive_digest(std::string_view label) noexcept;
  Result<void> receive_nonce(std::string_view label, u32 bits) noexcept;
  // Not absorbed: authenticated by a root.
  Result<void> hint_elements(std::span<F> out) noexcept;
  Result<void> hint_elements(std::span<K> out) noexcept;
  Result<Digest> hint_digest() noexcept;
  K challenge(std::string_view label) noexcept { return chain_.challenge(label); }
  void challenge_bits(std::string_view label, u32 bits, std::span<u64> out) noexcept {
    chain_.challenge_bits(label, bits, out);
  }
#ifndef PEDIGREE_VERIFIER_ONLY
  // The prover replays its own messages as they grow: the same bytes and more.
  void extend(std::span<const u8> proof) noexcept { proof_ = proof; }
#endif
  // Nothing may follow the last message.
  Result<void> finish() const noexcept;
  std::size_t position() const noexcept { return at_; }
  HashChain& chain() noexcept { return chain_; }

 private:
  Result<u64> word() noexcept;
  std::span<const u8> proof_;
  std::size_t at_ = 0;
  HashChain chain_;
};

#ifndef PEDIGREE_VERIFIER_ONLY
// The prover's side of the same conversation.
class ProverTranscript {
 public:
  void bind(std::string_view label, std::span<const u8> context) {
    chain_.absorb('B', label, context);
  }
  void send(std::string_view label, const K& value);
  void send(std::string_view label, std::span<const K> values);
  void send_digest(std::string_view label, const Digest& digest);
  // Searches and sends the nonce.
  void send_nonce(std::string_view label, u32 bits);
  void hint_elements(std::span<const F> values);
  void hint_elements(std::span<const K> values);
  void hint_digest(const Digest& digest);
  K challenge(std::string_view label) { return chain_.challenge(label); }
  void challenge_bits(std::string_view label, u32 bits, std::span<u64> out) {
    chain_.challenge_bits(label, bits, out);
  }
  const std::vector<u8>& proof() const { return proof_; }
  // Messages of a conversation that had a chain of its own.
  void append(std::span<const u8> messages) {
    proof_.insert(proof_.end(), messages.begin(), messages.end());
  }
  HashChain& chain() { return chain_; }

 private:
  void put(u64 word);
  std::vector<u8> proof_;
  HashChain chain_;
};
#endif

}  // namespace pedigree
