#include "train/exact_run.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/records.h"
#include "record/csv.h"
#include "train/cells_case.h"
#include "train/compiled.h"
#include "train/dump.h"
#include "train/error.h"
#include "train/exact_score.h"
#include "train/score.h"

namespace pedigree::train {
namespace {

const std::string kSource = PEDIGREE_SOURCE_DIR;

struct Trained {
  RunPlan plan;
  std::vector<std::vector<i64>> weights;
  double score = 0;
};

Trained train(const RunSpec& spec, const record::Dataset& data) {
  Trained out{make_run_plan(spec, data), {}, 0};
  const CompiledRun compiled = compile_run(out.plan, true);
  const CellsCase records(data, out.plan.model);
  const Cells& cells = records.cells;
  ExactRun run(compiled.program, out.plan.model, out.plan.optimiser, out.plan.sampling, cells,
               out.plan.layer_names);
  run.run(out.plan.sampling.steps);
  for (ParameterId w = 0; w < compiled.program.parameters.size(); ++w)
    out.weights.push_back(run.weights().entries(w));
  const std::vector<u32> rows = Batches(out.plan.sampling).scored_rows();
  std::vector<i32> labels;
  for (const u32 row : rows) labels.push_back(data.label[row]);
  out.score = score_of(spec.loss, out.plan.model.outputs,
                       exact_scores(out.plan.model, compiled.program, run.weights(), data, rows),
                       labels, out.plan.frac_y);
  return out;
}

// The interpreter with numpy, or empty.
std::string python() {
  for (const char* candidate : {"python3", "/usr/bin/python3"})
    if (std::system((std::string(candidate) + " -c 'import numpy' 2>/dev/null").c_str()) == 0)
      return candidate;
  return "";
}

// The weights by tests/reference/exact_twin.py.
std::vector<std::vector<i64>> reference_weights(const RunPlan& plan, const record::Dataset& data) {
  const auto folder = std::filesystem::temp_directory_path();
  const std::string stem = (folder / ("pedigree_twin_" + std::to_string(::getpid()))).string();
  std::ofstream(stem + ".json") << describe_with_data(plan, data);
  const std::string command = python() + " '" + kSource + "/tests/reference/exact_twin.py' '" +
                              stem + ".json' > '" + stem + ".out'";
  EXPECT_EQ(std::system(command.c_str()), 0);
  const auto json = nlohmann::json::parse(record::read_file(stem + ".out"), nullptr, false);
  std::filesystem::remove(stem + ".json");
  std::filesystem::remove(stem + ".out");
  return json.is_discarded() ? std::vector<std::vector<i64>>{}
                             : json.at("weights").get<std::vector<std::vector<i64>>>();
}

record::Dataset records(const RunSpec& spec, const std::string& file,
                        const std::string& label = "label") {
  return harness::read_records(spec, kSource + "/examples/data/" + file, label);
}

struct TwinCase {
  const char* name;
  const char* file;
  const char* label;
  const char* spec;
};

class EqualsReference : public testing::TestWithParam<TwinCase> {};

TEST_P(EqualsReference, BitForBitOnAllWeights) {
  if (python().empty()) GTEST_SKIP() << "python3 with numpy is not installed";
  const RunSpec spec = parse_spec(GetParam().spec, GetParam().name);
  const record::Dataset data = records(spec, GetParam().file, GetParam().label);
  const Trained trained = train(spec, data);
  const auto expected = reference_weights(trained.plan, data);
  ASSERT_EQ(trained.weights.size(), expected.size());
  for (std::size_t w = 0; w < expected.size(); ++w)
    EXPECT_EQ(trained.weights[w], expected[w]) << "parameter tensor " << w;
}

INSTANTIATE_TEST_SUITE_P(
    Runs, EqualsReference,
    testing::Values(TwinCase{"digits_1", "digits.csv", "label",
                             R"({"version":1,"model":[{"op":"linear","out":32},{"op":"relu"},
          {"op":"linear","out":10}],"loss":"cross_entropy","optimizer":{"name":"sgd","lr":0.25},"batch":32,"steps":20,"seed":"1"})"},
                    TwinCase{"digits_2_holdout", "digits.csv", "label",
                             R"({"version":1,"model":[{"op":"linear","out":32},{"op":"relu"},
          {"op":"linear","out":10}],"loss":"cross_entropy","optimizer":{"name":"sgd","lr":0.25},"batch":24,"steps":20,
          "seed":"2","holdout":0.2})"},
                    TwinCase{"digits_3_off_grid_schedule", "digits.csv", "label",
                             R"({"version":1,"model":[{"op":"linear","out":17},
          {"op":"relu"},{"op":"linear","out":10}],"loss":"cross_entropy","optimizer":{"name":"sgd","lr":0.3,
          "schedule":[[5,0.07],[10,0.011]]},"batch":50,"steps":20,"seed":"18446744073709551615"})"},
                    TwinCase{"momentum", "digits.csv", "label",
                             R"({"version":1,"model":[{"op":"linear","out":16},{"op":"relu"},
          {"op":"linear","out":10}],"loss":"cross_entropy","optimizer":{"name":"sgd","lr":0.05,"momentum":0.9},
          "batch":16,"steps":40,"seed":"4"})"},
                    TwinCase{"short_last_batch", "breast_cancer.csv", "label",
                             R"({"version":1,"model":[{"op":"linear","out":9},
          {"op":"relu"},{"op":"linear","out":2}],"loss":"cross_entropy","optimizer":{"name":"sgd","lr":0.0625},
          "batch":100,"epochs":3,"seed":"5"})"},
                    TwinCase{"logistic", "breast_cancer.csv", "label",
                             R"({"version":1,"model":[{"op":"linear","out":1}],
          "loss":"logistic","optimizer":{"name":"sgd","lr":0.1},"batch":32,"epochs":2,"seed":"6"})"},
                    TwinCase{"linear_softmax_one_step", "digits.csv", "label",
                             R"({"version":1,"model":[{"op":"linear","out":10}],
          "loss":"cross_entropy","optimizer":{"name":"sgd","lr":0.125},"batch":8,"steps":1,"seed":"7"})"},
                    TwinCase{"mean_squared", "digits.csv", "label",
                             R"({"version":1,"model":[{"op":"linear","out":8},{"op":"tanh"},
          {"op":"linear","out":1}],"loss":"mean_squared","optimizer":{"name":"sgd","lr":0.05},"batch":16,"epochs":2,"seed":"8"})"},
                    TwinCase{"three_layers_gelu", "digits.csv", "label",
                             R"({"version":1,"model":[{"op":"linear","out":24},{"op":"gelu"},
          {"op":"linear","out":12},{"op":"relu"},{"op":"linear","out":10}],"loss":"cross_entropy",
          "optimizer":{"name":"sgd","lr":0.125},"batch":20,"steps":20,"seed":"9"})"},
                    TwinCase{"add_share_identity", "digits.csv", "label",
                             R"({"version":1,"model":[{"op":"linear","out":16,"name":"in"},
          {"op":"relu","name":"a"},{"op":"linear","out":16,"name":"mix"},{"op":"relu","name":"b"},
          {"op":"add","name":"sum","inputs":["a","b"]},{"op":"linear","share":"mix","name":"again"},{"op":"tanh","name":"c"},
          {"op":"add","name":"sum2","inputs":["sum","c"]},{"op":"linear","out":12,"name":"flat"},{"op":"linear","out":10}],
          "loss":"cross_entropy","optimizer":{"name":"sgd","lr":0.0625},"batch":20,"steps":25,"seed":"10"})"},
                    TwinCase{"shards", "digits.csv", "label",
                             R"({"version":1,"model":[{"op":"linear","out":8},{"op":"relu"},
          {"op":"linear","out":10}],"loss":"cross_entropy",
          "optimizer":{"name":"sgd","lr":0.125},"batch":40,"steps":59,"holdout":0.1,"shards":3,"seed":"12"})"},
                    TwinCase{"momentum_period", "digits.csv", "label",
                             R"({"version":1,"model":[{"op":"linear","out":8},{"op":"relu"},
          {"op":"linear","out":10}],"loss":"cross_entropy",
          "optimizer":{"name":"sgd","lr":0.05,"momentum":0.8},"batch":16,"steps":29,"period":4,"seed":"13"})"},
                    TwinCase{"long_period", "digits.csv", "label",
                             R"({"version":1,"model":[{"op":"linear","out":8},{"op":"relu"},
          {"op":"linear","out":10}],"loss":"cross_entropy",
          "optimizer":{"name":"sgd","lr":0.05,"momentum":0.5,"schedule":[[20,0.02]]},"batch":16,"steps":40,"period":16,"seed":"14"})"},
                    TwinCase{"shards_momentum_period", "digits.csv", "label",
                             R"({"version":1,"model":[{"op":"linear","out":8},{"op":"relu"},
          {"op":"linear","out":10}],"loss":"cross_entropy",
          "optimizer":{"name":"sgd","lr":0.05,"momentum":0.9},"batch":48,"steps":50,"shards":3,"period":8,"seed":"15"})"},
                    // Sums beyond 2^52: the products are split in two halves.
                    TwinCase{"fine_formats_split_products", "digits.csv", "label",
                             R"({"version":1,"model":[{"op":"linear","out":10}],
          "loss":"cross_entropy","optimizer":{"name":"sgd","lr":0.03},"batch":4,"steps":2,"seed":"11",
          "formats":{"frac_x":6,"rate_bits":26,"layers":{"linear1":{"frac_d":12}}}})"}),
    [](const auto& chosen) { return std::string(chosen.param.name); });

