// What is trained and how: the public description that trainer, prover and verifier compile to the same program.
//
// A model is a list of layers; layer i reads the outputs of earlier layers (or the input, layer id 0). Layer ids count
// from 1 in list order.
//   linear      out = in * W + b        W [in, out], b [out]; `share` names an earlier linear layer whose W, b it uses
//   activation  out = f(in)             relu, tanh, gelu, identity (identity rounds only)
//   add         out = in_1 + in_2
// The last layer is linear; its outputs are the scores that the loss reads. Every other linear layer feeds activations
// only (the compiler of the JSON puts `identity` where the user wrote none).
//
// Formats (docs/arithmetic.md):
//   activation value of a layer    frac_a fractional bits
//   quotient of a linear layer     frac_q fractional bits, -2^range_bits <= q < 2^range_bits
//   delta at a linear layer        frac_d fractional bits, from a quotient with frac_e fractional bits in the same range
//   weights                        frac_w = max over uses of (frac_a(in) + frac_d) + rate_bits
#pragma once

#include "base/arena.h"
#include "base/refusal.h"
#include "hash/keccak.h"

namespace pedigree {

enum class LayerKind : u8 { linear = 1, activation = 2, add = 3 };
enum class Activation : u8 { identity = 0, relu = 1, tanh = 2, gelu = 3 };
enum class Loss : u8 { cross_entropy = 1, logistic = 2, mean_squared = 3 };

// Public sizes that no statement exceeds.
inline constexpr u32 kMaxLayers = 64;
inline constexpr u32 kMaxWidth = 1u << 16;
inline constexpr u32 kMaxLogSamples = 24;  // padded steps times padded batch, in bits
inline constexpr u32 kMaxRecords = 1u << 24;
inline constexpr u32 kMaxRangeBits = 15;

struct Layer {
  LayerKind kind = LayerKind::linear;
  u32 input = 0;   // layer id, 0 = the record
  u32 second = 0;  // add only
  u32 out = 0;     // linear only: width
  u32 share = 0;   // linear only: layer id whose parameters are used, 0 = its own
  Activation activation = Activation::identity;
  // formats
  u8 frac_a = 0;  // activation, add: fractional bits of the output
  u8 frac_q = 0;  // linear: of the quotient
  u8 frac_e = 0;  // linear, not last: of the delta's quotient
  u8 frac_d = 0;  // linear: of the delta
};

struct Model {
  u32 features = 0;  // columns of a record that are inputs
  u32 outputs =
      0;  // width of the last layer: classes for cross_entropy, 1 for logistic, targets for mean_squared
  u8 frac_x = 0;      // fractional bits of the inputs
  u8 input_bits = 0;  // |input integer| < 2^input_bits
  u8 range_bits = kMaxRangeBits;
  u8 exp_bits = 16;  // cross_entropy: fractional bits of EXP
  u8 rate_bits = 0;  // k: c_t * 2^-k is the learning rate over the batch size
  Loss loss = Loss::cross_entropy;
  u32 num_layers = 0;
  Layer layers[kMaxLayers];
};

// Plain stochastic gradient descent with a public schedule and an optional finite impulse response:
//   W[t+1] = W[t] - c_t * sum over j of impulse[j] * 2^shift_u * gradient[t - j]
inline constexpr u32 kMaxImpulse = 64;

struct Optimiser {
  u32 num_impulse = 1;
  u16 impulse[kMaxImpulse] = {1};
  // c_t as runs of equal values: `count` steps with factor `c`.
  struct Run {
    u32 count = 0;
    u32 c = 0;
  };
  u32 num_runs = 0;
  const Run* runs = nullptr;
  // With momentum: steps s of one period [n * period, (n + 1) * period) share their response. Terms that would reach
  // beyond its last step l are paid out there, with c_l. 0: no such ends. Segments begin and end at period ends.
  u32 period = 0;
};

// Which records a step uses: all are drawn by Keccak from the seed, docs/arithmetic.md "Order".
struct Sampling {
  u32 records = 0;  // N, rows of the dataset
  u32 holdout = 0;  // the last rows of the keyed order are never used
  u32 batch = 0;    // B
  u32 steps = 0;    // T; the last batch of an epoch may be short
  u64 seed = 0;
  u32 shards = 1;  // slices of the records, one after the other in time: tensor/order.h
};

// Records of the largest shard, and the steps that one epoch over a shard takes.
constexpr u32 records_per_shard(const Sampling& s) noexcept {
  return (s.records - s.holdout + s.shards - 1) / s.shards;
}
constexpr u32 batches_per_epoch(const Sampling& s) noexcept {
  return (records_per_shard(s) + s.batch - 1) / s.batch;
}

}  // namespace pedigree
