#include "tensor/order.h"

#include <gtest/gtest.h>

#include <algorithm>
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

TEST(Start, SquareRootIsTheFloor) {
  for (u64 n = 0; n < 5000; ++n) {
    const u64 r = integer_sqrt(n);
    EXPECT_TRUE(r * r <= n && (r + 1) * (r + 1) > n);
  }
  EXPECT_EQ(integer_sqrt(~u128{0}), ~u64{0});
}

}  // namespace
}  // namespace pedigree
