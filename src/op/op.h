// The rules of one kind of layer or loss: how it runs forward and how it is differentiated, as emitted tensors.
// A new kind is a folder with these functions and one line in the list of model/compile_rules.cc.
#pragma once

#include "model/compile.h"

namespace pedigree::op {

struct LayerRules {
  LayerKind kind;
  // Kinds, widths and formats of what layer `i` (1-based) reads; before anything is emitted.
  Result<void> (*check)(const Model& model, u32 i) noexcept;
  u32 (*width)(const Model& model, u32 i) noexcept;
  u32 (*frac)(const Model& model, u32 i) noexcept;  // fractional bits of its output
  void (*forward)(Compiler& c, u32 i) noexcept;
  void (*backward)(Compiler& c, u32 i) noexcept;
};

struct LossRules {
  Loss loss;
  Result<void> (*check)(const Model& model) noexcept;
  u32 (*label_columns)(const Model& model) noexcept;
  // Constraints on the committed labels (domain records): kinds and ranges.
  void (*check_labels)(Compiler& c, TensorId labels) noexcept;  // of one dataset
  u128 (*label_bound)(const Model& model) noexcept;
  // From scores q to the delta of the last layer, frac_d of that layer.
  TensorId (*delta)(Compiler& c, TensorId q, TensorId labels) noexcept;
};

extern const LayerRules kLinear, kActivation, kAdd;
extern const LossRules kCrossEntropy, kLogistic, kMeanSquared;

// Width and fractional bits of a layer's output; layer 0 is the record.
u32 width_of(const Model& model, u32 layer) noexcept;
u32 frac_of(const Model& model, u32 layer) noexcept;
const LayerRules* rules_of(LayerKind kind) noexcept;
const LossRules* rules_of(Loss loss) noexcept;

// Layer id that owns the parameters of linear layer i (itself unless shared), and the fractional bits of their grid.
u32 owner_of(const Model& model, u32 i) noexcept;
u32 weight_frac(const Model& model, u32 i) noexcept;

}  // namespace pedigree::op
