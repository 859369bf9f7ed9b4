#include "tensor/order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "tensor/start.h"

namespace pedigree {
namespace {

class OrderTest : public testing::Test {
 protected:
  std::vector<u32> select(const Sampling& s, u32 first, u32 count, u32 padded) {
    std::vector<u32> out(std::size_t{count} * padded, 7);
    select_rows(arena_, s, first, count, padded, out);
    return out;
  }

  std::vector<u8> block_ = std::vector<u8>(1 << 22);
  std::jmp_buf exhausted_;
  Arena arena_{block_.data(), block_.size(), &exhausted_};
};

constexpr u32 D = kDeadSlot;

TEST_F(OrderTest, SampleValuesOfTheDocument) {
  const Digest key = order_key(7, 0, 0);
  EXPECT_EQ(key.bytes[0], 0x62);
  EXPECT_EQ(key.bytes[31], 0x98);
  const Sampling s{.records = 10, .holdout = 2, .batch = 3, .steps = 6, .seed = 7};
  std::vector<u32> all(10);
  holdout_order(arena_, s, all);
  EXPECT_EQ(all, (std::vector<u32>{7, 3, 1, 5, 6, 4, 0, 9, 2, 8}));
  EXPECT_EQ(select(s, 0, 6, 4), (std::vector<u32>{1, 9, 0, D, 7, 3, 6, D, 5, 4, D, D,
                                                  7, 5, 0, D, 4, 1, 6, D, 9, 3, D, D}));
}

TEST_F(OrderTest, EveryEpochUsesEachKeptRowOnce) {
  const Sampling s{.records = 103, .holdout = 20, .batch = 8, .steps = 33, .seed = 99};
  const u32 per_epoch = batches_per_epoch(s);
  ASSERT_EQ(per_epoch, 11u);
  std::vector<u32> first;
  for (u32 epoch = 0; epoch < 3; ++epoch) {
    std::vector<u32> rows = select(s, epoch * per_epoch, per_epoch, 8);
    rows.erase(std::remove(rows.begin(), rows.end(), D), rows.end());
    std::vector<u32> sorted = rows;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(sorted.size(), 83u);
    EXPECT_EQ(std::unique(sorted.begin(), sorted.end()), sorted.end());
    if (epoch == 0)
      first = rows;
    else
      EXPECT_NE(rows, first);
  }
}

TEST_F(OrderTest, TakingARowOutKeepsTheOthersInOrder) {
  std::vector<u32> all(50), fewer;
  for (u32 n = 0; n < 50; ++n) {
    all[n] = n;
    if (n != 17) fewer.push_back(n);
  }
  sort_by_key(arena_, 3, 5, all);
  sort_by_key(arena_, 3, 5, fewer);
  all.erase(std::find(all.begin(), all.end(), 17u));
  EXPECT_EQ(all, fewer);
}

TEST_F(OrderTest, PiecesEqualTheWholeAndStepsBeyondTheRunAreDead) {
  const Sampling s{.records = 20, .holdout = 0, .batch = 6, .steps = 10, .seed = 1};
  const std::vector<u32> whole = select(s, 0, 16, 8);
  for (u32 t = 0; t < 16; ++t) {
    const std::vector<u32> one = select(s, t, 1, 8);
    EXPECT_TRUE(std::equal(one.begin(), one.end(), whole.begin() + 8 * t));
    if (t >= 10) EXPECT_EQ(one, std::vector<u32>(8, D));
  }
  const std::size_t used = arena_.used();
  select(s, 0, 16, 8);
  EXPECT_EQ(arena_.used(), used);
}

TEST_F(OrderTest, ShardsUseEachOfTheirRowsOnceAnEpochAndNoOthers) {
  const Sampling s{.records = 103, .holdout = 20, .batch = 8, .steps = 47, .seed = 99, .shards = 3};
  const u32 per_epoch = batches_per_epoch(s);
  ASSERT_EQ(per_epoch, 4u);  // 28 rows at most
  std::set<u32> all;
  for (u32 shard = 0; shard < 3; ++shard) {
    const u32 begin = first_step_of_shard(s, shard), end = first_step_of_shard(s, shard + 1);
    for (u32 t = begin; t < end; ++t) ASSERT_EQ(t * 3 / 47, shard);
    std::set<u32> of_shard;
    std::vector<u32> first;
    for (u32 t = begin; t + per_epoch <= end; t += per_epoch) {
      std::vector<u32> rows = select(s, t, per_epoch, 8);
      rows.erase(std::remove(rows.begin(), rows.end(), D), rows.end());
      const std::set<u32> once(rows.begin(), rows.end());
      EXPECT_EQ(once.size(), rows.size());
      EXPECT_EQ(once.size(), 83u * (shard + 1) / 3 - 83u * shard / 3);
      if (t == begin)
        of_shard = once, first = rows;
      else
        EXPECT_NE(rows, first);
      EXPECT_EQ(once, of_shard);
    }
    for (const u32 row : of_shard) EXPECT_TRUE(all.insert(row).second) << "a row of two shards";
  }
  EXPECT_EQ(all.size(), 83u);
  std::vector<u32> order(103);
  holdout_order(arena_, s, order);
  for (u32 i = 83; i < 103; ++i) EXPECT_FALSE(all.contains(order[i])) << "a row held out";
}

TEST_F(OrderTest, TakingARowOutOfAShardKeepsTheOthersInOrder) {
  for (const u64 epoch : {u64{0}, u64{2}, u64{1} << 32, u64{5} << 32 | 3, kShardEpoch}) {
    std::vector<u32> all(60);
    for (u32 n = 0; n < 60; ++n) all[n] = n;
    std::vector<u32> fewer = all;
    fewer.erase(fewer.begin() + 41);
    sort_by_key(arena_, 8, epoch, all);
    sort_by_key(arena_, 8, epoch, fewer);
    all.erase(std::find(all.begin(), all.end(), 41u));
    EXPECT_EQ(all, fewer);
  }
}

TEST_F(OrderTest, RowsOfAStepDoNotDependOnWhereTheCallBegins) {
  const Sampling s{.records = 60, .holdout = 7, .batch = 6, .steps = 29, .seed = 4, .shards = 4};
  const std::vector<u32> whole = select(s, 0, 32, 8);
  for (u32 first = 0; first < 32; ++first)
    for (const u32 count : {1u, 2u, 7u, 32u - first}) {
      if (first + count > 32) continue;
      const std::vector<u32> part = select(s, first, count, 8);
      EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + 8 * first)) << first;
    }
  // More shards than steps: some are never used, and the others are as they are.
  const Sampling many{.records = 20, .holdout = 0, .batch = 2, .steps = 3, .seed = 4, .shards = 7};
  const std::vector<u32> few = select(many, 0, 3, 2);
  for (u32 t = 0; t < 3; ++t)
    EXPECT_EQ(select(many, t, 1, 2),
              std::vector<u32>(few.begin() + 2 * t, few.begin() + 2 * t + 2));
}

