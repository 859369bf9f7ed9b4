// The prover's side of a masked channel: each message leaves as value + its own pad, in order.
#pragma once

#include "transcript/transcript.h"

namespace pedigree {

class MaskedSender {
 public:
  // Pads of zero give the clear protocol (tests).
  MaskedSender(ProverTranscript& transcript, std::span<const K> pads) : transcript_(transcript), pads_(pads) {}

  void send(std::string_view label, const K& value) { transcript_.send(label, value + next_pad()); }
  void send_clear(std::string_view label, const K& value) { transcript_.send(label, value); }
  K challenge(std::string_view label) { return transcript_.challenge(label); }
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