TEST(ExactRun, TraceSatisfiesTheProgram) {
  const RunSpec spec = parse_spec(
      R"({"version":1,"model":[{"op":"linear","out":5},{"op":"gelu"},{"op":"linear","out":10}],
    "loss":"cross_entropy","optimizer":{"name":"sgd","lr":0.125},"batch":6,"steps":5,"seed":"3"})",
      "spec");
  const record::Dataset data = records(spec, "digits.csv");
  const RunPlan plan = make_run_plan(spec, data);
  const CompiledRun compiled = compile_run(plan);
  const Program& p = compiled.program;
  const CellsCase records(data, plan.model);
  const Cells& cells = records.cells;
  ExactRun run(p, plan.model, plan.optimiser, plan.sampling, cells, plan.layer_names);
  std::vector<std::vector<F>> columns(p.tensors.size());
  Trace trace;
  trace.columns.resize(p.tensors.size());
  for (TensorId t = 0; t < columns.size(); ++t) {
    if (p.tensors[t].domain != Domain::samples) continue;
    columns[t].assign(p.cells_there(t), F(12345));
    trace.columns[t] = columns[t].data();
  }
  run.run(5, &trace);
  for (const Lookup& lookup : p.lookups) {
    if (p.tensors[lookup.columns[0]].domain != Domain::samples) continue;
    const Table& table = p.tables[lookup.table];
    for (std::size_t x = 0; x < columns[lookup.columns[0]].size(); ++x) {
      const u64 row = columns[lookup.columns[0]][x].v;
      ASSERT_LT(row, u64{1} << table.log_size);
      for (u32 c = 1; c < lookup.num_columns; ++c)
        ASSERT_EQ(columns[lookup.columns[c]][x], F::from_int(table.values[c][row]));
    }
  }
  for (const TensorId zero : p.zeros)
    for (const F cell : columns[zero]) ASSERT_EQ(cell, F());
}

