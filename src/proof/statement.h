// What a proof says, and the file it lives in.
//
//   file        magic "PEDIGREE" | major u16 | minor u16 | statement length u32 | statement | proof (to the end)
//   statement   the fields below in the order of `visit_statement`, little endian, no padding; every byte is absorbed
//               before the first challenge
// One encoding per value: decode refuses anything that encode would not write.
#pragma once

#include "commit/parameters.h"
#include "custody/manifest.h"
#include "model/model.h"
#include "proof/form.h"

namespace pedigree {

inline constexpr char kMagic[8] = {'P', 'E', 'D', 'I', 'G', 'R', 'E', 'E'};
inline constexpr u16 kMajorVersion = 2, kMinorVersion = 0;
inline constexpr u32 kHeaderBytes = 16;
inline constexpr u32 kMaxRuns = 1u << 16;
inline constexpr u32 kMaxSegments = 256;
inline constexpr u32 kMaxContextBytes = 1024;

// reusable_run: a training run with one field more, `openings`. The others are claims (claim/claim.h).
enum class ClaimKind : u8 {
  training_run = 1,
  reusable_run = 2,
  inference = 3,
  score = 4,
  origins = 5
};

// Identifies the exact semantics of docs/arithmetic.md: rounding, tables, order, start.
inline constexpr u32 kArithmeticVersion = 2;

struct RootStatement {
  Digest root;
  K answer;  // out-of-domain answer plus its pad
};

// Randomness of a public source, drawn after the datasets were committed. No source: none.
//   signature   Ed25519 of the source over Keccak256("pedigree beacon v1" | source u32 length, bytes | round u64 | value);
//               checked where the policy names a key for the source, otherwise declared
struct Beacon {
  Vec<u8> source;
  u64 round = 0;
  Digest value;
  u8 signature[64] = {};
};

// Where the weights come from: the seed, or a file that the statement names by its digest.
enum class StartKind : u8 { seeded = 0, named = 1 };

// Steps that are proven together. check_bits > 0: weights before them lie in [-2^check_bits, 2^check_bits), shown by the segment.
struct SegmentStatement {
  u32 steps = 0;
  u8 check_bits = 0;
  RootStatement end;  // parameters after its last step
};

// What the caller ties the proof to; bound, not interpreted.
struct Context {
  Vec<u8> purpose;
  u64 round = 0, chain_id = 0;
  u8 contract[20] = {};
  Vec<u8> text;
};

struct Statement {
  ClaimKind kind = ClaimKind::training_run;
  u32 arithmetic = kArithmeticVersion;
  Profile profile = Profile::fast;
  Model model;
  Optimiser optimiser;  // runs point into `runs`
  // records: the sum of those of the datasets; seed: the trainer's, the run's own is `run_seed`.
  Sampling sampling;
  Vec<Manifest> datasets;
  Beacon beacon;
  StartKind start_kind = StartKind::seeded;
  RootStatement start;   // named start; zero otherwise
  Digest start_weights;  // keccak256 of its safetensors file; zero otherwise
  Vec<SegmentStatement> segments;
  u32 openings =
      0;  // reusable_run: of the last end root by later claims; its random rows cover them too
  bool publish_weights = false;
  Digest weights;  // keccak256 of the published safetensors file; zero unless published
  Vec<Optimiser::Run> runs;
  Context context;

