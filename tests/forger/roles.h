// The tensors of padded_job by what they are: layer 1 linear, 2 activation, 3 linear with the loss.
#pragma once

#include "forger/forger.h"

namespace pedigree::forger {

class Roles {
 public:
  explicit Roles(const Job& job);
  const Program& program() const { return compiled().program; }
  const CompiledSegment& compiled() const { return compiled_.segments[0]; }

  TensorId quotient(u32 layer) const {
    return committed(Advice::rescale, layer, 0);
  }  // of a linear layer
  TensorId value() const { return committed(Advice::table, 2, 1); }  // of the activation
  TensorId derivative() const { return committed(Advice::table, 2, 2); }
  TensorId delta_quotient() const {
    return committed(Advice::rescale, 2, 0);
  }  // before the derivative
  TensorId maximum() const { return committed(Advice::maximum, 3, 0); }
  TensorId exponential() const { return committed(Advice::table, 3, 1); }
  TensorId attained() const { return committed(Advice::table, 3, 2); }
  TensorId probability() const { return committed(Advice::quotient, 3, 0); }
  TensorId limb(u32 layer) const { return committed(Advice::limb, layer, 0); }
  TensorId contraction(u32 layer, bool bias, bool transposed) const;
  // The n-th tensor of a kind.
  TensorId nth(TensorKind kind, u32 n) const;

  // Honest integers of a tensor, as the trace has them; and a cell's index in it.
  std::vector<i64> cells(TensorId t) const;
  std::size_t index(const harness::CellAt& at) const;
  bool is_live(std::size_t step, std::size_t row) const;

 private:
  TensorId committed(Advice advice, u32 layer, u32 column) const;
  Job job_;
  std::shared_ptr<OwnedArena> arena_;
  Compiled compiled_;
  ProveInput input_;  // holds the datasets
  std::shared_ptr<Witness> witness_;
};

// Signed integer of a small element.
i64 to_int(F x);

}  // namespace pedigree::forger
