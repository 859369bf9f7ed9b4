// The float32 twin: the same layers, start, order and integer schedule in plain floating point. It
// is the dry run from which formats are chosen, and the yardstick for the exact model's accuracy.
// Nothing of it enters a statement.
//
//   start      entry * 2^-24 of the seeded start with frac_w = 24: the exact one up to its last bit
//   update     V = beta V + A^T D,  W -= c_t 2^(q-k) V
//              beta the momentum, q = kImpulseBits with it, else 0
#pragma once

#include <functional>
#include <vector>

#include "record/dataset.h"
#include "train/batches.h"
#include "train/spec.h"

namespace pedigree::train {

// Of one layer, over all steps seen.
struct LayerStats {
  double largest = 0;      // |value|; of a linear layer |z|
  double sum_squares = 0;  // of nonzero values
  u64 nonzero = 0;
  double largest_delta = 0;  // linear: |delta| before the mask of the activation
  double delta_squares = 0;  // linear: of nonzero deltas after the mask
  u64 nonzero_deltas = 0;
};

class FloatTwin {
 public:
  FloatTwin(const RunSpec& spec, const record::Dataset& data, const Sampling& sampling);

  // Step t with the factor c 2^-k; returns the mean loss of its batch before the update.
  double step(u32 t, double factor);

  // Other weights than the seeded ones, by parameter, [in][out]; before the first step.
  void start_from(const std::vector<std::vector<double>>& start);

  double score(std::span<const u32> rows);
  const std::vector<LayerStats>& stats() const noexcept { return stats_; }  // [layer - 1]
  const std::vector<std::vector<float>>& weights() const noexcept { return weights_; }

 private:
  struct Buffer {
    std::vector<float> value, grad;  // [rows, width], row-major
  };

  u32 width(u32 layer) const;
  u32 owner(u32 layer) const {
    return spec_.layers[layer - 1].share != 0 ? spec_.layers[layer - 1].share : layer;
  }
  void forward(std::span<const u32> rows);
  void forward_layer(u32 layer, u32 rows);
  double loss_and_delta(std::span<const u32> rows);
  void backward(u32 rows);
  void backward_linear(u32 layer, u32 rows);
  void backward_activation(u32 layer, u32 rows);

  const RunSpec& spec_;
  const record::Dataset& data_;
  Batches batches_;
  std::vector<Buffer> buffers_;  // [layer], 0 the record
  std::vector<std::vector<float>>
      weights_;  // [layer - 1], (in + 1) x out, the last row is the bias
  std::vector<std::vector<float>> gradients_, velocity_;
  std::vector<LayerStats> stats_;
};

}  // namespace pedigree::train
