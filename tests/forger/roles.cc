#include "forger/roles.h"

#include "base/require.h"

namespace pedigree::forger {

Roles::Roles(const Job& job)
    : job_(job),
      arena_(std::make_shared<OwnedArena>(2 * statement_memory(job.statement))),
      input_(job.input()),
      witness_(std::make_shared<Witness>()) {
  auto compiled = compile_statement(job_.statement, arena_->get());
  PEDIGREE_REQUIRE(compiled.ok(), "a job");
  compiled_ = compiled.value();
  for (OpenableRoot* dataset : input_.datasets) witness_->data.push_back(dataset->message());
  if (compiled_.committed_start) {
    std::vector<F>& start = witness_->messages[kStartRoot];
    start.resize(message_words(this->compiled().layout, kStartRoot));
    place_weights(this->compiled(), input_.weights(0), start);
  }
  prepare_witness(input_, compiled_, 0, *witness_);
}

TensorId Roles::committed(Advice advice, u32 layer, u32 column) const {
  for (TensorId t = 0; t < program().tensors.size(); ++t) {
    const Tensor& x = program().tensors[t];
    if (x.kind == TensorKind::committed && x.advice == advice && x.layer == layer &&
        x.column == column)
      return t;
  }
  PEDIGREE_REQUIRE(false, "the job has this tensor");
  return 0;
}

TensorId Roles::contraction(u32 layer, bool bias, bool transposed) const {
  for (TensorId t = 0; t < program().tensors.size(); ++t) {
    const Tensor& x = program().tensors[t];
    if (x.kind == TensorKind::contraction && x.layer == layer && x.transposed == transposed &&
        program().parameters[x.parameter].is_bias == bias)
      return t;
  }
  PEDIGREE_REQUIRE(false, "the job has this contraction");
  return 0;
}

TensorId Roles::nth(TensorKind kind, u32 n) const {
  for (TensorId t = 0; t < program().tensors.size(); ++t)
    if (program().tensors[t].kind == kind && n-- == 0) return t;
  PEDIGREE_REQUIRE(false, "the job has this tensor");
  return 0;
}

std::vector<i64> Roles::cells(TensorId t) const {
  std::vector<i64> out;
  const SegmentPublic segment = public_of(compiled_, 0);
  TensorValues values(segment, *witness_);
  for (const F x : values.get(t)) out.push_back(to_int(x));
  return out;
}

std::size_t Roles::index(const harness::CellAt& at) const {
  const Tensor& t = program().tensors[at.tensor];
  const std::size_t stride =
      t.domain == Domain::records ? 0 : std::size_t{1} << program().sizes.log_batch;
  return (at.feature << program().log_positions(t)) + at.step * stride + at.row;
}

bool Roles::is_live(std::size_t step, std::size_t row) const {
  return compiled().selection[(step << program().sizes.log_batch) + row] != kDeadSlot;
}

i64 to_int(F x) {
  return x.v > kModulus / 2 ? -static_cast<i64>(kModulus - x.v) : static_cast<i64>(x.v);
}

}  // namespace pedigree::forger
