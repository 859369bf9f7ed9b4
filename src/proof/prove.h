// The prover: from a statement without the roots of its ends, and a trace of each segment, to the bytes of a proof, verified
// before they are handed out.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kernel/lazy_block.h"
#include "proof/verify.h"
#include "proof/witness.h"
#include "transcript/randomness.h"

namespace pedigree {

// Where a trainer writes the trace of a segment. Columns are 2^log_size elements, index as in tensor/program.h; cells of dead
// slots too.
struct TraceSinks {
  std::vector<F*>
      tensors;  // by TensorId: committed tensors over samples, and contractions; null for others
  std::vector<F*> cells;  // by TensorId: cells without a position that the prover brings
};

// Live entries [in][out] of each parameter, by ParameterId.
using WeightEntries = std::vector<std::vector<i64>>;

// What a proof of segments left behind, so that a later process need not make it again. Keeps bytes by name; what it
// returns was stored whole, or is not there.
class AttemptStore {
 public:
  virtual ~AttemptStore() = default;
  virtual bool load(const std::string& name, std::vector<u8>& bytes) = 0;
  virtual void save(const std::string& name, std::span<const u8> bytes) = 0;
};

// What a claim states, as the prover sees it; a run's is proof/statement.h.
class Stated {
 public:
  virtual ~Stated() = default;
  virtual std::vector<u8> encode() const = 0;
  virtual std::size_t memory() const = 0;  // to verify it
  virtual Result<Compiled> compile(Arena& arena) const = 0;
  virtual Result<void> verify(std::span<const u8> file, Arena& arena) const = 0;
};

struct ProveInput {
  Statement statement;                  // ends, and answers of a named start, are filled in here
  const Stated* claim = nullptr;        // proven instead of a run
  OpenableRoot* start = nullptr;        // of a claim: the root of its weights
  std::vector<OpenableRoot*> datasets;  // commitments of the statement's datasets
  // Weights before segment k; k = number of segments: after the last. Not asked for a seeded start.
  std::function<WeightEntries(u32 segment)> weights;
  // `before`: the weights that it starts from, seeded ones too; nobody else needs them.
  std::function<void(u32 segment, const CompiledSegment&, WeightEntries before, TraceSinks&)>
      fill_trace;
#ifdef PEDIGREE_HARNESS
  std::function<void(Statement&)> settle_datasets;  // roots of datasets that a test altered
  std::function<void(u32 segment, std::vector<std::vector<F>>&)>
      alter_start;  // what the prover takes for the start
#endif
};

struct ProveOptions {
  // Of an attempt that goes on, or of tests; fresh otherwise. Streams are bound to the statement and each root's position.
  const Digest* attempt = nullptr;
  AttemptStore* store = nullptr;  // what is there already is not proven again
  u64 coset_words = kCosetWords;  // of codewords that are made a coset at a time: more is faster
  bool keep_mask_leaves =
      true;  // hashes of the mask's leaves until the opening reads them: faster, 32 bytes each
  bool keep_traces =
      false;  // of segments that are run for the weights after them: packed, instead of running them twice
  bool check_lookups = true;  // refuse early where a value is outside its table
  bool verify_own = true;
  // Told what begins, and the share of the work that lies behind it.
  std::function<void(const char* stage, double share)> progress = {};
#ifdef PEDIGREE_HARNESS
  bool without_masks = false;  // clear protocol of the harness
  u64 frozen_seed = 0;
  // After the trace, before anything is committed; of the segment that `tampered` names.
  u32 tampered = 0;
  std::function<void(const SegmentPublic&, Witness&)> tamper = {};
  std::function<void(const SegmentPublic&, Witness&)> tamper_counts =
      {};  // after the lookups were counted
  std::function<void(const SegmentPublic&, Witness&)> tamper_pushforwards =
      {};  // before they are committed
  std::function<void(Statement&)> tamper_statement =
      {};  // after the long-lived roots and their answers
  std::function<void(SegmentPublic&)> believe =
      {};  // what the prover computes with; the verifier does not
  MaskedSender::Liar* liar = nullptr;
#endif
};

struct Proof {
  std::vector<u8> bytes;
  // The message of the last end root, for the claims that open it later.
  std::vector<F> end_message;
};

// Throws std::runtime_error naming layer and step where a value is outside its table.
Proof prove(ProveInput input, const ProveOptions& options = {});

// The parts of a segment's witness that do not need randomness: start and trace; limbs over records and parameters.
void trace_witness(const ProveInput& input, const Compiled& c, u32 segment, Witness& w);
void finish_witness(const Compiled& c, u32 segment, Witness& w);
inline void prepare_witness(const ProveInput& input, const Compiled& c, u32 segment, Witness& w) {
  trace_witness(input, c, segment, w);
  finish_witness(c, segment, w);
}

// Where a segment's trace goes: into the message of its root, and beside it what contractions give, for which it makes room.
TraceSinks sinks_of(const CompiledSegment& c, Witness& w);

// Weights as the content of an end or start root.
void place_weights(const CompiledSegment& c, const WeightEntries& entries, std::span<F> message);

// The out-of-domain answer of a message: sum of z^(x+1) f[x] up to the pad, plus the pad.
K masked_answer(const Words& message, u64 answer_pad, const Digest& digest);

// The statement's bytes, and a file of a statement and a proof.
std::vector<u8> encode_statement(const Statement& s);
std::vector<u8> encode_file(const Statement& s, std::span<const u8> proof);
std::vector<u8> encode_file(std::span<const u8> statement, std::span<const u8> proof);

// The weights of a linear form as groups, root by root; `t` is left empty. Keys and their points must outlive the call only.
std::vector<WeightGroup> form_groups(std::span<const FormKey> keys, std::span<const FormTerm> form,
                                     u32 num_roots, std::span<const u32> selection);
// What a key takes on a witness.
K key_value(const FormKey& key, const SegmentPublic& s, const Witness& w);

// A block of memory and the arena in it.
class OwnedArena {
 public:
  explicit OwnedArena(std::size_t bytes)
      : block_(lazy_block(bytes)), arena_(block_.get(), bytes, nullptr) {
    if (block_ == nullptr) throw std::bad_alloc();
  }
  Arena& get() { return arena_; }

 private:
  LazyBlock block_;
  Arena arena_;
};

}  // namespace pedigree
