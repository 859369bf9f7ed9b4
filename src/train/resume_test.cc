// Training that goes on from a state, and the pay-out of periods, against plain sums.
#include <gtest/gtest.h>

#include <random>

#include "harness/records.h"
#include "train/cells_case.h"
#include "train/compiled.h"
#include "train/exact_run.h"
#include "train/schedule.h"

namespace pedigree::train {
namespace {

struct Small {
  record::Dataset data;
  RunPlan plan;
  CompiledRun compiled;
  CellsCase records;
  const Cells& cells;

  explicit Small(const std::string& more) : Small(spec_with(more)) {}
  explicit Small(const RunSpec& spec)
      : data(harness::read_records(
            spec, std::string(PEDIGREE_SOURCE_DIR) + "/examples/data/breast_cancer.csv", "label")),
        plan(make_run_plan(spec, data)),
        compiled(compile_run(plan)),
        records(data, plan.model),
        cells(records.cells) {}

  static RunSpec spec_with(const std::string& more) {
    return parse_spec(
        R"({"version":1,"model":[{"op":"linear","out":5},{"op":"relu"},{"op":"linear","out":2}],
      "loss":"cross_entropy","batch":24,"seed":"3",)" +
            more + "}",
        "spec");
  }
  ExactRun begin() const {
    return ExactRun(compiled.program, plan.model, plan.optimiser, plan.sampling, cells,
                    plan.layer_names);
  }
  ExactRun resume(u32 step, const WeightState& state) const {
    return ExactRun(compiled.program, plan.model, plan.optimiser, plan.sampling, cells,
                    plan.layer_names, step, state);
  }
};

constexpr const char* kRuns[] = {
    R"("optimizer":{"name":"sgd","lr":0.125},"steps":14,"shards":3)",
    R"("optimizer":{"name":"sgd","lr":0.05,"momentum":0.7},"steps":22)",
    R"("optimizer":{"name":"sgd","lr":0.05,"momentum":0.7},"steps":22,"period":4)",
    R"("optimizer":{"name":"sgd","lr":0.05,"momentum":0.9},"steps":22,"period":16,"shards":2)"};

TEST(Resume, FromTheStateBeforeEveryStepTheSameWeightsAndStates) {
  for (const char* more : kRuns) {
    const Small small(more);
    const u32 steps = small.plan.sampling.steps;
    std::vector<WeightState> states;
    ExactRun whole = small.begin();
    for (u32 t = 0; t <= steps; ++t) {
      whole.run(t);
      states.push_back(whole.weights().save());
    }
    for (u32 t = 0; t <= steps; ++t) {
      ExactRun rest = small.resume(t, states[t]);
      EXPECT_EQ(rest.weights().save().history, states[t].history) << more << " step " << t;
      rest.run(std::min(steps, t + 1));
      EXPECT_EQ(rest.weights().save().entries, states[std::min(steps, t + 1)].entries);
      rest.run(steps);
      EXPECT_EQ(rest.weights().save().entries, states[steps].entries) << more << " step " << t;
      EXPECT_EQ(rest.weights().save().history, states[steps].history) << more << " step " << t;
    }
  }
}

// Weights alone go on from where a period begins: segments begin there.
TEST(Resume, WeightsAloneAreEnoughWhereAPeriodBegins) {
  const Small small(kRuns[2]);
  ExactRun whole = small.begin();
  whole.run(8);
  const WeightState bare{whole.weights().all_entries(), {}};
  ExactRun rest = small.resume(8, bare);
  whole.run(22);
  rest.run(22);
  EXPECT_EQ(whole.weights().all_entries(), rest.weights().all_entries());
}

std::vector<std::vector<F>> trace_of(const Program& p, ExactRun& run, u32 until) {
  std::vector<std::vector<F>> columns(p.tensors.size());
  Trace trace;
  trace.columns.resize(p.tensors.size());
  for (TensorId t = 0; t < columns.size(); ++t) {
    if (p.tensors[t].domain != Domain::samples) continue;
    columns[t].assign(p.cells_there(t), F(12345));
    trace.columns[t] = columns[t].data();
  }
  run.run(until, &trace);
  return columns;
}

// Limbs and what they leave are as many and as wide as the program's size allows: the tensors beside them, or with them where another
// program cuts alike.
std::vector<TensorId> comparable(const Program& p, const Program& other) {
  const bool cuts_alike =
      p.sizes.limb_bits == other.sizes.limb_bits && p.tensors.size() == other.tensors.size();
  std::vector<TensorId> out;
  for (TensorId t = 0; t < p.tensors.size(); ++t) {
    const Tensor& x = p.tensors[t];
    const bool is_limb = x.kind == TensorKind::committed && x.advice == Advice::limb;
    if (cuts_alike || (!is_limb && x.shift == 0)) out.push_back(t);
  }
  return out;
}

TEST(Resume, TheTraceOfASegmentIsThatOfTheWholeRun) {
  for (const auto& [more, count] : std::vector<std::pair<const char*, u32>>{
           {kRuns[0], 4}, {kRuns[0], 10}, {kRuns[2], 4}, {kRuns[2], 18}}) {
    Small small(more);
    const u32 steps = small.plan.sampling.steps, first = 4;
    const Program& p = small.compiled.program;
    ExactRun before = small.begin();
    before.run(first);
    const WeightState start{before.weights().all_entries(), {}};
    ExactRun run = small.begin();
    const auto whole = trace_of(p, run, steps);
    // The program of those steps alone; sampling and schedule stay those of the whole run.
    Sampling short_sampling = small.plan.sampling;
    short_sampling.steps = count;
    std::vector<u32> factors = factors_of(small.plan.optimiser);
    factors = {factors.begin() + first, factors.begin() + first + count};
    const std::vector<Optimiser::Run> runs = runs_of(factors);
    Optimiser short_optimiser = small.plan.optimiser;
    short_optimiser.runs = runs.data();
    short_optimiser.num_runs = static_cast<u32>(runs.size());
    HeapBlock block(std::size_t{64} << 20);
    Program part;
    ASSERT_TRUE(block.use([&](Arena& arena) {
      auto compiled = compile(small.plan.model, short_optimiser, short_sampling, arena);
      ASSERT_TRUE(compiled.ok()) << check_name(compiled.why().check);
      part = compiled.value();
    }));
    ExactRun segment(part, small.plan.model, small.plan.optimiser, small.plan.sampling, small.cells,
                     small.plan.layer_names, first, start);
    const auto slice = trace_of(part, segment, first + count);
    const std::size_t slots = std::size_t{1} << p.sizes.log_batch,
                      steps_padded = std::size_t{1} << p.sizes.log_steps,
                      part_padded = std::size_t{1} << part.sizes.log_steps;
    const std::vector<TensorId> of_part = comparable(part, p), of_whole = comparable(p, part);
    ASSERT_EQ(of_part.size(), of_whole.size());
    for (std::size_t k = 0; k < of_whole.size(); ++k) {
      const TensorId t = of_whole[k], u = of_part[k];
      if (whole[t].empty()) continue;
      ASSERT_EQ(part.tensors[u].kind, p.tensors[t].kind);
      for (std::size_t f = 0; f < features_there(p.tensors[t]); ++f)
        for (u32 i = 0; i < count; ++i)
          for (std::size_t b = 0; b < slots; ++b)
            ASSERT_EQ(slice[u][(f * part_padded + i) * slots + b],
                      whole[t][(f * steps_padded + first + i) * slots + b])
                << more << " tensor " << t << " step " << first + i;
    }
  }
}

// W[t] = W[0] - sum over s of (the weight of g[s] before t) g[s], from outer products summed in plain integers.
TEST(Period, WeightsEqualPlainSumsOfOuterProducts) {
  for (const u32 period : {0u, 1u, 2u, 5u, 16u}) {
    Small small(kRuns[1]);
    Optimiser optimiser = small.plan.optimiser;
    optimiser.period = period;
    const Program& p = small.compiled.program;
    ExactWeights weights(p, optimiser, 3);
    std::vector<std::vector<i64>> plain = weights.all_entries();
    std::vector<std::vector<std::vector<i64>>> gradients;  // [step][parameter]
    std::vector<i64> factors;
    std::mt19937_64 random(period);
    const u32 positions = 1u << p.sizes.log_batch, steps = 37;
    const auto draw = [&](u32 rows) {
      std::vector<i64> cells(std::size_t{rows} * positions);
      for (i64& x : cells) x = static_cast<i64>(random() % 21) - 10;
      return cells;
    };
    const auto subtract = [&](i64 by, const std::vector<std::vector<i64>>& g) {
      for (std::size_t w = 0; w < plain.size(); ++w)
        for (std::size_t x = 0; x < plain[w].size(); ++x) plain[w][x] -= by * g[w][x];
    };
    for (u32 t = 0; t < steps; ++t) {
      factors.push_back(static_cast<i64>(random() % 6));
      auto& g = gradients.emplace_back();
      for (const Parameter& q : p.parameters) g.emplace_back(std::size_t{q.in} * q.out);
      for (const Update& u : p.updates) {
        const Parameter& q = p.parameters[u.parameter];
        const std::vector<i64> a = draw(q.in), d = draw(q.out);
        weights.accumulate(u, a, d, positions, static_cast<u32>(factors[t]));
        for (u32 i = 0; i < q.in; ++i)
          for (u32 o = 0; o < q.out; ++o)
            for (u32 x = 0; x < positions; ++x)
              g[u.parameter][i * q.out + o] +=
                  (a[i * positions + x] * d[o * positions + x]) * (i64{1} << u.shift);
      }
      weights.apply(t, static_cast<u32>(factors[t]));
      const u32 first = period == 0 ? 0 : t / period * period;
      const bool last = period != 0 && (t + 1) % period == 0;
      for (u32 s = first; s <= t; ++s) {
        i64 weight = 0;
        for (u32 j = 0; j < optimiser.num_impulse; ++j)
          if (j == t - s || (last && j > t - s)) weight += optimiser.impulse[j];
        subtract(factors[t] * weight, gradients[s]);
      }
      ASSERT_EQ(weights.all_entries(), plain) << "period " << period << " step " << t;
    }
  }
}

}  // namespace
}  // namespace pedigree::train
