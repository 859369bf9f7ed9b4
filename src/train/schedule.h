// The learning rate as integers.
//
//   lr_t / (B 2^q)  is rendered as  c_t 2^-k,    q = kImpulseBits with momentum, else 0
//   k    = max(0, ceil(log2(B 2^q / max lr)) + extra)       extra = 2: the largest c is 4..8
//   c_t  = round(S_t) - round(S_{t-1}),  S_t = sum over u <= t of lr_u 2^k / (B 2^q)     halves up
//
// The running sum is rounded, not each term: the total rate is kept and tiny rates become rare
// steps. c_t is public and part of the statement; how it was found (binary64, in order) is not.
//
// Momentum beta is a finite impulse response, mu_j = floor(2^q beta^j + 1/2) while that is
// positive.
//   source  docs/arithmetic.md section 7
#pragma once

#include <span>
#include <vector>

#include "train/spec.h"

namespace pedigree::train {

inline constexpr u32 kImpulseBits = 3;

double rate_at(const RunSpec& spec, u32 step) noexcept;

// k above, from the largest rate of the steps that run.
u32 choose_rate_bits(const RunSpec& spec, u32 steps, u32 extra);

// c_t for t in [0, steps). Throws Error (exit 2) if all are zero or one reaches 2^20.
std::vector<u32> step_factors(const RunSpec& spec, u32 steps, u32 rate_bits);

// Runs of equal factors.
std::vector<Optimiser::Run> runs_of(std::span<const u32> factors);
std::vector<u32> factors_of(const Optimiser& optimiser);

// {1} without momentum. Throws Error (exit 2) if more than kMaxImpulse terms are needed.
std::vector<u16> impulse_of(double momentum);

}  // namespace pedigree::train
