// The clear channel: the same protocol code (proof/segment_protocol.h) over clear messages, with an
// ideal commitment that answers linear forms. Names the exact check that fails, which the masked
// channel must not. Tests only.
#pragma once

#include "harness/jobs.h"
#include "proof/segment_protocol.h"

namespace pedigree::harness {

struct ClearValue {
  K constant;
  ClearValue() = default;
  ClearValue(const K& c) : constant(c) {}  // NOLINT
  friend ClearValue operator+(const ClearValue& a, const ClearValue& b) {
    return a.constant + b.constant;
  }
  friend ClearValue operator-(const ClearValue& a, const ClearValue& b) {
    return a.constant - b.constant;
  }
  friend ClearValue operator*(const ClearValue& a, const K& c) { return a.constant * c; }
};

class ClearChannel {
 public:
  using Value = ClearValue;

  ClearChannel(VerifierTranscript& transcript, const SegmentPublic& s, const Witness& w)
      : transcript_(transcript), s_(s), w_(w) {}

  Result<ClearValue> receive(std::string_view label) noexcept {
    PEDIGREE_LET(sent, transcript_.receive(label));
    return ClearValue(sent);
  }
  Result<ClearValue> receive_clear(std::string_view label) noexcept { return receive(label); }
  Result<Digest> receive_root(std::string_view label) noexcept {
    return transcript_.receive_digest(label);
  }
  K challenge(std::string_view label) noexcept { return transcript_.challenge(label); }
  ClearValue key(const FormKey& key) noexcept;
  Result<void> require(Check id, u32 index, const ClearValue& linear,
                       std::span<const Gate<ClearValue>> gates) noexcept {
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

using Tamper = std::function<void(const SegmentPublic&, Witness&)>;

struct ClearOptions {
  bool recount = true;       // multiplicities fit the bent witness
  bool old_answers = false;  // out-of-domain answers of the honest witness
  u64 frozen_seed = 0;
  u64 drawn = 0;  // frozen challenges of the segments before this one
  MaskedSender::Liar* liar = nullptr;
  Tamper tamper_counts = {};                         // after the lookups were counted
  Tamper tamper_pushforwards = {};                   // before they are committed
  std::function<void(SegmentPublic&)> believe = {};  // what the prover computes with
  std::function<void(SegmentPublic&)> answers = {};  // other answers than those of the messages
};

// One segment of a statement compiled and its trace filled once; versions of the witness are then proven and
// judged in the clear.
class ClearCase {
 public:
  explicit ClearCase(const ProveInput& input, u32 segment = 0);
  explicit ClearCase(const Job& job, u32 segment = 0) : ClearCase(job.input(), segment) {}

  const Compiled& run() const { return compiled_; }
  const CompiledSegment& compiled() const { return compiled_.segments[index_]; }
  const Statement& statement() const { return input_.statement; }
  const SegmentPublic& segment() const { return segment_; }
  const Witness& honest() const { return honest_; }

  // Bends the witness in place (multiplicities, answers), and returns what the prover sends for it.
  std::vector<u8> prove(Witness& w, const ClearOptions& options = {});
  // "accepted", or the name of the check that failed and its index. Reads with the answers of the
  // last `prove`.
  std::string judge(std::span<const u8> messages, const Witness& w, u64 frozen_seed = 0,
                    u64 drawn = 0);
  // Both, for the honest witness after `tamper`.
  std::string verdict(const Tamper& tamper, const ClearOptions& options = {});

 private:
  void set_answers(const Witness& w);
  ProveInput input_;
  u32 index_;
  OwnedArena arena_;
  Compiled compiled_;
  SegmentPublic segment_;
  Witness honest_;
  std::vector<u8> settings_;
};

// "accepted" or the name of the check, with its index.
std::string verdict_name(const Refusal& why);

// Proves a job in the clear and judges it. `tamper` changes the witness after the trace.
inline std::string judge_clear(const Job& job, const Tamper& tamper = {}) {
  return ClearCase(job).verdict(tamper);
}

}  // namespace pedigree::harness
