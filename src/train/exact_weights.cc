#include "train/exact_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "tensor/start.h"
#include "train/blas.h"
#include "train/error.h"

namespace pedigree::train {

namespace {

constexpr double kExact = 4503599627370496.0;  // 2^52

// Copies to doubles; returns the largest magnitude.
double to_doubles(std::span<const i64> from, std::vector<double>& to) {
  if (to.size() < from.size()) to.resize(from.size());
  double largest = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    to[i] = static_cast<double>(from[i]);
    largest = std::max(largest, std::fabs(to[i]));
  }
  return largest;
}

double largest_column_sum(const std::vector<double>& a, u32 rows, u32 positions) {
  std::vector<double> sums(positions);
  for (u32 i = 0; i < rows; ++i)
    for (u32 x = 0; x < positions; ++x) sums[x] += std::fabs(a[std::size_t{i} * positions + x]);
  return *std::max_element(sums.begin(), sums.end());
}

double largest_magnitude(const std::vector<double>& w) {
  double largest = 0;
  for (const double x : w) largest = std::max(largest, std::fabs(x));
  return largest;
}

}  // namespace

void ExactWeights::prepare(const Optimiser& optimiser) {
  impulse_.assign(optimiser.impulse, optimiser.impulse + optimiser.num_impulse);
  period_ = optimiser.period;
  total_weight_ = 0;
  for (u32 j = 0; j < impulse_.size(); ++j) {
    const double next = j + 1 < impulse_.size() ? impulse_[j + 1] : 0;
    total_weight_ += impulse_[j];
    if (impulse_.size() > 1 && next != impulse_[j]) drops_.push_back({j + 1, impulse_[j] - next});
  }
  ring_ = impulse_.size() > 1 ? static_cast<u32>(impulse_.size()) + 1 : 1;
}

void ExactWeights::add_parameter(const std::vector<i64>& entries) {
  State s;
  s.w.assign(entries.begin(), entries.end());
  tighten(s);
  if (ring_ > 1) {
    s.history.assign(ring_, std::vector<double>(s.w.size()));
    s.response.resize(s.w.size());
  }
  states_.push_back(std::move(s));
}

ExactWeights::ExactWeights(const Program& program, const Optimiser& optimiser, u64 seed)
    : program_(program) {
  prepare(optimiser);
  for (const Parameter& p : program.parameters) {
    std::vector<i64> entries(std::size_t{p.in} * p.out);
    if (p.start_bound != 0)
      seeded_start(seed, p.start_index, static_cast<i64>(p.start_bound), entries);
    add_parameter(entries);
  }
}

ExactWeights::ExactWeights(const Program& program, const Optimiser& optimiser, WeightState state)
    : program_(program) {
  prepare(optimiser);
  for (ParameterId w = 0; w < program.parameters.size(); ++w) {
    add_parameter(std::exchange(state.entries[w], {}));
    if (state.history.empty()) continue;
    // The gradient of age a lies a places behind the one to come.
    State& s = states_[w];
    for (u32 age = 1; age <= state.history[w].size(); ++age) {
      const std::vector<i64>& old = state.history[w][age - 1];
      std::vector<double>& place = s.history[(at_ + ring_ - age) % ring_];
      place.assign(old.begin(), old.end());
      s.response_bound = std::max(s.response_bound, largest_magnitude(place) * total_weight_);
      // The response of the step before: age a was a - 1 then.
      if (age <= impulse_.size())
        for (std::size_t x = 0; x < old.size(); ++x) s.response[x] += impulse_[age - 1] * place[x];
    }
  }
}

WeightState ExactWeights::save() const {
  WeightState state;
  state.entries = all_entries();
  if (ring_ == 1) return state;
  for (const State& s : states_) {
    Entries& ages = state.history.emplace_back();
    for (u32 age = 1; age < ring_; ++age) {
      const std::vector<double>& g = s.history[(at_ + ring_ - age) % ring_];
      ages.emplace_back(g.begin(), g.end());
    }
  }
  return state;
}

