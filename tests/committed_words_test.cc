// Weights are never committed per step: what a segment commits follows the activations, not the parameters.
#include <gtest/gtest.h>

#include "harness/jobs.h"
#include "op/op.h"

namespace pedigree::harness {
namespace {

TEST(CommittedWords, AtMostSixANeuronAndSamplePlusTheParametersOnce) {
  for (const u32 steps : {16u, 64u, 256u}) {
    JobOptions o;
    o.features = 784;
    o.outputs = 10;
    o.hidden = {1024, 1024};
    o.records = 60000;
    o.holdout = 0;
    o.batch = 128;
    o.steps = steps;
    o.range_bits = kMaxRangeBits;
    o.without_records = true;
    Job job = chain_job(o);
    Model& m = job.statement.model;
    m.exp_bits = 15;
    for (u32 i = 0; i < m.num_layers; ++i) {  // formats as a dry run chooses them
      Layer& l = m.layers[i];
      if (l.kind == LayerKind::activation) l.frac_a = 4;
      if (l.kind != LayerKind::linear) continue;
      l.frac_q = 10;
      l.frac_d = i + 1 == m.num_layers ? 8 : 6;
      l.frac_e = i + 1 == m.num_layers ? 0 : 12;
    }
    OwnedArena arena(statement_memory(job.statement));
    const auto compiled = compile_statement(job.statement, arena.get());
    ASSERT_TRUE(compiled.ok()) << check_name(compiled.why().check);
    const CompiledSegment& c = compiled.value().segments[0];
    const u64 neurons = 1024 + 1024 + 16, samples = u64{steps} * 128;
    u64 parameters = 0;
    for (const Parameter& p : c.program.parameters) parameters += u64{1} << (p.log_in + p.log_out);
    EXPECT_LE(c.layout.used_words[kSegmentRoot], 6 * neurons * samples) << steps;
    EXPECT_LE(c.layout.used_words[kEndRoot], parameters + 8) << steps;
    // The same bound holds cell by cell: tensors of the program, without tables and pads.
    u64 cells = 0;
    for (TensorId t = 0; t < c.program.tensors.size(); ++t)
      if (c.program.tensors[t].kind == TensorKind::committed &&
          c.program.tensors[t].root == Root::segment)
        cells += u64{1} << c.program.log_size(t);
    EXPECT_LE(cells, 6 * neurons * samples);
  }
}

// A remainder of 22 bits takes a table of 2^22 rows where its tensor has twice as many cells, else a limb.
TEST(CommittedWords, RemaindersOfLongTensorsTakeOneTable) {
  for (const u32 steps : {16u, 4u}) {
    JobOptions o;
    o.features = 16;
    o.outputs = 10;
    o.hidden = {4096};
    o.records = 4096;
    o.holdout = 0;
    o.batch = 128;  // 2^23 cells, or 2^21
    o.steps = steps;
    o.range_bits = 10;
    o.without_records = true;
    Job job = chain_job(o);
    Model& m = job.statement.model;
    m.rate_bits = 13;
    m.exp_bits = 15;
    for (u32 i = 1; i <= m.num_layers; ++i) {
      Layer& l = m.layers[i - 1];
      if (l.kind == LayerKind::activation) l.frac_a = 4;
      if (l.kind != LayerKind::linear) continue;
      l.frac_d = 9;
      l.frac_e = i == m.num_layers ? 0 : 13;
      l.frac_q = static_cast<u8>(2 * op::frac_of(m, l.input) + l.frac_d + m.rate_bits - 22);
    }
    OwnedArena arena(statement_memory(job.statement));
    const auto compiled = compile_statement(job.statement, arena.get());
    ASSERT_TRUE(compiled.ok()) << check_name(compiled.why().check);
    const Program& p = compiled.value().segments[0].program;
    u32 rescales = 0, limbs = 0, widest = 0;
    for (const Tensor& t : p.tensors) {
      if (t.kind != TensorKind::committed || t.features != 4096) continue;
      rescales += t.advice == Advice::rescale && t.p == 22;
      limbs += t.advice == Advice::limb;
    }
    for (const Table& t : p.tables) widest = std::max(widest, t.log_size);
    EXPECT_EQ(rescales, 2u);  // forward and backward
    EXPECT_EQ(limbs, steps == 16 ? 0u : 2u);
    EXPECT_EQ(widest, steps == 16 ? 22u : 20u);
  }
}

}  // namespace
}  // namespace pedigree::harness
