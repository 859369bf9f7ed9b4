#include "train/spec.h"

#include <gtest/gtest.h>

#include <cmath>

#include "train/compiled.h"
#include "train/error.h"
#include "train/schedule.h"

namespace pedigree::train {
namespace {

const std::string kGood =
    R"({"version":1,"model":[{"op":"linear","out":4},{"op":"relu"},{"op":"linear","out":2}],
  "loss":"cross_entropy","optimizer":{"name":"sgd","lr":0.0625,"schedule":[[3,0.03125]]},"batch":2,"epochs":1,"seed":"7"})";

std::string with(const std::string& from, const std::string& to) {
  std::string text = kGood;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string problems_of(const std::string& text) {
  try {
    parse_spec(text, "s.json");
    return "";
  } catch (const Error& e) {
    EXPECT_EQ(e.exit_code(), 2);
    return e.what();
  }
}

void expect_says(const std::string& text, std::initializer_list<const char*> parts) {
  const std::string said = problems_of(text);
  for (const char* part : parts) EXPECT_NE(said.find(part), std::string::npos) << "said: " << said;
}

TEST(Spec, ReadsTheContractedForm) {
  const RunSpec spec = parse_spec(kGood, "s.json");
  ASSERT_EQ(spec.layers.size(), 3u);
  EXPECT_EQ(spec.layers[1].activation, Activation::relu);
  EXPECT_EQ(spec.layers[2].input, 2u);
  EXPECT_EQ(spec.rates.size(), 2u);
  EXPECT_EQ(spec.seed, 7u);
  EXPECT_EQ(parse_spec(with("\"7\"", "18446744073709551615"), "s").seed, ~u64{0});
}

TEST(Spec, LinearBeforeLinearGetsAnIdentity) {
  const RunSpec spec = parse_spec(with("{\"op\":\"relu\"},", ""), "s.json");
  ASSERT_EQ(spec.layers.size(), 3u);
  EXPECT_EQ(spec.layers[1].name, "linear1.identity");
  EXPECT_EQ(spec.layers[1].activation, Activation::identity);
  EXPECT_EQ(spec.layers[2].input, 2u);
}

TEST(Spec, EveryProblemAtOnce) {
  expect_says(
      R"({"version":2,"model":[{"op":"conv"},{"op":"linear","width":3}],"loss":"hinge","optimizer":{"name":"adam"},
                  "batch":0,"colour":"red","period":3})",
      {"s.json: the specification: unknown key \"colour\"", "\"version\"", "unknown op \"conv\"",
       "unknown key \"width\"", "\"out\" is missing", "\"loss\" must be",
       "\"name\" must be \"sgd\"", "\"lr\" must be", "\"batch\" is 0",
       "one of \"epochs\" and \"steps\"", "\"seed\" is missing", "\"period\" says where"});
  expect_says("{", {"not valid JSON"});
  expect_says("[]", {"not a JSON object"});
  expect_says(with("\"7\"", "\"-1\""), {"\"seed\""});
  expect_says(with("[[3,0.03125]]", "[[3,0.1],[3,0.2]]"), {"ascending"});
  expect_says(with("{\"op\":\"relu\"}", "{\"op\":\"relu\",\"input\":\"nowhere\"}"),
              {"reads 'nowhere'"});
  expect_says(with(",{\"op\":\"linear\",\"out\":2}", ""), {"the last layer must be linear"});
  expect_says(with("\"seed\"", "\"formats\":{\"layers\":{\"x\":{\"frac_z\":1}}},\"seed\""),
              {"no layer is called 'x'", "frac_z"});
}

TEST(Spec, AddAndShare) {
  const RunSpec spec = parse_spec(
      R"({"version":1,"model":[{"op":"linear","out":4,"name":"l"},{"op":"relu","name":"a"},
    {"op":"linear","out":4,"name":"m"},{"op":"add","inputs":["a","m"],"name":"s"},{"op":"linear","share":"m","name":"n"},
    {"op":"gelu"},{"op":"linear","out":2}],"loss":"cross_entropy","optimizer":{"name":"sgd","lr":1},"batch":1,"steps":1,
    "seed":1})",
      "s");
  ASSERT_EQ(spec.layers.size(), 8u);
  EXPECT_EQ(spec.layers[3].name, "m.identity");
  EXPECT_EQ(spec.layers[4].second, 4u);
  EXPECT_EQ(spec.layers[5].share, 3u);
  EXPECT_EQ(spec.layers[5].out, 4u);
  expect_says(
      R"({"version":1,"model":[{"op":"linear","out":4},{"op":"add","inputs":["record","linear1"]},
    {"op":"linear","out":2,"share":"linear1"}],"loss":"cross_entropy","optimizer":{"name":"sgd","lr":1},"batch":1,"steps":1,
    "seed":1})",
      {"adds the record itself", "another width"});
}

