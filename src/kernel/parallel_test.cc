#include "kernel/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace pedigree {
namespace {

TEST(ParallelFor, VisitsEveryIndexOnce) {
  for (const unsigned count : {1u, 2u, 5u}) {
    set_threads(count);
    for (const std::size_t n : {0, 1, 2, 10, 1000, 4097})
      for (const std::size_t grain : {0, 1, 7, 5000}) {
        std::vector<int> visits(n);
        parallel_for(n, grain, [&](std::size_t begin, std::size_t end) {
          for (std::size_t i = begin; i < end; ++i) ++visits[i];
        });
        ASSERT_EQ(visits, std::vector<int>(n, 1)) << count << " " << n << " " << grain;
      }
  }
  set_threads(0);
}

TEST(ParallelFor, NestedCallsRunInline) {
  set_threads(3);
  std::atomic<int> sum{0};
  parallel_for(100, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i)
      parallel_for(10, 1, [&](std::size_t from, std::size_t to) {
        EXPECT_EQ(to - from, 10u);
        sum += static_cast<int>(to - from);
      });
  });
  EXPECT_EQ(sum, 1000);
  set_threads(0);
}

TEST(ParallelFor, RethrowsAndGoesOn) {
  for (const unsigned count : {1u, 4u}) {
    set_threads(count);
    const auto fail_at_57 = [](std::size_t begin, std::size_t end) {
      if (begin <= 57 && 57 < end) throw std::runtime_error("57");
    };
    EXPECT_THROW(parallel_for(100, 1, fail_at_57), std::runtime_error);
    std::atomic<std::size_t> done{0};
    parallel_for(100, 1, [&](std::size_t begin, std::size_t end) { done += end - begin; });
    EXPECT_EQ(done, 100u);
  }
  set_threads(0);
}

TEST(ParallelFor, SetThreadsIsHeard) {
  set_threads(3);
  EXPECT_EQ(threads(), 3u);
  set_threads(0);
  EXPECT_GE(threads(), 1u);
}

}  // namespace
}  // namespace pedigree
