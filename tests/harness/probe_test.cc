#include <gtest/gtest.h>
#include <chrono>
#include "harness/clear.h"
#include "harness/reference_jobs.h"
#include "kernel/parallel.h"
namespace pedigree::harness { namespace {
TEST(Probe, Times) {
  set_threads(1);
  for (auto& [name, job] : reference_jobs()) {
  ClearCase c{job};
  auto t0 = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(c.verdict({}), "accepted");
  auto t1 = std::chrono::steady_clock::now();
  auto& l = c.compiled().layout;
  std::printf("%s range %u lookups 2^%u pads %u used %lu %lu %lu  %.2f ms\n", name.c_str(), job.statement.model.range_bits, c.compiled().plan.log_lookups, c.compiled().plan.num_pads, l.used_words[0], l.used_words[1], l.used_words[2], std::chrono::duration<double>(t1-t0).count()*1000/20);
  EXPECT_NO_THROW(prove(job.input()));
  }
  set_threads(0);
}
}}