TEST(Schedule, KeepsTheTotalRate) {
  RunSpec spec = parse_spec(kGood, "s");
  spec.batch = 50;
  spec.rates = {{0, 0.3}, {100, 0.0071}};
  const u32 k = choose_rate_bits(spec, 400, 2);
  EXPECT_EQ(k, 10u);
  const std::vector<u32> c = step_factors(spec, 400, k);
  double total = 0;
  for (const u32 x : c) total += x;
  EXPECT_NEAR(total * 50 / 1024, 100 * 0.3 + 300 * 0.0071, 0.5 * 50 / 1024 + 1e-9);
  EXPECT_GE(*std::max_element(c.begin(), c.end()), 4u);
  const std::vector<Optimiser::Run> runs = runs_of(c);
  Optimiser o;
  o.num_runs = static_cast<u32>(runs.size());
  o.runs = runs.data();
  EXPECT_EQ(factors_of(o), c);
  spec.rates = {{0, 1e-9}};
  EXPECT_THROW(step_factors(spec, 10, 4), Error);
  EXPECT_THROW(choose_rate_bits(spec, 10, 2), Error);
}

TEST(Schedule, ImpulseResponse) {
  EXPECT_EQ(impulse_of(0), (std::vector<u16>{1}));
  const std::vector<u16> mu = impulse_of(0.9);
  ASSERT_EQ(mu.size(), 27u);
  const std::vector<u16> start{8, 7, 6, 6, 5, 5, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2, 1};
  EXPECT_TRUE(std::equal(start.begin(), start.end(), mu.begin()));
  EXPECT_THROW(impulse_of(0.98), Error);
}

record::Dataset tiny(double outlier = 0) {
  std::string text = "a,b,label\n";
  for (int n = 0; n < 12; ++n)
    text += std::to_string(n % 5) + "," + std::to_string(n % 3 + (n == 4 ? outlier : 0)) + "," +
            (n % 2 ? "u" : "v") + "\n";
  return record::parse_dataset(text, "tiny.csv", {.label = "label", .schema = {}});
}

std::string plan_problem(const std::string& spec, int code) {
  try {
    const RunPlan plan = make_run_plan(parse_spec(spec, "s.json"), tiny());
    compile_run(plan);
    return "";
  } catch (const Error& e) {
    EXPECT_EQ(e.exit_code(), code) << e.what();
    return e.what();
  }
}

TEST(Plan, SaysWhatDoesNotFit) {
  EXPECT_EQ(plan_problem(kGood, 0), "");
  EXPECT_NE(plan_problem(with("\"batch\":2", "\"batch\":13"), 2).find("larger than the 12 records"),
            std::string::npos);
  EXPECT_NE(plan_problem(with("\"out\":2", "\"out\":3"), 2).find("3 outputs, the data 2 labels"),
            std::string::npos);
  EXPECT_NE(plan_problem(with("cross_entropy", "logistic"), 2).find("1 output"), std::string::npos);
  EXPECT_NE(plan_problem(with("cross_entropy", "mean_squared"), 2).find("numeric label"),
            std::string::npos);
  const std::string wild = with("0.0625", "90000");
  EXPECT_NE(plan_problem(wild, 7).find("lower the learning rate"), std::string::npos)
      << plan_problem(wild, 7);
  const std::string coarse = with(
      "\"seed\"", "\"formats\":{\"layers\":{\"linear1\":{\"frac_d\":24,\"frac_e\":10}}},\"seed\"");
  EXPECT_NE(plan_problem(coarse, 2).find("layer 1 (linear1)"), std::string::npos)
      << plan_problem(coarse, 2);
}

TEST(Plan, OverridesWin) {
  const RunPlan plan = make_run_plan(
      parse_spec(
          with(
              "\"seed\"",
              R"("formats":{"rate_bits":9,"exp_bits":12,"layers":{"linear1":{"frac_q":6,"frac_d":7},
                 "relu2":{"frac_a":3}}},"seed")"),
          "s"),
      tiny());
  EXPECT_EQ(plan.model.rate_bits, 9);
  EXPECT_EQ(plan.model.exp_bits, 12);
  EXPECT_EQ(plan.model.layers[0].frac_q, 6);
  EXPECT_EQ(plan.model.layers[0].frac_d, 7);
  EXPECT_EQ(plan.model.layers[1].frac_a, 3);
}

}  // namespace
}  // namespace pedigree::train
