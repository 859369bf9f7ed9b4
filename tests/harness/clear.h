// The clear channel: the same protocol code (proof/segment_protocol.h) over clear messages, with an ideal commitment that
// answers linear forms. Names the exact check that fails, which the masked channel must not. Tests only.
#pragma once

#include "harness/jobs.h"
#include "proof/segment_protocol.h"

namespace pedigree::harness {

struct ClearValue {
  K constant;
  ClearValue() = default;
  ClearValue(const K& c) : constant(c) {}  // NOLINT
  friend ClearValue operator+(const ClearValue& a, const ClearValue& b) { return a.constant + b.constant; }
  friend ClearValue operator-(const ClearValue& a, const ClearValue& b) { return a.constant - b.constant; }
  friend ClearValue operator*(const ClearValue& a, const K& c) { return a.constant * c; }
};

class ClearChannel {
 public:
  using Value = ClearValue;

  ClearChannel(VerifierTranscript& transcript, const SegmentPublic& s, const Witness& w) : transcript_(transcript), s_(s), w_(w) {}

  Result<ClearValue> receive(std::string_view label) noexcept {
    PEDIGREE_LET(sent, transcript_.receive(label));
    return ClearValue(sent);
  }
  Result<ClearValue> receive_clear(std::string_view label) noexcept { return receive(label); }
  K challenge(std::string_view label) noexcept { return transcript_.challenge(label); }
  ClearValue key(const FormKey& key) noexcept;
  Result<void> require(Check id, u32 index, const ClearValue& linear, std::span<const Gate<ClearValue>> gates) noexcept {
    K sum = linear.constant;
    for (const Gate<ClearValue>& g : gates) sum += g.coef * g.a.constant * g.b.constant;
    if (check_alive(id) && !sum.is_zero()) return refuse(id, index);
    return {};
  }

 private:
  VerifierTranscript& transcript_;
  const SegmentPublic& s_;
  const Witness& w_;
};

// Proves a job in the clear, judges its messages with the ideal commitment: "accepted" or the name of the check, with its
// index. `tamper` changes the witness after the trace, before the commitment.
std::string judge_clear(const Job& job, std::function<void(const SegmentPublic&, Witness&)> tamper = {}, bool recount = true);

}  // namespace pedigree::harness
