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
  if (step < first_step_ || step - first_step_ >= steps_) {
    const u32 shard = static_cast<u32>(u64{step} * sampling_.shards / sampling_.steps);
    const u32 begin = first_step_of_shard(sampling_, shard),
              end = first_step_of_shard(sampling_, shard + 1);
    const u32 per_epoch = batches_per_epoch(sampling_);
    first_step_ = begin + (step - begin) / per_epoch * per_epoch;
    steps_ = std::min(per_epoch, end - first_step_);
    selection_.resize(std::size_t{steps_} * sampling_.batch);
    const bool unknown = kept_.empty();
    kept_.resize(sampling_.records);
    HeapBlock block(scratch_bytes(sampling_));
    const bool enough = block.use([&](Arena& arena) {
      if (unknown) shard_order(arena, sampling_, kept_);
      select_rows(arena, sampling_, kept_, first_step_, steps_, sampling_.batch, selection_);
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
