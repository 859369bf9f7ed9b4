#include "train/batches.h"

#include <algorithm>

#include "base/require.h"
#include "tensor/order.h"
#include "train/memory.h"

namespace pedigree::train {

namespace {

std::size_t scratch_bytes(const Sampling& s) { return std::size_t{s.records} * 32 + 4096; }

}  // namespace

std::span<const u32> Batches::rows(u32 step) {
  const u32 per_epoch = batches_per_epoch(sampling_);
  if (selection_.empty() || step < first_step_ || step - first_step_ >= per_epoch) {
    first_step_ = step / per_epoch * per_epoch;
    selection_.resize(std::size_t{per_epoch} * sampling_.batch);
    Sampling endless = sampling_;
    endless.steps = ~u32{0};
    HeapBlock block(scratch_bytes(sampling_));
    const bool enough = block.use([&](Arena& arena) {
      select_rows(arena, endless, first_step_, per_epoch, sampling_.batch, selection_);
    });
    PEDIGREE_REQUIRE(enough, "scratch of an epoch's order");
  }
  const std::span<const u32> slots =
      std::span<const u32>(selection_)
          .subspan(std::size_t{step - first_step_} * sampling_.batch, sampling_.batch);
  return slots.first(
      static_cast<std::size_t>(std::find(slots.begin(), slots.end(), kDeadSlot) - slots.begin()));
}

std::vector<u32> Batches::scored_rows() const {
  std::vector<u32> rows(sampling_.records);
  HeapBlock block(scratch_bytes(sampling_));
  const bool enough = block.use([&](Arena& arena) { holdout_order(arena, sampling_, rows); });
  PEDIGREE_REQUIRE(enough, "scratch of the holdout's order");
  if (sampling_.holdout > 0) rows.erase(rows.begin(), rows.end() - sampling_.holdout);
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace pedigree::train
