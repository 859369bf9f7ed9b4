#include "train/float_twin.h"

#include <algorithm>
#include <cmath>

#include "tensor/start.h"
#include "train/blas.h"
#include "train/schedule.h"
#include "train/score.h"

namespace pedigree::train {

namespace {

constexpr u32 kStartFrac = 24;
constexpr float kGeluScale = 1.5957691216f, kGeluCubic = 0.044715f;

float sigmoid(float x) noexcept { return 1.0f / (1.0f + std::exp(-x)); }

struct Activated {
  float value, derivative;
};

Activated activate(Activation f, float z) noexcept {
  switch (f) {
    case Activation::relu:
      return {z > 0 ? z : 0.0f, z > 0 ? 1.0f : 0.0f};
    case Activation::tanh: {
      const float t = std::tanh(z);
      return {t, 1 - t * t};
    }
    case Activation::gelu: {
      const float s = sigmoid(kGeluScale * (z + kGeluCubic * z * z * z));
      return {z * s, s + z * s * (1 - s) * kGeluScale * (1 + 3 * kGeluCubic * z * z)};
    }
    case Activation::identity:
      break;
  }
  return {z, 1.0f};
}

// Once infinite (NaN counts as that), for ever so.
void track(double x, double& largest) noexcept {
  if (!(std::fabs(x) <= largest)) largest = std::isnan(x) ? INFINITY : std::fabs(x);
}

void watch(std::span<const float> values, double& largest, double& squares, u64& nonzero) noexcept {
  for (const float v : values) {
    const double x = v;
    track(x, largest);
    squares += x * x;
    nonzero += v != 0;
  }
}

}  // namespace

FloatTwin::FloatTwin(const RunSpec& spec, const record::Dataset& data, const Sampling& sampling)
    : spec_(spec),
      data_(data),
      batches_(sampling),
      buffers_(spec.layers.size() + 1),
      weights_(spec.layers.size()),
      gradients_(spec.layers.size()),
      velocity_(spec.layers.size()),
      stats_(spec.layers.size()) {
  u32 parameter = 0;
  for (u32 i = 1; i <= spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i - 1];
    if (layer.kind != LayerKind::linear || layer.share != 0) continue;
    const u32 in = width(layer.input);
    std::vector<i64> entries(std::size_t{in} * layer.out);
    seeded_start(sampling.seed, parameter, start_range(i == spec.layers.size(), kStartFrac, in),
                 entries);
    parameter += 2;
    std::vector<float>& w = weights_[i - 1];
    w.assign((std::size_t{in} + 1) * layer.out, 0.0f);
    for (std::size_t n = 0; n < entries.size(); ++n)
      w[n] = static_cast<float>(
          std::ldexp(static_cast<double>(entries[n]), -static_cast<int>(kStartFrac)));
    gradients_[i - 1].resize(w.size());
    if (spec.momentum > 0) velocity_[i - 1].resize(w.size());
  }
}

u32 FloatTwin::width(u32 layer) const {
  if (layer == 0) return data_.features;
  const LayerSpec& l = spec_.layers[layer - 1];
  return l.kind == LayerKind::linear ? l.out : width(l.input);
}

void FloatTwin::forward(std::span<const u32> rows) {
  const u32 count = static_cast<u32>(rows.size()), features = data_.features;
  const float unit = std::ldexp(1.0f, -static_cast<int>(data_.schema.frac_x));
  buffers_[0].value.resize(std::size_t{count} * features);
  for (u32 b = 0; b < count; ++b)
    for (u32 i = 0; i < features; ++i)
      buffers_[0].value[std::size_t{b} * features + i] =
          static_cast<float>(data_.x[std::size_t{rows[b]} * features + i]) * unit;
  for (u32 i = 1; i <= spec_.layers.size(); ++i) forward_layer(i, count);
}

void FloatTwin::forward_layer(u32 i, u32 rows) {
  const LayerSpec& layer = spec_.layers[i - 1];
  const std::vector<float>& in = buffers_[layer.input].value;
  std::vector<float>& out = buffers_[i].value;
  const u32 n = width(i);
  out.resize(std::size_t{rows} * n);
  if (layer.kind == LayerKind::linear) {
    const std::vector<float>& w = weights_[owner(i) - 1];
    const u32 fan = width(layer.input);
    for (u32 b = 0; b < rows; ++b)
      std::copy_n(w.data() + std::size_t{fan} * n, n, out.data() + std::size_t{b} * n);
    gemm(false, false, {rows, n, fan}, 1, in.data(), fan, w.data(), n, 1, out.data(), n);
  } else if (layer.kind == LayerKind::add) {
    const std::vector<float>& second = buffers_[layer.second].value;
    for (std::size_t x = 0; x < out.size(); ++x) out[x] = in[x] + second[x];
  } else {
    for (std::size_t x = 0; x < out.size(); ++x) out[x] = activate(layer.activation, in[x]).value;
  }
}

