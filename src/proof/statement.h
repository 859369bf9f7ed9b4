// What a proof says, and the file it lives in.
//
//   file        magic "PEDIGREE" | major u16 | minor u16 | statement length u32 | statement | proof (to the end)
//   statement   the fields below in the order of `visit_statement`, little endian, no padding; every byte is absorbed
//               before the first challenge
// One encoding per value: decode refuses anything that encode would not write.
#pragma once

#include "commit/parameters.h"
#include "model/model.h"
#include "proof/form.h"

namespace pedigree {

inline constexpr char kMagic[8] = {'P', 'E', 'D', 'I', 'G', 'R', 'E', 'E'};
inline constexpr u16 kMajorVersion = 1, kMinorVersion = 0;
inline constexpr u32 kHeaderBytes = 16;
inline constexpr u32 kMaxRuns = 1u << 16;
inline constexpr u32 kMaxContextBytes = 1024;

enum class ClaimKind : u8 { training_segment = 1 };

// Identifies the exact semantics of docs/arithmetic.md: rounding, tables, order, start.
inline constexpr u32 kArithmeticVersion = 1;

struct RootStatement {
  Digest root;
  K answer;  // out-of-domain answer plus its pad
};

struct Statement {
  ClaimKind kind = ClaimKind::training_segment;
  u32 arithmetic = kArithmeticVersion;
  Profile profile = Profile::fast;
  Model model;
  Optimiser optimiser;  // runs point into `runs`
  Sampling sampling;
  RootStatement data, end;  // dataset; parameters after the last step
  Digest schema;            // keccak256 of the canonical schema of the dataset
  bool publish_weights = false;
  Digest weights;  // keccak256 of the published safetensors file; zero unless published
  Vec<Optimiser::Run> runs;
  Vec<u8> context;  // purpose, round, chain id, contract: free text of the caller, bound
};

// Calls io(name, field) for every field, in order: the one description that encoder, decoder and tests share.
template <class Io, class S>
void visit_statement(Io& io, S& s) noexcept {
  io("kind", s.kind);
  io("arithmetic", s.arithmetic);
  io("profile", s.profile);
  io("features", s.model.features);
  io("outputs", s.model.outputs);
  io("frac_x", s.model.frac_x);
  io("input_bits", s.model.input_bits);
  io("range_bits", s.model.range_bits);
  io("exp_bits", s.model.exp_bits);
  io("rate_bits", s.model.rate_bits);
  io("loss", s.model.loss);
  io("num_layers", s.model.num_layers);
  for (u32 i = 0; i < s.model.num_layers && i < kMaxLayers; ++i) {
    auto& l = s.model.layers[i];
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
  io("num_impulse", s.optimiser.num_impulse);
  for (u32 i = 0; i < s.optimiser.num_impulse && i < kMaxImpulse; ++i)
    io("impulse", s.optimiser.impulse[i]);
  io.list("runs", s.runs, kMaxRuns, [](auto& inner, auto& run) noexcept {
    inner("run.count", run.count);
    inner("run.c", run.c);
  });
  io("records", s.sampling.records);
  io("holdout", s.sampling.holdout);
  io("batch", s.sampling.batch);
  io("steps", s.sampling.steps);
  io("seed", s.sampling.seed);
  io("data.root", s.data.root);
  io("data.answer", s.data.answer);
  io("end.root", s.end.root);
  io("end.answer", s.end.answer);
  io("schema", s.schema);
  io("publish_weights", s.publish_weights);
  io("weights", s.weights);
  io.list("context", s.context, kMaxContextBytes,
          [](auto& inner, auto& byte) noexcept { inner("context.byte", byte); });
}

// The statement part of a file; arrays live in the arena. Refuses not_a_proof, version_unsupported, malformed.
struct ParsedFile {
  Statement statement;
  std::span<const u8> statement_bytes;
  std::span<const u8> proof;
};
Result<ParsedFile> parse_file(std::span<const u8> file, Arena& arena) noexcept;

// Enough arena to verify a proof of this statement, and the same from a file's bytes (0: not a file of ours).
std::size_t statement_memory(const Statement& s) noexcept;
std::size_t verify_memory(std::span<const u8> file) noexcept;

}  // namespace pedigree
