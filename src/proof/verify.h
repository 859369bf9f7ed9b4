// The verifier: bytes and policy in, verdict out. Nothing else decides.
#pragma once

#include "commit/security.h"
#include "proof/segment.h"
#include "proof/statement.h"

namespace pedigree {

// What a statement stands for once compiled: the same for prover and verifier.
struct CompiledSegment {
  u32 first_step = 0, steps = 0;
  bool first = false, last = false;
  Optimiser optimiser;  // of its steps
  Vec<Optimiser::Run> runs;
  Program program;
  Plan plan;
  Layout layout;
  Vec<u32> selection;
};
struct Compiled {
  u64 seed = 0;       // run_seed
  Sampling sampling;  // of the whole run, with that seed
  bool committed_start = false;
  Vec<DatasetLayout> data;
  Vec<CompiledSegment> segments;
  OpeningParameters opening;
};
Result<Compiled> compile_statement(const Statement& s, Arena& arena) noexcept;
// The same from sizes alone: live slots of a selection hold 0 until the records are selected.
Result<Compiled> compile_sizes(const Statement& s, Arena& arena) noexcept;
void select_records(Compiled& c, Arena& arena) noexcept;
// Its parts, for who looks for segments that fit: what all segments share, then segment k, the ones before it being compiled.
Compiled begin_compile(const Statement& s, Arena& arena) noexcept;
Result<void> compile_segment(const Statement& s, Compiled& c, u32 k, Arena& arena) noexcept;

// The roots of a file, in the order of its opening: the segments' own, the ends of the segments, a committed start, the
// datasets. A segment's local root as one of them:
u32 file_root(const Compiled& c, u32 segment, u32 local) noexcept;
u32 log_rows_of(const Compiled& c, u32 root) noexcept;

// All error terms of a proof: opening, segments, out-of-domain answers, their union. Returns their number.
inline constexpr u32 kMaxProofTerms = kMaxSecurityTerms + 16;
u32 proof_security(const Compiled& c, std::span<SecurityTerm> out) noexcept;

// Absorbs everything public before the first challenge of a segment; its root is then the first message.
template <class Transcript>
void bind_statement(Transcript& t, std::span<const u8> statement) noexcept {
  t.chain().restart();
  t.bind("pedigree", {reinterpret_cast<const u8*>(kMagic), sizeof kMagic});
  const u8 version[4] = {kMajorVersion & 0xff, kMajorVersion >> 8, kMinorVersion & 0xff,
                         kMinorVersion >> 8};
  t.bind("version", version);
  t.bind("statement", statement);
}
template <class Transcript>
void bind_segment(Transcript& t, std::span<const u8> statement, u32 index) noexcept {
  bind_statement(t, statement);
  const u8 position[4] = {static_cast<u8>(index), static_cast<u8>(index >> 8), 0, 0};
  t.bind("position", position);
}
// After the last segment: the states of all of them; the challenge that joins their linear forms follows.
template <class Transcript>
void bind_chain(Transcript& t, std::span<const u8> statement,
                std::span<const Digest> states) noexcept {
  bind_statement(t, statement);
  for (const Digest& state : states) t.bind("segment", state.bytes);
}

SegmentPublic public_of(const Statement& s, const Compiled& c, u32 segment,
                        const Digest& segment_root) noexcept;

// What names the same content across proofs. A root alone binds to a short list of messages; root, out-of-domain answer,
// where it ends, profile and height (the code) bind to one, and the shape says what its words mean. Who signed for a dataset
// is part of what it is: the same root, declared anew, is another one.
//   Keccak256("pedigree dataset v3" | root | answer | pad offset u64 | profile u32 | log rows u32 | custodian, zero if declared
//     | records u32 | features u32 | label columns u32)
//   Keccak256("pedigree weights v2" | root | answer | pad offset u64 | profile u32 | log rows u32
//     | inputs u32, outputs u32 of each parameter in order)
struct Identities {
  Vec<Digest> datasets;
  Digest weights;  // after the last step
  Digest start;    // of a committed start; zero otherwise
};
Identities identities_of(const Statement& s, const Compiled& c, Arena& arena) noexcept;

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