TEST_F(OrderTest, LiveSlotsFollowFromSizes) {
  for (const u32 shards : {1u, 3u})
    for (const u32 batch : {1u, 3u, 8u})
      for (const u32 steps : {3u, 7u, 20u}) {
        const Sampling s{.records = 11,
                         .holdout = 2,
                         .batch = batch,
                         .steps = steps,
                         .seed = 7,
                         .shards = shards};
        std::vector<u32> marked(std::size_t{steps} * 8, 7);
        mark_live_slots(s, 0, steps, 8, marked);
        std::vector<u32> rows = select(s, 0, steps, 8);
        for (u32& row : rows) row = row == D ? D : 0;
        EXPECT_EQ(marked, rows) << shards << " " << batch << " " << steps;
      }
}

TEST(Start, SampleValuesOfTheDocument) {
  EXPECT_EQ(start_range(false, 21, 64), 642119);
  EXPECT_EQ(start_range(true, 20, 32), 321059);
  std::vector<i64> w(640);
  seeded_start(7, 0, 642119, w);
  EXPECT_EQ(w[0], 140536);
  EXPECT_EQ(w[9], 181856);
  EXPECT_EQ(w[639], -518476);
  for (const i64 x : w) EXPECT_TRUE(x >= -642119 && x < 642119);
}

TEST(Start, PartsAreThoseOfTheWhole) {
  std::vector<i64> whole(5000);
  seeded_start(9, 2, 1000, whole);
  for (const u64 first : {0, 8, 504, 512, 4096, 4992}) {
    std::vector<i64> part(std::min<u64>(700, whole.size() - first));
    seeded_start(9, 2, 1000, part, first);
    EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + first)) << first;
  }
}

TEST(Start, SquareRootIsTheFloor) {
  for (u64 n = 0; n < 5000; ++n) {
    const u64 r = integer_sqrt(n);
    EXPECT_TRUE(r * r <= n && (r + 1) * (r + 1) > n);
  }
  EXPECT_EQ(integer_sqrt(~u128{0}), ~u64{0});
}

}  // namespace
}  // namespace pedigree
