#include <algorithm>

#include "hash/keccak_lanes.h"
#include "tensor/order.h"

namespace pedigree {

namespace {

struct KeyedRow {
  u64 prefix = 0;  // first eight bytes of the key, big endian
  u32 row = 0;
};

u64 prefix_of(const Digest& key) noexcept {
  u64 prefix = 0;
  for (u32 i = 0; i < 8; ++i) prefix = prefix << 8 | key.bytes[i];
  return prefix;
}

void order_keys(u64 seed, u64 epoch, std::span<const u64> rows, Digest* out) noexcept {
  static constexpr u8 domain[] = {'p', 'e', 'd', 'i', 'g', 'r', 'e', 'e', ' ',
                                  'o', 'r', 'd', 'e', 'r', ' ', 'v', '1'};
  keccak256_numbered(domain, seed, epoch, rows, out);
}

}  // namespace

Digest order_key(u64 seed, u64 epoch, u64 row) noexcept {
  Digest key;
  order_keys(seed, epoch, {&row, 1}, &key);
  return key;
}

void sort_by_key(Arena& arena, u64 seed, u64 epoch, std::span<u32> rows) noexcept {
  const std::size_t mark = arena.mark();
  KeyedRow* keyed = arena.allocate<KeyedRow>(rows.size());
  u64 numbers[kNumberedAtATime];
  Digest keys[kNumberedAtATime];
  for (std::size_t begin = 0; begin < rows.size(); begin += kNumberedAtATime) {
    const std::size_t n = std::min(kNumberedAtATime, rows.size() - begin);
    for (std::size_t i = 0; i < n; ++i) numbers[i] = rows[begin + i];
    order_keys(seed, epoch, {numbers, n}, keys);
    for (std::size_t i = 0; i < n; ++i) keyed[begin + i] = {prefix_of(keys[i]), rows[begin + i]};
  }
  std::sort(keyed, keyed + rows.size(), [&](const KeyedRow& a, const KeyedRow& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    if (a.row == b.row) return false;
    const Digest key_a = order_key(seed, epoch, a.row), key_b = order_key(seed, epoch, b.row);
    const int order = std::memcmp(key_a.bytes, key_b.bytes, sizeof key_a.bytes);
    return order != 0 ? order < 0 : a.row < b.row;
  });
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = keyed[i].row;
  arena.release(mark);
}

void holdout_order(Arena& arena, const Sampling& sampling, std::span<u32> out) noexcept {
  for (u32 row = 0; row < sampling.records; ++row) out[row] = row;
  if (sampling.holdout > 0) sort_by_key(arena, sampling.seed, kHoldoutEpoch, out);
}

u32 first_step_of_shard(const Sampling& s, u32 shard) noexcept {
  return static_cast<u32>((u64{shard} * s.steps + s.shards - 1) / s.shards);
}

void shard_order(Arena& arena, const Sampling& sampling, std::span<u32> out) noexcept {
  holdout_order(arena, sampling, out);
  if (sampling.shards > 1)
    sort_by_key(arena, sampling.seed, kShardEpoch, out.first(sampling.records - sampling.holdout));
}

RowSelector::RowSelector(Arena& arena, const Sampling& sampling, std::span<const u32> kept) noexcept
    : arena_(arena), sampling_(sampling), kept_(kept.first(sampling.records - sampling.holdout)) {
  order_ = {arena.allocate<u32>(kept_.size()), kept_.size()};
}

namespace {

std::span<const u32> fresh_order(Arena& arena, const Sampling& sampling) noexcept {
  const std::span<u32> kept(arena.allocate<u32>(sampling.records), sampling.records);
  shard_order(arena, sampling, kept);
  return kept;
}

}  // namespace

RowSelector::RowSelector(Arena& arena, const Sampling& sampling) noexcept
    : RowSelector(arena, sampling, fresh_order(arena, sampling)) {}

namespace {

// Where a step's rows lie: rows of a shard, from `first_row` of what shard_order keeps, sorted anew each epoch.
struct Place {
  u64 epoch, first_row, rows;  // key of the epoch; of the shard
  u64 start;                   // of the step's rows in that order

  Place(const Sampling& sampling, u64 step) noexcept {
    const u64 used = sampling.records - sampling.holdout, n = sampling.shards;
    const u64 shard = step * n / sampling.steps, per_epoch = batches_per_epoch(sampling);
    const u64 place = step - first_step_of_shard(sampling, static_cast<u32>(shard));
    epoch = shard << 32 | place / per_epoch;
    first_row = used * shard / n;
    rows = used * (shard + 1) / n - first_row;
    start = place % per_epoch * sampling.batch;
  }
  u32 live(const Sampling& sampling) const noexcept {
    const u64 left = start < rows ? rows - start : 0;
    return left < sampling.batch ? static_cast<u32>(left) : sampling.batch;
  }
};

}  // namespace

void mark_live_slots(const Sampling& sampling, u32 first_step, u32 num_steps, u32 batch_padded,
                     std::span<u32> selection) noexcept {
  for (u32 i = 0; i < num_steps; ++i) {
    const u64 step = u64{first_step} + i;
    const u32 live = step < sampling.steps ? Place(sampling, step).live(sampling) : 0;
    u32* const slots = selection.data() + std::size_t{i} * batch_padded;
    for (u32 b = 0; b < batch_padded; ++b) slots[b] = b < live ? 0 : kDeadSlot;
  }
}

void RowSelector::select(u32 first_step, u32 num_steps, u32 batch_padded,
                         std::span<u32> selection) noexcept {
  for (u32 i = 0; i < num_steps; ++i) {
    const std::span<u32> slots = selection.subspan(std::size_t{i} * batch_padded, batch_padded);
    for (u32& slot : slots) slot = kDeadSlot;
    const u64 step = u64{first_step} + i;
    if (step >= sampling_.steps) continue;
    const Place place(sampling_, step);
    if (place.epoch != sorted_epoch_) {
      std::memcpy(order_.data(), kept_.data() + place.first_row, place.rows * sizeof(u32));
      sort_by_key(arena_, sampling_.seed, place.epoch, order_.subspan(0, place.rows));
      sorted_epoch_ = place.epoch;
    }
    for (u32 b = 0; b < place.live(sampling_); ++b) slots[b] = order_[place.start + b];
  }
}

void select_rows(Arena& arena, const Sampling& sampling, std::span<const u32> kept, u32 first_step,
                 u32 num_steps, u32 batch_padded, std::span<u32> selection) noexcept {
  const std::size_t mark = arena.mark();
  RowSelector(arena, sampling, kept).select(first_step, num_steps, batch_padded, selection);
  arena.release(mark);
}

void select_rows(Arena& arena, const Sampling& sampling, u32 first_step, u32 num_steps,
                 u32 batch_padded, std::span<u32> selection) noexcept {
  const std::size_t mark = arena.mark();
  RowSelector(arena, sampling).select(first_step, num_steps, batch_padded, selection);
  arena.release(mark);
}

}  // namespace pedigree
