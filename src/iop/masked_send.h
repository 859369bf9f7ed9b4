// The prover's side of a masked channel: each message leaves as value + its own pad, in order.
#pragma once

#include "transcript/transcript.h"

namespace pedigree {

class MaskedSender {
 public:
  // Pads of zero give the clear protocol (tests).
  MaskedSender(ProverTranscript& transcript, std::span<const K> pads)
      : transcript_(transcript), pads_(pads) {}

#ifdef PEDIGREE_HARNESS
  // A lying prover: it sees each value before its pad is added and says what leaves instead, and may compute on with
  // another challenge than the one drawn.
  struct Liar {
    virtual ~Liar() = default;
    virtual K send(std::string_view, const K& value) { return value; }
    virtual K challenge(std::string_view, const K& drawn) { return drawn; }
  };
  Liar* liar = nullptr;
  K said(std::string_view label, const K& value) {
    return liar != nullptr ? liar->send(label, value) : value;
  }
  K heard(std::string_view label, const K& drawn) {
    return liar != nullptr ? liar->challenge(label, drawn) : drawn;
  }
#else
  static const K& said(std::string_view, const K& value) { return value; }
  static const K& heard(std::string_view, const K& drawn) { return drawn; }
#endif

  void send(std::string_view label, const K& value) {
    transcript_.send(label, said(label, value) + next_pad());
  }
  void send_clear(std::string_view label, const K& value) {
    transcript_.send(label, said(label, value));
  }
  K challenge(std::string_view label) { return heard(label, transcript_.challenge(label)); }
  // Takes the next pad out of order: the operands of the free gate.
  K next_pad();
  std::size_t used() const { return used_; }
  ProverTranscript& transcript() { return transcript_; }

 private:
  ProverTranscript& transcript_;
  std::span<const K> pads_;
  std::size_t used_ = 0;
};

}  // namespace pedigree
