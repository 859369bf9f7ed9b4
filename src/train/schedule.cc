#include "train/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "train/error.h"

namespace pedigree::train {

namespace {

double divisor(const RunSpec& spec) noexcept {
  return static_cast<double>(spec.batch) * (spec.momentum > 0 ? double{1u << kImpulseBits} : 1.0);
}

}  // namespace

double rate_at(const RunSpec& spec, u32 step) noexcept {
  double rate = 0;
  for (const RatePiece& piece : spec.rates)
    if (piece.from <= step) rate = piece.rate;
  return rate;
}

u32 choose_rate_bits(const RunSpec& spec, u32 steps, u32 extra) {
  double largest = 0;
  for (const RatePiece& piece : spec.rates)
    if (piece.from < steps) largest = std::max(largest, piece.rate);
  const double bits = std::ceil(std::log2(divisor(spec) / largest)) + extra;
  if (bits > 32)
    throw Error(
        Exit::usage,
        fmt::format("a learning rate of {:g} over a batch of {} needs {:g} bits, at most 32 exist: "
                    "raise the rate or lower the batch",
                    largest, spec.batch, bits));
  return bits < 0 ? 0 : static_cast<u32>(bits);
}

std::vector<u32> step_factors(const RunSpec& spec, u32 steps, u32 rate_bits) {
  const double unit = std::ldexp(1.0, static_cast<int>(rate_bits)) / divisor(spec);
  std::vector<u32> factors(steps);
  double sum = 0, rounded_before = 0;
  bool any = false;
  for (u32 t = 0; t < steps; ++t) {
    sum += rate_at(spec, t) * unit;
    const double rounded = std::floor(sum + 0.5);
    if (rounded - rounded_before >= double{1u << 20})
      throw Error(Exit::usage,
                  fmt::format("step {}: the learning rate {:g} is too large for {} rate bits", t,
                              rate_at(spec, t), rate_bits));
    factors[t] = static_cast<u32>(rounded - rounded_before);
    any = any || factors[t] != 0;
    rounded_before = rounded;
  }
  if (!any)
    throw Error(
        Exit::usage,
        fmt::format(
            "the rate of steps 0..{} rounds to nothing: raise \"rate_bits\" (now {}) or the "
            "learning rate",
            steps - 1, rate_bits));
  return factors;
}

std::vector<Optimiser::Run> runs_of(std::span<const u32> factors) {
  std::vector<Optimiser::Run> runs;
  for (const u32 c : factors) {
    if (runs.empty() || runs.back().c != c) runs.push_back({0, c});
    ++runs.back().count;
  }
  return runs;
}

std::vector<u32> factors_of(const Optimiser& optimiser) {
  std::vector<u32> factors;
  for (u32 i = 0; i < optimiser.num_runs; ++i)
    factors.insert(factors.end(), optimiser.runs[i].count, optimiser.runs[i].c);
  return factors;
}

std::vector<u16> impulse_of(double momentum) {
  if (momentum == 0) return {1};
  std::vector<u16> impulse;
  for (double weight = double{1u << kImpulseBits}; std::floor(weight + 0.5) > 0;
       weight *= momentum) {
    impulse.push_back(static_cast<u16>(std::floor(weight + 0.5)));
    if (impulse.size() > kMaxImpulse)
      throw Error(
          Exit::usage,
          fmt::format("momentum {:g} needs more than {} terms: 0.95 and below are supported",
                      momentum, kMaxImpulse));
  }
  return impulse;
}

}  // namespace pedigree::train
