// Which records a step uses: rows sorted by a keyed hash.
//
//   key(e, n) = Keccak256("pedigree order v1" || seed || e || n)     41 bytes: seed, e, n as u64 LE
//
// "Sorted by key(e, .)" means ascending as big-endian byte strings of 32 bytes; equal keys by row.
//   holdout   the last `holdout` rows sorted by key(2^64 - 1, .) are never used
//   shard i   with n > 1 shards: the remaining rows sorted by key(2^64 - 2, .), positions floor(K i / n) .. floor(K (i + 1) / n)
//             - 1 of them, K their number; it is used by the steps t with floor(t n / T) = i and by no others
//   epoch e   of a shard: its rows sorted by key(i 2^32 + e, .): a row less leaves the others' order as it was
//   step t    place u = t - (first step of its shard), epoch e = u / batches_per_epoch, p = u mod batches_per_epoch: positions
//             p B .. p B + B - 1 of that order, as far as they exist (the last batch of an epoch
//             may be short or empty, no row is dropped)
//
//   source  docs/arithmetic.md section 3; sample values in section 11
#pragma once

#include "model/model.h"

namespace pedigree {

inline constexpr u32 kDeadSlot = 0xffffffff;
inline constexpr u64 kHoldoutEpoch = ~u64{0}, kShardEpoch = ~u64{0} - 1;

Digest order_key(u64 seed, u64 epoch, u64 row) noexcept;

// Sorts `rows` in place by key(epoch, .). Scratch from the arena is given back.
void sort_by_key(Arena& arena, u64 seed, u64 epoch, std::span<u32> rows) noexcept;

// out, of `records` entries: all rows in holdout order; the first records - holdout are used, the
// rest is held out.
void holdout_order(Arena& arena, const Sampling& sampling, std::span<u32> out) noexcept;

// The first step of a shard: the least t with floor(t n / T) = shard; T for shard n.
u32 first_step_of_shard(const Sampling& sampling, u32 shard) noexcept;

// out, of `records` entries: what every step's rows are taken from, the used rows first, in the order from which shards are cut.
void shard_order(Arena& arena, const Sampling& sampling, std::span<u32> out) noexcept;

// The orders that steps of a run share, each sorted once as long as steps are asked for in their order.
class RowSelector {
 public:
  // Takes 8 bytes a record from the arena.
  RowSelector(Arena& arena, const Sampling& sampling) noexcept;
  // With shard_order at hand.
  RowSelector(Arena& arena, const Sampling& sampling, std::span<const u32> kept) noexcept;
  // As select_rows.
  void select(u32 first_step, u32 num_steps, u32 batch_padded, std::span<u32> selection) noexcept;

 private:
  Arena& arena_;
  Sampling sampling_;
  std::span<const u32> kept_;
  std::span<u32> order_;
  u64 sorted_epoch_ = kHoldoutEpoch;
};

// Which slots hold a record, from sizes alone: 0 there, kDeadSlot elsewhere; otherwise as select_rows.
void mark_live_slots(const Sampling& sampling, u32 first_step, u32 num_steps, u32 batch_padded,
                     std::span<u32> selection) noexcept;

// selection[i * batch_padded + b] = row of slot b of step first_step + i, or kDeadSlot.
//   selection  num_steps * batch_padded entries, batch_padded >= sampling.batch; steps from
//              sampling.steps on are dead
void select_rows(Arena& arena, const Sampling& sampling, u32 first_step, u32 num_steps,
                 u32 batch_padded, std::span<u32> selection) noexcept;
// The same with the order of shards at hand.
void select_rows(Arena& arena, const Sampling& sampling, std::span<const u32> kept, u32 first_step,
                 u32 num_steps, u32 batch_padded, std::span<u32> selection) noexcept;

}  // namespace pedigree