TEST(ExactRun, SameBitsWithAndWithoutTraceAndInPieces) {
  const RunSpec spec = parse_spec(
      R"({"version":1,"model":[{"op":"linear","out":7},{"op":"relu"},{"op":"linear","out":2}],
    "loss":"cross_entropy","optimizer":{"name":"sgd","lr":0.125,"momentum":0.5},"batch":6,"steps":30,"seed":"3"})",
      "spec");
  const record::Dataset data = records(spec, "breast_cancer.csv");
  const RunPlan plan = make_run_plan(spec, data);
  const CompiledRun compiled = compile_run(plan);
  const CellsCase records(data, plan.model);
  const Cells& cells = records.cells;
  ExactRun whole(compiled.program, plan.model, plan.optimiser, plan.sampling, cells,
                 plan.layer_names);
  ExactRun pieces(compiled.program, plan.model, plan.optimiser, plan.sampling, cells,
                  plan.layer_names);
  whole.run(30);
  for (const u32 until : {1u, 2u, 17u, 30u}) pieces.run(until);
  for (ParameterId w = 0; w < compiled.program.parameters.size(); ++w)
    EXPECT_EQ(whole.weights().entries(w), pieces.weights().entries(w));
}

TEST(ExactRun, LeavingAFormatNamesStepLayerAndRemedy) {
  const RunSpec spec = parse_spec(
      R"({"version":1,"model":[{"op":"linear","out":16},{"op":"relu"},{"op":"linear","out":10}],
    "loss":"cross_entropy","optimizer":{"name":"sgd","lr":0.5},"batch":16,"epochs":2,"seed":"3",
    "formats":{"layers":{"linear3":{"frac_q":13}}}})",
      "spec");
  const record::Dataset data = records(spec, "digits.csv");
  try {
    train(spec, data);
    FAIL() << "scores beyond 4 were accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.exit_code(), 7);
    EXPECT_NE(std::string(e.what()).find("layer 3 (linear3)"), std::string::npos) << e.what();
    EXPECT_NE(std::string(e.what()).find("--margin"), std::string::npos) << e.what();
  }
}

