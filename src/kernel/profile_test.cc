#include "kernel/profile.h"

#include <gtest/gtest.h>

#include <cstring>
#include <ctime>
#include <thread>

namespace pedigree {
namespace {

void work(double seconds) {
  const std::clock_t end = std::clock() + static_cast<std::clock_t>(seconds * CLOCKS_PER_SEC);
  while (std::clock() < end) {
  }
}

StageCost cost_of(const char* name) {
  for (const StageCost& cost : stage_costs())
    if (std::strcmp(cost.name, name) == 0) return cost;
  return {};
}

TEST(Profile, AStageIsChargedForWhatStagesInsideItAreNot) {
  {
    const Stage outer("test outer", 3, 24);
    work(0.02);
    for (int i = 0; i < 2; ++i) {
      const Stage inner("test inner", 5);
      work(0.02);
    }
    std::thread([] { const Stage other("test other"); }).join();
  }
  work(0.02);
  const StageCost outer = cost_of("test outer"), inner = cost_of("test inner");
  EXPECT_EQ(outer.elements, 3u);
  EXPECT_EQ(outer.bytes, 24u);
  EXPECT_EQ(inner.elements, 10u);
  EXPECT_GT(inner.cpu_seconds, 0.03);
  EXPECT_GT(outer.cpu_seconds, 0.015);
  EXPECT_LT(outer.cpu_seconds, inner.cpu_seconds);
  EXPECT_EQ(cost_of("test other").elements, 0u);
}

}  // namespace
}  // namespace pedigree
