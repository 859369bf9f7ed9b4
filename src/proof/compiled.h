// What a statement stands for once compiled: the segments of a file, its roots and its opening. The same for prover and
// verifier, and for every kind of claim.
#pragma once

#include "commit/security.h"
#include "proof/segment.h"
#include "proof/statement.h"

namespace pedigree {

struct CompiledSegment {
  u32 first_step = 0, steps = 0;
  bool first = false, last = false;
  Optimiser optimiser;  // of its steps
  Vec<Optimiser::Run> runs;
  Program program;
  Plan plan;
  Layout layout;
  Vec<u32> selection;
  Vec<Show> shows;  // of a claim
};
struct Compiled {
  u64 seed = 0;       // run_seed
  Sampling sampling;  // of the whole run, with that seed
  Profile profile = Profile::fast;
  bool committed_start = false;
  bool for_sizes = false;        // tables may have no values
  bool show_start = false;       // a named start: its weights at a point in the clear
  bool publish_weights = false;  // the same for the last end
  bool in_order = false;         // slot i holds row i
  Vec<DatasetLayout> data;
  Vec<CompiledSegment> segments;
  // As the statement names them. Ends: of each segment of a run; none where nothing is trained.
  Vec<RootStatement> ends, datasets;
  RootStatement start;
  OpeningParameters opening;
};

// The roots of a file, in the order of its opening: the first of each segment, the second of those that have one, likewise the
// pushforwards, the ends of the segments, a committed start, the datasets. Where each role begins:
struct RootOrder {
  u32 own[kOwnRoots] = {}, end = 0, start = 0, data = 0, count = 0;
};
RootOrder root_order(const Compiled& c) noexcept;
// A segment's local root, one that it has, as one of them.
u32 file_root(const Compiled& c, u32 segment, u32 local) noexcept;
u32 num_file_roots(const Compiled& c) noexcept;
u32 log_rows_of(const Compiled& c, u32 root) noexcept;
// `own`: those of the segments' own, in the order of the file.
Digest root_digest(const Compiled& c, std::span<const Digest> own, u32 root) noexcept;

// Heights and parameters of the opening, once all segments are compiled; makes a small file's first root as tall as they ask.
// Refuses statement_size.
Result<void> settle_opening(Compiled& c) noexcept;

// All error terms of a proof: opening, segments, out-of-domain answers, their union. Returns their number.
inline constexpr u32 kMaxProofTerms = kMaxSecurityTerms + 16;
u32 proof_security(const Compiled& c, std::span<SecurityTerm> out) noexcept;
// Refuses `security` where one term or their sum leaves fewer than the required bits.
Result<void> check_security(std::span<const SecurityTerm> terms) noexcept;

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
// The own roots of a segment by their local number. It sends those of its words first, the pushforwards' in step 6.
struct OwnRoots {
  Digest root[kOwnRoots];
};
inline constexpr std::string_view kOwnLabels[] = {"segment", "second", "pushforward"};
inline Result<OwnRoots> receive_first_roots(VerifierTranscript& t, const Layout& layout) noexcept {
  OwnRoots own;
  for (const u32 root : {kSegmentRoot, kSecondRoot}) {
    if (!layout.has(root)) continue;
    PEDIGREE_LET(digest, t.receive_digest(kOwnLabels[root]));
    own.root[root] = digest;
  }
  return own;
}
// After the last segment: the states of all of them; the challenge that joins their linear forms follows.
template <class Transcript>
void bind_chain(Transcript& t, std::span<const u8> statement,
                std::span<const Digest> states) noexcept {
  bind_statement(t, statement);
  for (const Digest& state : states) t.bind("segment", state.bytes);
}

SegmentPublic public_of(const Compiled& c, u32 segment) noexcept;

// The verifier's side of a file: each segment in a conversation of its own, then the one opening of all roots.
struct Conversations {
  Vec<PublishedPoint> start, published;  // of the first and of the last segment
  Vec<ShownPoint> shown;                 // of a claim
};
Result<Conversations> verify_conversations(Compiled& c, std::span<const u8> statement,
                                           VerifierTranscript& transcript, Arena& arena) noexcept;

}  // namespace pedigree
