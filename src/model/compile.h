// From a model, loss and formats to the tensor program of a training step, backward pass included.
//
// The rules of each kind of layer and loss live in its folder under op/; the two lists in compile_rules.cc name them.
// Deltas: each layer collects contributions (exact integers with their fractional bits) from the layers that read it;
// they are aligned by exact left shifts, summed, and rescaled once, where an activation is differentiated.
#pragma once

#include "model/model.h"
#include "tensor/program.h"

namespace pedigree {

// What a layer's rules see.
class Compiler {
 public:
  Compiler(Builder& builder, const Model& model_) noexcept : b(builder), model(model_) {}

  struct Contribution {
    TensorId tensor = 0;
    u32 frac = 0;
  };
  struct State {
    TensorId value = 0;       // activation, add, record: the value; linear: the quotient
    TensorId derivative = 0;  // activation: second column of its table
    u32 width = 0;
    u32 frac = 0;                      // fractional bits of `value`
    ParameterId weight = 0, bias = 0;  // linear
    u32 frac_w = 0;                    // linear: of its parameters
    TensorId ones = 0;                 // linear: the input of the bias
    Vec<Contribution> contributions;
  };

  void contribute(u32 layer, TensorId tensor, u32 frac) noexcept;
  // Sum of all contributions of a layer at their finest fraction.
  Contribution gathered(u32 layer) noexcept;

  Builder& b;
  const Model& model;
  State state[kMaxLayers + 1];
};

// The response and the whole schedule, over all steps of a run: runs are not empty, differ from their neighbours, and add up.
Result<void> check_optimiser(const Optimiser& o, const Sampling& s) noexcept;

// Sizes from a sampling: padded logs and the widest range table for the volume of the program.
ProgramSizes program_sizes(const Model& model, const Sampling& sampling) noexcept;

// What one program covers: steps [0, sampling.steps) of a segment.
struct SegmentShape {
  Sampling sampling;             // batch, steps of the segment, records of all datasets
  std::span<const u32> records;  // of each dataset
  // What the program itself shows of the cells of each dataset: that inputs, that labels lie in their ranges.
  struct DataChecks {
    bool inputs = true, labels = true;
  };
  std::span<const DataChecks> check_data;
  // The start: seeded, or committed with these bounds of its entries, parameter by parameter. check_bits > 0: the program shows
  // that entries lie in [-2^check_bits, 2^check_bits), and that is their bound.
  bool committed_start = false;
  std::span<const u128> start_bounds;
  u32 check_bits = 0;
  bool pullbacks = false;         // whether long maps are pullbacks
  const Program* like = nullptr;  // tables that it has too are not filled again
  bool for_sizes = false;  // tables need bounds alone, where these are known without the values
};
inline constexpr u32 kMaxCheckBits = 60;

// Checks of a model that need no program: known kinds, widths, formats, every layer used.
Result<void> check_model(const Model& model) noexcept;

Result<Program> compile(const Model& model, const Optimiser& optimiser, const SegmentShape& shape,
                        Arena& arena) noexcept;

// What a claim on committed weights begins with: its inputs, and the scores of the last layer for them. The claim adds what it
// says of them, then `finish` settles ranges and bounds.
struct ForwardShape {
  u32 samples = 0;
  // Entries of all parameters lie in [-2^weight_bits, 2^weight_bits): shown by the program, or left to who knows the run.
  u32 weight_bits = 0;
  bool show_weights = false;
  std::span<const u32> records;  // of each dataset that it reads
};
class ForwardCompiler {
 public:
  // The model must have passed check_model.
  ForwardCompiler(const Model& model, const ForwardShape& shape, Arena& arena) noexcept;
  Builder& builder() noexcept { return builder_; }
  Compiler& compiler() noexcept { return compiler_; }  // as rules of layers and losses see it
  // Inputs in the segment's own root, with or without a check of their range.
  TensorId inputs(bool check_range) noexcept;
  // The scores, committed, [outputs] a sample: -3 * 2^range_bits <= q < 2^range_bits.
  TensorId scores(TensorId inputs) noexcept;
  Result<Program> finish() noexcept;

 private:
  const Model& model_;
  ForwardShape shape_;
  Builder builder_;
  Compiler& compiler_;
  TensorId scores_ = 0;
};

// One dataset that the program checks, a seeded start.
Result<Program> compile(const Model& model, const Optimiser& optimiser, const Sampling& sampling,
                        Arena& arena) noexcept;

}  // namespace pedigree