  bool has_named_start() const noexcept { return start_kind == StartKind::named; }
};

// The seed of start and order. It binds what is trained on what, so that neither can be chosen for an order:
//   first 8 bytes, little endian, of Keccak256("pedigree seed v1" | seed u64 | model and sampling without formats | start |
//   number of datasets u32, content and custodian of each (zero for declared ones) | beacon)
// Formats and rates are left out: a trainer finds them in a dry run over the same order.
u64 run_seed(const Statement& s) noexcept;

// Sets what follows from other fields: sampling.records, optimiser.runs.
void settle(Statement& s) noexcept;

// Calls io(name, field) for every field, in order: the one description that encoder, decoder and tests share.
template <class Io, class M>
void visit_model(Io& io, M& m) noexcept {
  io("features", m.features);
  io("outputs", m.outputs);
  io("frac_x", m.frac_x);
  io("input_bits", m.input_bits);
  io("range_bits", m.range_bits);
  io("exp_bits", m.exp_bits);
  io("rate_bits", m.rate_bits);
  io("loss", m.loss);
  io("num_layers", m.num_layers);
  for (u32 i = 0; i < m.num_layers && i < kMaxLayers; ++i) {
    auto& l = m.layers[i];
    io("layer.kind", l.kind);
    io("layer.input", l.input);
    io("layer.second", l.second);
    io("layer.out", l.out);
    io("layer.share", l.share);
    io("layer.activation", l.activation);
    io("layer.frac_a", l.frac_a);
    io("layer.frac_q", l.frac_q);
    io("layer.frac_e", l.frac_e);
    io("layer.frac_d", l.frac_d);
  }
}

template <class Io, class Bytes>
void visit_text(Io& io, const char* name, Bytes& bytes, u32 most) noexcept {
  io.list(name, bytes, most, [](auto& inner, auto& byte) noexcept { inner("byte", byte); });
}

template <class Io, class C>
void visit_context(Io& io, C& c) noexcept {
  visit_text(io, "context.purpose", c.purpose, kMaxPurposeBytes);
  io("context.round", c.round);
  io("context.chain_id", c.chain_id);
  for (auto& byte : c.contract) io("context.contract", byte);
  visit_text(io, "context.text", c.text, kMaxContextBytes);
}

template <class Io, class B>
void visit_beacon(Io& io, B& b) noexcept {
  visit_text(io, "beacon.source", b.source, kMaxNameBytes);
  io("beacon.round", b.round);
  io("beacon.value", b.value);
  for (auto& byte : b.signature) io("beacon.signature", byte);
}

template <class Io, class S>
void visit_statement(Io& io, S& s) noexcept {
  io("kind", s.kind);
  io("arithmetic", s.arithmetic);
  io("profile", s.profile);
  visit_model(io, s.model);
  io("num_impulse", s.optimiser.num_impulse);
  for (u32 i = 0; i < s.optimiser.num_impulse && i < kMaxImpulse; ++i)
    io("impulse", s.optimiser.impulse[i]);
  io.list("runs", s.runs, kMaxRuns, [](auto& inner, auto& run) noexcept {
    inner("run.count", run.count);
    inner("run.c", run.c);
  });
  io("period", s.optimiser.period);
  io("holdout", s.sampling.holdout);
  io("batch", s.sampling.batch);
  io("steps", s.sampling.steps);
  io("shards", s.sampling.shards);
  io("seed", s.sampling.seed);
  io.list("datasets", s.datasets, kMaxDatasets,
          [](auto& inner, auto& manifest) noexcept { visit_manifest(inner, manifest); });
  visit_beacon(io, s.beacon);
  io("start_kind", s.start_kind);
  io("start.root", s.start.root);
  io("start.answer", s.start.answer);
  io("start_weights", s.start_weights);
  io.list("segments", s.segments, kMaxSegments, [](auto& inner, auto& segment) noexcept {
    inner("segment.steps", segment.steps);
    inner("segment.check_bits", segment.check_bits);
    inner("segment.end.root", segment.end.root);
    inner("segment.end.answer", segment.end.answer);
  });
  if (s.kind == ClaimKind::reusable_run) io("openings", s.openings);
  io("publish_weights", s.publish_weights);
  io("weights", s.weights);
  visit_context(io, s.context);
}

// The statement part of a file; arrays live in the arena. Refuses not_a_proof, version_unsupported, malformed.
struct ParsedFile {
  Statement statement;
  std::span<const u8> statement_bytes;
  std::span<const u8> proof;
};
Result<ParsedFile> parse_file(std::span<const u8> file, Arena& arena) noexcept;

// Statement and proof of any file of ours, unread. Refuses not_a_proof, version_unsupported, malformed.
struct FileParts {
  std::span<const u8> statement, proof;
};
Result<FileParts> split_file(std::span<const u8> file) noexcept;

// Enough arena to verify a claim on so many samples of a model, and on datasets with so many records together.
std::size_t forward_memory(const Model& model, u64 samples, u64 datasets = 0,
                           u64 records = 0) noexcept;
// Enough arena to verify a proof of this statement, and the same from a file's bytes (0: not a file of ours).
std::size_t statement_memory(const Statement& s) noexcept;
std::size_t verify_memory(std::span<const u8> file) noexcept;

}  // namespace pedigree