// The watched loss of a batch is that of its scores before the update, for each loss.
TEST(ExactRun, WatchedLossesAreThoseOfTheBatches) {
  for (
      const auto& [file, model] :
      {std::pair{
           "breast_cancer.csv",
           R"("model":[{"op":"linear","out":5},{"op":"relu"},{"op":"linear","out":2}],"loss":"cross_entropy")"},
       {"breast_cancer.csv", R"("model":[{"op":"linear","out":1}],"loss":"logistic")"},
       {"digits.csv",
        R"("model":[{"op":"linear","out":4},{"op":"tanh"},{"op":"linear","out":1}],"loss":"mean_squared")"}}) {
    const RunSpec spec = parse_spec(
        std::string(R"({"version":1,)") + model +
            R"(,"optimizer":{"name":"sgd","lr":0.0625},"batch":100,"epochs":2,"seed":"3"})",
        "spec");
    const record::Dataset data = records(spec, file);
    const RunPlan plan = make_run_plan(spec, data);
    const CompiledRun compiled = compile_run(plan, true);
    const CellsCase own(data, plan.model);
    const Cells& cells = own.cells;
    ExactRun run(compiled.program, plan.model, plan.optimiser, plan.sampling, cells,
                 plan.layer_names);
    run.watch_loss();
    double sum = 0;
    u64 number = 0;
    Batches batches(plan.sampling);
    for (u32 t = 0; t < plan.sampling.steps; ++t) {
      const std::span<const u32> rows = batches.rows(t);
      std::vector<i32> labels;
      for (const u32 row : rows) labels.push_back(data.label[row]);
      sum += loss_of(spec.loss, plan.model.outputs,
                     exact_scores(plan.model, compiled.program, run.weights(), data, rows), labels,
                     plan.frac_y) *
             static_cast<double>(rows.size());
      number += rows.size();
      run.run(t + 1);
    }
    const ExactRun::LossSum loss = run.take_loss();
    EXPECT_EQ(loss.records, number);
    EXPECT_DOUBLE_EQ(loss.sum, sum) << model;
    EXPECT_EQ(run.take_loss().records, 0u);
  }
}

// Half of a declared range: noted once for a tensor, at the first step beyond it, long before the run has to stop.
TEST(ExactRun, HalfOfARangeIsNotedAtItsFirstStep) {
  const RunSpec spec = parse_spec(
      R"({"version":1,"model":[{"op":"linear","out":16},{"op":"relu"},{"op":"linear","out":10}],
    "loss":"cross_entropy","optimizer":{"name":"sgd","lr":0.25},"batch":16,"epochs":2,"seed":"3"})",
      "spec");
  const record::Dataset data = records(spec, "digits.csv");
  for (const u32 margin : {0u, 3u}) {
    PlanOptions options;
    options.margin = margin;
    const RunPlan plan = make_run_plan(spec, data, options);
    const CompiledRun compiled = compile_run(plan, true);
    const CellsCase own(data, plan.model);
    const Cells& cells = own.cells;
    ExactRun run(compiled.program, plan.model, plan.optimiser, plan.sampling, cells,
                 plan.layer_names);
    std::vector<std::optional<u32>> seen(run.ranges().size());
    for (u32 t = 0; t < plan.sampling.steps; ++t) {
      run.run(t + 1);
      for (std::size_t i = 0; i < seen.size(); ++i) {
        const RangeUse& use = run.ranges()[i];
        EXPECT_TRUE(use.lowest >= use.check.low && use.highest < use.check.high);
        const bool beyond = 2 * use.highest >= use.check.high ||
                            (use.check.low < 0 && 2 * use.lowest <= use.check.low);
        EXPECT_EQ(use.half_at.has_value(), beyond);
        if (beyond && !seen[i]) seen[i] = t;
        EXPECT_EQ(use.half_at, seen[i]);
        const RangeText text = run.range_text(use);
        EXPECT_LE(text.largest, text.declared);
        EXPECT_FALSE(text.what.empty() || text.name.empty());
      }
    }
    const auto noted =
        std::count_if(seen.begin(), seen.end(), [](const auto& s) { return s.has_value(); });
    if (margin == 0) EXPECT_GT(noted, 0);
    if (margin == 3) EXPECT_EQ(noted, 0);
  }
}

// Mean of five seeds: within 1.5 points of the float twin, which itself is good.
void expect_accuracy(const char* file, const char* example, double least) {
  double exact = 0, twin = 0;
  for (u64 seed = 1; seed <= 5; ++seed) {
    RunSpec spec = read_spec(kSource + "/examples/" + example);
    spec.seed = seed;
    const Trained trained = train(spec, records(spec, file));
    exact += trained.score / 5;
    twin += trained.plan.score_float / 5;
  }
  EXPECT_GE(twin, least);
  EXPECT_NEAR(exact, twin, 0.015);
}

TEST(ExactRun, DigitsAsAccurateAsFloat) { expect_accuracy("digits.csv", "digits.json", 0.93); }
TEST(ExactRun, BreastCancerAsAccurateAsFloat) {
  expect_accuracy("breast_cancer.csv", "breast_cancer.json", 0.94);
}

}  // namespace
}  // namespace pedigree::train
