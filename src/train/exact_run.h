// The exact run: the tensor program evaluated step by step in integers.
//
// One step's tensors are slabs [features that are there, B padded] of 64-bit integers, in the order of the
// program. Where a value leaves the table or range that the program looks it up in, the run stops
// with an Error (exit 7) that names step, layer, value and remedy: nothing saturates, and a run
// that ends here can be proven.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "field/f.h"
#include "train/batches.h"
#include "train/exact_weights.h"

namespace pedigree::train {

// The cells of a run's records as the program reads them, record-major: a part a dataset, one after the other. Refers to them.
class Cells {
 public:
  // x: records * features, y: records * label columns.
  void append(u32 records, std::span<const i32> x, std::span<const i32> y) {
    parts_.push_back({first_of_next_, x.data(), y.data(), x.size() / records, y.size() / records});
    first_of_next_ += records;
  }
  std::span<const i32> x(u32 row) const {
    const Part& p = part_of(row);
    return {p.x + (row - p.first) * p.features, p.features};
  }
  std::span<const i32> y(u32 row) const {
    const Part& p = part_of(row);
    return {p.y + (row - p.first) * p.labels, p.labels};
  }

 private:
  struct Part {
    u32 first;
    const i32 *x, *y;
    std::size_t features, labels;
  };
  const Part& part_of(u32 row) const {
    std::size_t i = parts_.size() - 1;
    while (row < parts_[i].first) --i;
    return parts_[i];
  }
  std::vector<Part> parts_;
  u32 first_of_next_ = 0;
};

// Where the columns of a trace go, by TensorId; null: not wanted. A column has the cells that are there,
// cell (feature * T + t) * B + b, T and B padded; steps that do not exist are filled too.
struct Trace {
  std::vector<F*> columns;
};

// low <= value < high for every cell of a tensor: what a lookup demands of a value that training
// can push out of range.
struct RangeCheck {
  TensorId tensor = 0;
  i64 low = 0, high = 0;
};

// What the values behind a check have taken up of their range so far.
struct RangeUse {
  RangeCheck check;
  i64 lowest = 0, highest = 0;
  std::optional<u32> half_at;  // the first step that went beyond half of it
};

// A RangeUse for people: numbers as the model means them.
struct RangeText {
  u32 layer = 0;
  std::string name, what;
  double largest = 0, declared = 0;  // magnitudes
};

class ExactRun {
 public:
  // All references must outlive the run. `layer_names` are for messages.
  ExactRun(const Program& program, const Model& model, const Optimiser& optimiser,
           const Sampling& sampling, const Cells& cells, std::vector<std::string> layer_names);
  // The same from before step `first`. The program may be that of a part of the run that begins there; optimiser and sampling
  // are those of the whole run.
  ExactRun(const Program& program, const Model& model, const Optimiser& optimiser,
           const Sampling& sampling, const Cells& cells, std::vector<std::string> layer_names,
           u32 first, WeightState state);

  // Runs steps next .. until - 1. With a trace (its first step is the first of this call, at most T
  // steps): fills every wanted column, dead steps included.
  void run(u32 until, Trace* trace = nullptr, const std::function<void(u32)>& progress = {});

  // The model alone, for these rows of the cells: fills every wanted column of a program of one step that trains nothing.
  void forward(std::span<const u32> rows, Trace& trace);

  // Of the steps that this object ran; the same places in every run of a program.
  const std::vector<RangeUse>& ranges() const noexcept { return ranges_; }
  RangeText range_text(const RangeUse& use) const;

  // From now on the losses of the batches, each before its update, are summed up; take_loss gives the sum over the records and
  // their number, and begins anew. Floating point: no result depends on it.
  void watch_loss() noexcept { watches_loss_ = true; }
  struct LossSum {
    double sum = 0;
    u64 records = 0;
  };
  LossSum take_loss() noexcept { return std::exchange(loss_, {}); }

  u32 next_step() const noexcept { return next_; }
  const ExactWeights& weights() const noexcept { return weights_; }
  ExactWeights& weights() noexcept { return weights_; }

 private:
  ExactRun(const Program& program, const Model& model, const Optimiser& optimiser,
           const Sampling& sampling, const Cells& cells, std::vector<std::string> layer_names,
           u32 first, ExactWeights weights);
  void choose_needed(const Trace* trace);
  void evaluate(std::span<const u32> rows);
  void evaluate_committed(const Tensor& t, std::span<i64> out);
  void evaluate_gather(const Tensor& t, std::span<const u32> rows, std::span<i64> out) const;
  void evaluate_affine(const Tensor& t, std::span<i64> out) const;
  void check_ranges();
  void check_rows(std::span<const u32> rows) const;
  void add_loss(std::span<const u32> rows);
  int frac_of_range(const RangeCheck& check) const;
  [[noreturn]] void left_range(const RangeCheck& check, i64 value) const;
  void store(const Trace& trace, u32 slot, u32 copies) const;

  std::span<const i64> slab(TensorId t) const { return slabs_[t]; }

  const Program& program_;
  const Model& model_;
  const Sampling sampling_;
  const Cells& cells_;
  std::vector<std::string> layer_names_;
  std::vector<u32> factors_;
  Batches batches_;
  ExactWeights weights_;
  std::vector<std::vector<i64>> slabs_;  // by TensorId, domain samples
  std::vector<bool> needed_;
  std::vector<RangeUse> ranges_;
  bool watches_loss_ = false;
  LossSum loss_;
  u32 positions_;  // B padded
  u32 next_ = 0;
};

// The model alone: rows of the cells through a program that trains nothing, with these weights. Throws Error (exit 7) naming
// the record where a value leaves what the model declares.
void run_forward(const Program& program, const Model& model, const Cells& cells,
                 std::span<const u32> rows, const Entries& weights,
                 std::vector<std::string> layer_names, Trace& trace);
// Rows 0 to samples - 1.
void run_forward(const Program& program, const Model& model, const Cells& cells, u32 samples,
                 const Entries& weights, std::vector<std::string> layer_names, Trace& trace);

}  // namespace pedigree::train
