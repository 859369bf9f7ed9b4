#include "train/formats.h"

#include <algorithm>
#include <cmath>

#include "op/op.h"

namespace pedigree::train {

namespace {

// Fractional bits that leave `bits` bits of signal below the root mean square.
int bits_below(int bits, double squares, u64 count, int low, int high) {
  if (count == 0 || squares <= 0) return high;
  const double rms = std::sqrt(squares / static_cast<double>(count));
  return std::clamp(static_cast<int>(std::ceil(bits - std::log2(rms))), low, high);
}

// ceil(log2 largest), at least -40.
int magnitude_bits(double largest) {
  return largest > 0 ? std::max(-40, static_cast<int>(std::ceil(std::log2(largest)))) : -40;
}

u8 to_bits(int bits) { return static_cast<u8>(std::clamp(bits, 0, 24)); }

void override_bits(u8& bits, const std::optional<u32>& wanted) {
  if (wanted) bits = static_cast<u8>(*wanted);
}

class Chooser {
 public:
  Chooser(const RunSpec& spec, const std::vector<LayerStats>& stats, const FormatAttempt& attempt,
          u32 margin, Model& model)
      : spec_(spec),
        stats_(stats),
        attempt_(attempt),
        margin_(static_cast<int>(margin)),
        model_(model) {}

  void linear(u32 i, u32 frac_y) {
    Layer& l = model_.layers[i - 1];
    const LayerStats& s = stats_[i - 1];
    const bool last = i == model_.num_layers, squared = model_.loss == Loss::mean_squared;
    const int range = model_.range_bits;
    l.frac_q = to_bits(range - std::max(magnitude_bits(s.largest) + margin_, last ? 6 : 2));
    if (last && squared) l.frac_q = static_cast<u8>(frac_y);
    if (!last) l.frac_e = to_bits(range - std::max(magnitude_bits(s.largest_delta) + margin_, 0));
    const LayerFormats wanted = overrides(i);
    override_bits(l.frac_q, wanted.frac_q);
    if (!last) override_bits(l.frac_e, wanted.frac_e);
    if (last && !squared) {
      l.frac_d = to_bits(std::max(attempt_.output_bits,
                                  static_cast<int>(ceil_log2(std::max(model_.outputs, 2u))) + 2));
    } else {
      const int finest = last ? l.frac_q : l.frac_e;
      const int bits = bits_below(attempt_.delta_bits + (last ? 2 : 0), s.delta_squares,
                                  s.nonzero_deltas, 2, 14);
      l.frac_d = to_bits(std::min(bits, finest));
    }
    override_bits(l.frac_d, wanted.frac_d);
  }

  void activation(u32 i) {
    Layer& l = model_.layers[i - 1];
    const LayerStats& s = stats_[i - 1];
    const int bits = bits_below(attempt_.activation_bits, s.sum_squares, s.nonzero, 2, 12);
    l.frac_a = to_bits(std::min<int>(bits, model_.layers[l.input - 1].frac_q));
    override_bits(l.frac_a, overrides(i).frac_a);
  }

  void add(u32 i) {
    Layer& l = model_.layers[i - 1];
    l.frac_a = std::max(model_.layers[l.input - 1].frac_a, model_.layers[l.second - 1].frac_a);
  }

 private:
  LayerFormats overrides(u32 i) const {
    const auto found = spec_.formats.layers.find(spec_.layers[i - 1].name);
    return found == spec_.formats.layers.end() ? LayerFormats{} : found->second;
  }

  const RunSpec& spec_;
  const std::vector<LayerStats>& stats_;
  const FormatAttempt& attempt_;
  int margin_;
  Model& model_;
};

}  // namespace

Model architecture_of(const RunSpec& spec, const record::Dataset& data) {
  Model model;
  model.features = data.features;
  model.outputs = spec.layers.back().out;
  model.loss = spec.loss;
  model.num_layers = static_cast<u32>(spec.layers.size());
  for (u32 i = 0; i < model.num_layers; ++i) {
    const LayerSpec& from = spec.layers[i];
    Layer& l = model.layers[i];
    l.kind = from.kind;
    l.activation = from.activation;
    l.input = from.input;
    l.second = from.second;
    l.out = from.out;
    l.share = from.share;
  }
  return model;
}

Model choose_formats(const RunSpec& spec, const record::Dataset& data,
                     const std::vector<LayerStats>& stats, const FormatAttempt& attempt,
                     u32 rate_bits, u32 range_bits, u32 margin) {
  Model model = architecture_of(spec, data);
  model.frac_x = static_cast<u8>(data.schema.frac_x);
  model.input_bits = static_cast<u8>(data.schema.input_bits);
  model.range_bits = static_cast<u8>(spec.formats.range_bits.value_or(range_bits));
  model.rate_bits = static_cast<u8>(rate_bits);
  const int classes_bits = static_cast<int>(ceil_log2(model.outputs));
  model.exp_bits = static_cast<u8>(std::clamp(19 - classes_bits, 8, 16));
  override_bits(model.exp_bits, spec.formats.exp_bits);
  if (model.loss != Loss::cross_entropy) model.exp_bits = 0;
  Chooser chooser(spec, stats, attempt, margin, model);
  for (u32 i = 1; i <= model.num_layers; ++i) {
    const Layer& l = model.layers[i - 1];
    if (l.kind == LayerKind::linear) chooser.linear(i, data.schema.frac_y);
    if (l.kind == LayerKind::activation) chooser.activation(i);
    if (l.kind == LayerKind::add) chooser.add(i);
  }
  return model;
}

u32 widest_remainder(const Model& m) {
  u32 widest = 0;
  std::vector<u32> finest(m.num_layers +
                          1);  // fractional bits of the summed delta that reaches a layer's output
  for (u32 i = m.num_layers; i >= 1; --i) {
    const Layer& l = m.layers[i - 1];
    const auto pass = [&](u32 to, u32 frac) { finest[to] = std::max(finest[to], frac); };
    if (l.kind == LayerKind::linear) {
      widest = std::max(widest, op::frac_of(m, l.input) + op::weight_frac(m, i) - l.frac_q);
      pass(l.input, l.frac_d + op::weight_frac(m, i));
    } else if (l.kind == LayerKind::add) {
      pass(l.input, finest[i]);
      pass(l.second, finest[i]);
    } else {
      widest = std::max(widest, finest[i] - m.layers[l.input - 1].frac_e);
    }
  }
  return widest;
}

}  // namespace pedigree::train
