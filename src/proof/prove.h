// The prover: from a statement without roots and a trace to the bytes of a proof, verified before they are handed out.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "proof/verify.h"
#include "proof/witness.h"
#include "transcript/randomness.h"

namespace pedigree {

// Where a trainer writes its trace. Columns are 2^log_size elements, index as in tensor/program.h; cells of dead slots too.
struct TraceSinks {
  std::vector<F*>
      tensors;  // by TensorId: committed tensors of the segment and contractions; null for others
  std::vector<F*> end_weights;  // by ParameterId: [in padded][out padded]
  std::vector<std::vector<F>>* start =
      nullptr;  // by ParameterId: filled by the prover, live entries
};

struct ProveInput {
  Statement statement;    // roots and answers are filled in here
  std::vector<i64> x, y;  // record-major: records * features, records * label columns
  std::function<void(const Compiled&, TraceSinks&)> fill_trace;
  // What the digest of published weights is, once the end weights are known; empty unless published.
  std::function<Digest(const Compiled&, const TraceSinks&)> weights_digest;
};

struct ProveOptions {
  const Randomness* randomness = nullptr;  // tests of equal proofs; fresh otherwise
  bool check_lookups = true;               // refuse early where a value is outside its table
  bool verify_own = true;
  // Told what begins, and the share of the work that lies behind it.
  std::function<void(const char* stage, double share)> progress = {};
#ifdef PEDIGREE_HARNESS
  bool without_masks = false;  // clear protocol of the harness
  u64 frozen_seed = 0;
  std::function<void(const SegmentPublic&, Witness&)> tamper =
      {};  // after the trace, before anything is committed
  std::function<void(const SegmentPublic&, Witness&)> tamper_counts =
      {};  // after the lookups were counted
  std::function<void(Statement&)> tamper_statement =
      {};  // after the long-lived roots and their answers
  std::function<void(SegmentPublic&)> believe =
      {};  // what the prover computes with; the verifier does not
  MaskedSender::Liar* liar = nullptr;
#endif
};

struct Proof {
  std::vector<u8> bytes;
};

// Throws std::runtime_error naming layer and step where a value is outside its table.
Proof prove(ProveInput input, const ProveOptions& options = {});

// Messages of the data root, start and trace (no multiplicities, pads, random rows yet).
TraceSinks prepare_witness(const ProveInput& input, const Compiled& c, Witness& w);

// The out-of-domain answer of a message: sum of z^(x+1) f[x] up to the pad, plus the pad.
K masked_answer(const std::vector<F>& message, const Layout& layout, u32 root,
                const Digest& digest);

// The statement's bytes.
std::vector<u8> encode_statement(const Statement& s);

// Weights of a linear form over whole messages, one vector per root.
std::vector<std::vector<K>> form_weights(std::span<const FormKey> keys,
                                         std::span<const FormTerm> form, const Layout& layout,
                                         std::span<const u32> selection);

// A block of memory and the arena in it.
class OwnedArena {
 public:
  explicit OwnedArena(std::size_t bytes)
      : block_(new u8[bytes]), arena_(block_.get(), bytes, nullptr) {}
  Arena& get() { return arena_; }

 private:
  std::unique_ptr<u8[]> block_;
  Arena arena_;
};

}  // namespace pedigree