double FloatTwin::loss_and_delta(std::span<const u32> rows) {
  Buffer& last = buffers_.back();
  const u32 n = width(static_cast<u32>(spec_.layers.size()));
  last.grad = last.value;
  double loss = 0;
  for (std::size_t b = 0; b < rows.size(); ++b) {
    float* row = last.grad.data() + b * n;
    const i32 label = data_.label[rows[b]];
    if (spec_.loss == Loss::cross_entropy) {
      const float top = *std::max_element(row, row + n);
      float sum = 0;
      for (u32 j = 0; j < n; ++j) sum += row[j] = std::exp(row[j] - top);
      for (u32 j = 0; j < n; ++j) row[j] /= sum;
      loss -= std::log(std::max(row[label], 1e-30f));
      row[label] -= 1;
    } else if (spec_.loss == Loss::logistic) {
      const float p = sigmoid(row[0]);
      loss -= std::log(std::max(label == 1 ? p : 1 - p, 1e-30f));
      row[0] = p - static_cast<float>(label);
    } else {
      row[0] -= std::ldexp(static_cast<float>(label), -static_cast<int>(data_.schema.frac_y));
      loss += 0.5 * static_cast<double>(row[0]) * row[0];
    }
  }
  return loss / static_cast<double>(rows.size());
}

void FloatTwin::backward_linear(u32 i, u32 rows) {
  const LayerSpec& layer = spec_.layers[i - 1];
  const u32 n = width(i), fan = width(layer.input);
  const std::vector<float>& delta = buffers_[i].grad;
  LayerStats& s = stats_[i - 1];
  double largest = 0;
  watch(delta, largest, s.delta_squares, s.nonzero_deltas);
  if (i == spec_.layers.size()) s.largest_delta = std::max(s.largest_delta, largest);
  std::vector<float>& g = gradients_[owner(i) - 1];
  gemm(true, false, {fan, n, rows}, 1, buffers_[layer.input].value.data(), fan, delta.data(), n, 1,
       g.data(), n);
  float* bias = g.data() + std::size_t{fan} * n;
  for (u32 b = 0; b < rows; ++b)
    for (u32 j = 0; j < n; ++j) bias[j] += delta[std::size_t{b} * n + j];
  if (layer.input == 0) return;
  gemm(false, true, {rows, fan, n}, 1, delta.data(), n, weights_[owner(i) - 1].data(), n, 1,
       buffers_[layer.input].grad.data(), fan);
}

void FloatTwin::backward_activation(u32 i, u32 rows) {
  const LayerSpec& layer = spec_.layers[i - 1];
  const Buffer& in = buffers_[layer.input];
  std::vector<float>& to = buffers_[layer.input].grad;
  double& largest = stats_[layer.input - 1].largest_delta;
  for (std::size_t x = 0; x < std::size_t{rows} * width(i); ++x) {
    const float e = buffers_[i].grad[x];
    track(e, largest);
    to[x] += e * activate(layer.activation, in.value[x]).derivative;
  }
}

void FloatTwin::backward(u32 rows) {
  const u32 last = static_cast<u32>(spec_.layers.size());
  for (u32 i = 1; i < last; ++i) buffers_[i].grad.assign(std::size_t{rows} * width(i), 0.0f);
  for (auto& g : gradients_) std::fill(g.begin(), g.end(), 0.0f);
  for (u32 i = last; i >= 1; --i) {
    const LayerSpec& layer = spec_.layers[i - 1];
    if (layer.kind == LayerKind::linear) {
      backward_linear(i, rows);
    } else if (layer.kind == LayerKind::activation) {
      backward_activation(i, rows);
    } else {
      for (const u32 input : {layer.input, layer.second})
        for (std::size_t x = 0; x < buffers_[i].grad.size(); ++x)
          buffers_[input].grad[x] += buffers_[i].grad[x];
    }
  }
}

double FloatTwin::step(u32 t, double factor) {
  const std::span<const u32> rows = batches_.rows(t);
  const u32 count = static_cast<u32>(rows.size());
  forward(rows);
  for (u32 i = 1; i <= spec_.layers.size(); ++i) {
    LayerStats& s = stats_[i - 1];
    watch(buffers_[i].value, s.largest, s.sum_squares, s.nonzero);
  }
  const double loss = loss_and_delta(rows);
  backward(count);
  const float scaled =
      static_cast<float>(factor * (spec_.momentum > 0 ? double{1u << kImpulseBits} : 1.0));
  const float beta = static_cast<float>(spec_.momentum);
  const bool ends = spec_.period != 0 && (t + 1) % spec_.period == 0;  // momentum is paid out
  for (std::size_t p = 0; p < weights_.size(); ++p) {
    const std::vector<float>& g = gradients_[p];
    for (std::size_t x = 0; x < g.size(); ++x) {
      float v = g[x];
      if (!velocity_[p].empty()) v = velocity_[p][x] = beta * velocity_[p][x] + g[x];
      if (ends) v += velocity_[p][x] * beta / (1 - beta), velocity_[p][x] = 0;
      weights_[p][x] -= scaled * v;
    }
  }
  return loss;
}

void FloatTwin::start_from(const std::vector<std::vector<double>>& start) {
  std::size_t parameter = 0;
  for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
    if (weights_[i].empty()) continue;
    std::vector<float>& w = weights_[i];
    w.clear();
    for (u32 part = 0; part < 2; ++part, ++parameter)
      for (const double x : start[parameter]) w.push_back(static_cast<float>(x));
  }
}

double FloatTwin::score(std::span<const u32> rows) {
  forward(rows);
  const std::vector<float>& out = buffers_.back().value;
  std::vector<i32> labels;
  for (const u32 row : rows) labels.push_back(data_.label[row]);
  return score_of(spec_.loss, spec_.layers.back().out, std::vector<double>(out.begin(), out.end()),
                  labels, data_.schema.frac_y);
}

}  // namespace pedigree::train
