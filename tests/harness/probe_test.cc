#include <gtest/gtest.h>
#include <chrono>
#include "harness/clear.h"
#include "kernel/parallel.h"
namespace pedigree::harness { namespace {
TEST(Probe, Times) {
  set_threads(1);
  for (Loss loss : {Loss::cross_entropy, Loss::logistic, Loss::mean_squared}) {
  JobOptions o; o.loss = loss; o.features = 2; o.outputs = loss == Loss::logistic ? 1 : 3; o.hidden = {2}; o.records = 4; o.holdout = 1; o.batch = 2; o.steps = 2; o.range_bits = 7;
  ClearCase c{chain_job(o)};
  auto t0 = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(c.verdict({}), "accepted");
  auto t1 = std::chrono::steady_clock::now();
  Witness w = c.honest(); auto m = c.prove(w);
  auto t2 = std::chrono::steady_clock::now();
  c.judge(m, w);
  auto t3 = std::chrono::steady_clock::now();
  std::printf("loss %d lookups 2^%u pads %u messages %zu  prove+judge %.2f ms prove %.2f judge %.2f rows %u %u %u used %lu %lu %lu\n", int(loss), c.compiled().plan.log_lookups, c.compiled().plan.num_pads, m.size()/24,
   std::chrono::duration<double>(t1-t0).count()*1000/20, std::chrono::duration<double>(t2-t1).count()*1000, std::chrono::duration<double>(t3-t2).count()*1000, c.compiled().layout.log_rows[0], c.compiled().layout.log_rows[1], c.compiled().layout.log_rows[2],
   c.compiled().layout.used_words[0], c.compiled().layout.used_words[1], c.compiled().layout.used_words[2]);
  for (TensorId t = 0; t < c.compiled().program.tensors.size(); ++t) { auto& x = c.compiled().program.tensors[t]; std::printf("%u kind %d adv %d dom %d feat %u log %u p %u layer %u\n", t, int(x.kind), int(x.advice), int(x.domain), x.features, x.log_features, x.p, x.layer);}
  for (auto& t : c.compiled().program.tables) std::printf(" table kind %d log %u\n", int(t.kind), t.log_size);
  auto p0 = std::chrono::steady_clock::now();
  auto bytes = prove(chain_job(o).input(), {.verify_own=false}).bytes;
  auto p1 = std::chrono::steady_clock::now();
  OwnedArena a(verify_memory(bytes)); EXPECT_TRUE(verify_file(bytes, a.get()).ok());
  auto p2 = std::chrono::steady_clock::now();
  std::printf("file %zu bytes, prove %.1f ms verify %.1f ms mem %zu used %zu\n", bytes.size(), std::chrono::duration<double>(p1-p0).count()*1000, std::chrono::duration<double>(p2-p1).count()*1000, verify_memory(bytes), a.get().used());
  }
  set_threads(0);
}
}}