void ExactWeights::too_wide(ParameterId w) const {
  throw Error(Exit::diverged,
              fmt::format("layer {}: sums leave 2^52: choose coarser formats for this layer",
                          program_.parameters[w].layer));
}

double ExactWeights::tighten(State& s) const {
  return s.tightened = s.bound = largest_magnitude(s.w);
}

void ExactWeights::widen(ParameterId id, double reach) {
  State& s = states_[id];
  if (s.bound + reach >= kExact) tighten(s);
  if (s.bound + reach >= kExact) too_wide(id);
  s.bound += reach;
}

void ExactWeights::contract(ParameterId id, bool transposed, std::span<const i64> a, u32 positions,
                            std::span<i64> out) {
  const Parameter& p = program_.parameters[id];
  State& s = states_[id];
  const u32 fan = transposed ? p.out : p.in, rows = transposed ? p.in : p.out;
  const std::size_t cells = std::size_t{rows} * positions;
  const WeightShape shape{p.in, p.out};
  if (integers_pay(shape, positions)) {
    if (s.bound > 4 * s.tightened) tighten(s);  // a loose bound would rule narrow limbs out
    if (multiply_weights(s.w.data(), shape, s.bound, transposed, a, positions, out)) return;
  }
  double sum = fan * to_doubles(a.first(std::size_t{fan} * positions), left_);
  if (low_.size() < cells) low_.resize(cells);
  // W^T as the first matrix is packed across the rows of W, which takes longer than the product with a thin batch: out^T = a^T W reads
  // W along its rows.
  const bool turned = !transposed && 4 * positions <= rows;
  const auto multiply = [&](const std::vector<double>& w, std::vector<double>& to) {
    if (turned)
      gemm(true, false, {positions, rows, fan}, 1, left_.data(), positions, w.data(), p.out, 0,
           to.data(), rows);
    else
      gemm(!transposed, false, {rows, positions, fan}, 1, w.data(), p.out, left_.data(), positions,
           0, to.data(), positions);
  };
  const std::size_t row_step = turned ? 1 : positions, position_step = turned ? rows : 1;
  const auto cell = [&](const std::vector<double>& of, u32 j, u32 x) {
    return static_cast<i64>(of[j * row_step + x * position_step]);
  };
  if (sum * s.bound >= kExact) sum = largest_column_sum(left_, fan, positions);
  if (sum * s.bound < kExact || sum * tighten(s) < kExact) {
    multiply(s.w, low_);
    for (u32 j = 0; j < rows; ++j)
      for (u32 x = 0; x < positions; ++x) out[std::size_t{j} * positions + x] = cell(low_, j, x);
    return;
  }
  // W = 2^h high + low with 0 <= low < 2^h.
  const int h = (std::ilogb(s.bound) + 2) / 2;
  const double unit = std::ldexp(1.0, h);
  if (sum * std::max(unit, s.bound / unit + 1) >= kExact) too_wide(id);
  std::vector<double> half(s.w.size());
  for (std::size_t x = 0; x < half.size(); ++x) half[x] = std::floor(s.w[x] / unit);
  if (high_.size() < cells) high_.resize(cells);
  multiply(half, high_);
  for (std::size_t x = 0; x < half.size(); ++x) half[x] = s.w[x] - half[x] * unit;
  multiply(half, low_);
  for (u32 j = 0; j < rows; ++j)
    for (u32 x = 0; x < positions; ++x)
      out[std::size_t{j} * positions + x] = cell(high_, j, x) * (i64{1} << h) + cell(low_, j, x);
}

