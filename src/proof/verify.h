// The verifier: bytes and policy in, verdict out. Nothing else decides.
#pragma once

#include "proof/compiled.h"

namespace pedigree {

// Each manifest by itself, then against the model, the profile and those before it; the loss must be known.
Result<void> check_manifests(const Model& model, Profile profile,
                             std::span<const Manifest> datasets) noexcept;

Result<Compiled> compile_statement(const Statement& s, Arena& arena) noexcept;
// The same from sizes alone: live slots of a selection hold 0 until the records are selected. `alone`: nothing else will be asked for, so
// tables may have no values.
Result<Compiled> compile_sizes(const Statement& s, Arena& arena, bool alone = false) noexcept;
void select_records(Compiled& c, Arena& arena) noexcept;
// Its parts, for who looks for segments that fit: what all segments share, then segment k, the ones before it being compiled.
Compiled begin_compile(const Statement& s, Arena& arena) noexcept;
void take_roots(const Statement& s, Compiled& c, Arena& arena) noexcept;  // once they are known
Result<void> compile_segment(const Statement& s, Compiled& c, u32 k, Arena& arena) noexcept;

// What names the same content across proofs. A root alone binds to a short list of messages; root, out-of-domain answer,
// where it ends, profile and height (the code) bind to one, and the shape says what its words mean. Who signed for a dataset
// is part of what it is: the same root, declared anew, is another one.
//   Keccak256("pedigree dataset v3" | root | answer | pad offset u64 | profile u32 | log rows u32 | custodian, zero if declared
//     | records u32 | features u32 | label columns u32)
//   Keccak256("pedigree weights v3" | root | answer | pad offset u64 | profile u32 | log rows u32
//     | inputs u32, outputs u32 of each parameter in order)
struct Identities {
  Vec<Digest> datasets;
  Digest weights;  // after the last step
  Digest start;    // of a committed start; zero otherwise
};
Identities identities_of(const Statement& s, const Compiled& c, Arena& arena) noexcept;
Digest dataset_identity(const Manifest& m, const DatasetLayout& layout) noexcept;
Digest weights_identity(const RootStatement& root, u64 pad_offset, Profile profile, u32 log_rows,
                        const Vec<Parameter>& parameters) noexcept;

// What of its steps and records a run makes use of (use.h).
struct RunUse {
  Vec<u32> records;  // of each dataset: used by some step
  u32 skipped_steps = 0,
      empty_steps = 0;  // whose gradients count nothing; whose batch has no record
  u64 least_factor = 0, most_factor = 0;  // over the steps that are not skipped
};

struct Verified {
  Statement statement;
  u64 seed = 0;
  RunUse use;
  Identities identities;
  Vec<Parameter> parameters;  // of the program
  Vec<u128> end_bounds;       // of the weights after the last step, by parameter
  Vec<PublishedPoint> published,
      start;  // where published and named start weights are to be evaluated
  SecurityTerm terms[kMaxProofTerms];
  u32 num_terms = 0;
};

Result<Verified> verify_file(std::span<const u8> file, Arena& arena) noexcept;

#ifdef PEDIGREE_HARNESS
// Tests only: how verify_file reads. Challenges from a seed, a listener, a change of what the statement compiled to.
struct VerifyHooks {
  u64 frozen_seed = 0;
  void (*observe)(void* context, const HashChain::Event& event) = nullptr;
  void* observer = nullptr;
  const VerifierTranscript* transcript = nullptr;  // set by verify_file, for the listener
  void (*adjust)(Compiled& compiled) = nullptr;
};
extern VerifyHooks verify_hooks;
#endif

// Whether the live entries of one parameter, [in][out], take the published value at its point.
Result<void> verify_weight(const PublishedPoint& at, std::span<const i64> weight,
                           Arena& arena) noexcept;

// Whether integer weights (live entries, in * out per parameter in program order) are the published ones.
Result<void> verify_weights(const Verified& v, std::span<const std::span<const i64>> weights,
                            Arena& arena) noexcept;

}  // namespace pedigree