void ExactWeights::accumulate(const Update& u, std::span<const i64> a, std::span<const i64> d,
                              u32 positions, u32 factor) {
  const Parameter& p = program_.parameters[u.parameter];
  State& s = states_[u.parameter];
  a = a.first(std::size_t{p.in} * positions);
  d = d.first(std::size_t{p.out} * positions);
  const Factors of{a, d, largest_magnitude(a), largest_magnitude(d)};
  const double scale = std::ldexp(1.0, static_cast<int>(u.shift)),
               largest = scale * positions * static_cast<double>(of.largest_a) *
                         static_cast<double>(of.largest_d);
  if (ring_ == 1) {  // nothing of it is needed later
    widen(u.parameter, factor * largest);
    if (factor != 0) add_multiple_of_products(p, of, positions, -(factor * scale), s.w);
    return;
  }
  s.gradient_bound += largest;
  if (s.gradient_bound >= kExact) too_wide(u.parameter);
  std::vector<double>& gradient = s.history[at_];
  if (s.fresh) std::fill(gradient.begin(), gradient.end(), 0.0);
  add_multiple_of_products(p, of, positions, scale, gradient);
  s.fresh = false;
}

void ExactWeights::add_multiple_of_products(const Parameter& p, const Factors& of, u32 positions,
                                            double factor, std::vector<double>& sum) {
  if (add_products(of, positions, factor, sum.data(), {p.in, p.out})) return;
  to_doubles(of.a, left_);
  to_doubles(of.d, right_);
  gemm(false, true, {p.in, p.out, positions}, factor, left_.data(), positions, right_.data(),
       positions, 1, sum.data(), p.out);
}

void ExactWeights::respond(State& s) {
  const std::vector<double>& now = s.history[at_];
  for (std::size_t x = 0; x < now.size(); ++x) s.response[x] += impulse_[0] * now[x];
  for (const Drop& drop : drops_) {
    const std::vector<double>& old = s.history[(at_ + ring_ - drop.age) % ring_];
    for (std::size_t x = 0; x < old.size(); ++x) s.response[x] -= drop.weight * old[x];
  }
}

// The last step of a period: what would act later acts now, and nothing is left.
void ExactWeights::pay_out(ParameterId id, u32 step, u32 factor) {
  State& s = states_[id];
  double rest = total_weight_;
  for (u32 age = 0; age < impulse_.size() && age <= step % period_; ++age) {
    rest -= impulse_[age];
    const std::vector<double>& g = s.history[(at_ + ring_ - age) % ring_];
    const double reach = factor * rest * largest_magnitude(g);
    widen(id, reach);
    if (reach != 0)
      for (std::size_t x = 0; x < g.size(); ++x) s.w[x] -= factor * rest * g[x];
  }
  for (std::vector<double>& g : s.history) std::fill(g.begin(), g.end(), 0.0);
  std::fill(s.response.begin(), s.response.end(), 0.0);
  s.response_bound = 0;
}

void ExactWeights::apply(u32 step, u32 factor) {
  if (ring_ == 1) return;
  for (ParameterId id = 0; id < states_.size(); ++id) {
    State& s = states_[id];
    respond(s);
    // u still holds older gradients: the largest bound so far counts.
    s.response_bound = std::max(s.response_bound, s.gradient_bound * total_weight_);
    widen(id, factor * s.response_bound);
    if (factor != 0)
      for (std::size_t x = 0; x < s.w.size(); ++x) s.w[x] -= factor * s.response[x];
    s.gradient_bound = 0;
    s.fresh = true;
    if (period_ != 0 && (step + 1) % period_ == 0) pay_out(id, step, factor);
  }
  at_ = (at_ + 1) % ring_;
}

Entries ExactWeights::all_entries() const {
  Entries all;
  for (ParameterId w = 0; w < states_.size(); ++w) all.push_back(entries(w));
  return all;
}

std::vector<i64> ExactWeights::entries(ParameterId w) const {
  const std::vector<double>& from = states_[w].w;
  return {from.begin(), from.end()};
}

}  // namespace pedigree::train
