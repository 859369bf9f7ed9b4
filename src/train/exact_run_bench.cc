// Exact training against plain float32 training: the same network, records, batches and steps, both matrix products by the
// same BLAS on as many threads. The float side does what a framework does and no more: gather, forward, softmax, backward,
// update, all in float32, buffers allocated once. The two take turns within one measurement, so that the machine's state is
// theirs alike; counters are milliseconds a step (means), and their ratio.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cmath>
#include <random>

#include "kernel/parallel.h"
#include "train/batches.h"
#include "train/blas.h"
#include "train/cells_case.h"
#include "train/compiled.h"
#include "train/exact_run.h"

namespace pedigree::train {
namespace {

constexpr u32 kRecords = 4096, kFracX = 4, kClasses = 10, kSteps = 1024;

// Class means plus noise, about standardised: something to learn.
record::Dataset make_records(u32 features) {
  record::Dataset data;
  data.records = kRecords;
  data.features = features;
  data.schema.frac_x = kFracX;
  data.schema.input_bits = 7;
  data.schema.features.resize(features);
  for (u32 k = 0; k < kClasses; ++k) data.schema.categories.push_back(std::to_string(k));
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  std::vector<double> means(std::size_t{kClasses} * features);
  for (double& x : means) x = normal(random) / 4;
  for (u32 n = 0; n < kRecords; ++n) {
    const u32 label = static_cast<u32>(random() % kClasses);
    data.label.push_back(static_cast<i32>(label));
    for (u32 f = 0; f < features; ++f) {
      const double x = means[std::size_t{label} * features + f] + normal(random);
      data.x.push_back(std::clamp(static_cast<i32>(std::lround(x * (1 << kFracX))), -127, 127));
    }
  }
  return data;
}

RunSpec make_spec(const std::vector<u32>& hidden, u32 batch) {
  std::string model;
  for (const u32 width : hidden)
    model += R"({"op":"linear","out":)" + std::to_string(width) + R"(},{"op":"relu"},)";
  return parse_spec(R"({"version":1,"model":[)" + model + R"({"op":"linear","out":10}],)" +
                        R"("loss":"cross_entropy","optimizer":{"name":"sgd","lr":0.03125},)" +
                        R"("batch":)" + std::to_string(batch) + R"(,"steps":)" +
                        std::to_string(kSteps) + R"(,"seed":"7"})",
                    "bench");
}

// Dense layers with ReLU between, softmax and cross-entropy, plain SGD.
class FloatRun {
 public:
  FloatRun(const std::vector<u32>& widths, u32 batch, const record::Dataset& data)
      : widths_(widths) {
    for (const i32 x : data.x) x_.push_back(std::ldexp(static_cast<float>(x), -int{kFracX}));
    for (const i32 y : data.label) labels_.push_back(static_cast<u32>(y));
    std::mt19937_64 random(2);
    for (std::size_t l = 0; l + 1 < widths_.size(); ++l) {
      std::normal_distribution<float> normal(0, 1 / std::sqrt(static_cast<float>(widths_[l])));
      Layer layer;
      for (std::size_t i = 0; i < std::size_t{widths_[l]} * widths_[l + 1]; ++i)
        layer.weights.push_back(normal(random));
      layer.gradient.resize(layer.weights.size());
      layer.bias.resize(widths_[l + 1]);
      layers_.push_back(std::move(layer));
    }
    for (const u32 width : widths_) {
      values_.emplace_back(std::size_t{batch} * width);
      deltas_.emplace_back(std::size_t{batch} * width);
    }
  }

  void step(std::span<const u32> rows, float rate) {
    const u32 n = static_cast<u32>(rows.size()), features = widths_[0];
    for (u32 b = 0; b < n; ++b)
      std::copy_n(&x_[std::size_t{rows[b]} * features], features,
                  &values_[0][std::size_t{b} * features]);
    for (std::size_t l = 0; l < layers_.size(); ++l) forward(l, n);
    softmax(rows, rate);
    for (std::size_t l = layers_.size(); l-- > 0;) backward(l, n);
  }
  float first_weight() const { return layers_[0].weights[0]; }

 private:
  struct Layer {
    std::vector<float> weights, gradient, bias;  // [in][out]
  };

  void forward(std::size_t l, u32 n) {
    const u32 in = widths_[l], out = widths_[l + 1];
    float* to = values_[l + 1].data();
    for (u32 b = 0; b < n; ++b) std::copy_n(layers_[l].bias.data(), out, to + std::size_t{b} * out);
    gemm(false, false, {n, out, in}, 1, values_[l].data(), in, layers_[l].weights.data(), out, 1,
         to, out);
    if (l + 1 < layers_.size())
      for (std::size_t i = 0; i < std::size_t{n} * out; ++i) to[i] = std::max(to[i], 0.0f);
  }
  // Deltas of the last layer, times the rate over the batch.
  void softmax(std::span<const u32> rows, float rate) {
    const u32 out = widths_.back();
    for (std::size_t b = 0; b < rows.size(); ++b) {
      const float* score = &values_.back()[b * out];
      float* delta = &deltas_.back()[b * out];
      const float most = *std::max_element(score, score + out);
      float sum = 0;
      for (u32 k = 0; k < out; ++k) sum += delta[k] = std::exp(score[k] - most);
      for (u32 k = 0; k < out; ++k) delta[k] *= rate / sum;
      delta[labels_[rows[b]]] -= rate;
    }
  }
  void backward(std::size_t l, u32 n) {
    const u32 in = widths_[l], out = widths_[l + 1];
    const float* delta = deltas_[l + 1].data();
    Layer& layer = layers_[l];
    if (l > 0) {
      gemm(false, true, {n, in, out}, 1, delta, out, layer.weights.data(), out, 0,
           deltas_[l].data(), in);
      for (std::size_t i = 0; i < std::size_t{n} * in; ++i)
        if (values_[l][i] <= 0) deltas_[l][i] = 0;
    }
    // The update in one product: W -= X^T delta.
    gemm(true, false, {in, out, n}, -1, values_[l].data(), in, delta, out, 1, layer.weights.data(),
         out);
    for (u32 b = 0; b < n; ++b)
      for (u32 k = 0; k < out; ++k) layer.bias[k] -= delta[std::size_t{b} * out + k];
  }

  std::vector<u32> widths_;
  std::vector<float> x_;
  std::vector<u32> labels_;
  std::vector<Layer> layers_;
  std::vector<std::vector<float>> values_, deltas_;
};

void against_float(benchmark::State& state, const std::vector<u32>& hidden, u32 batch) {
  using Clock = std::chrono::steady_clock;
  set_blas_threads(static_cast<u32>(state.range(0)));
  set_threads(static_cast<unsigned>(state.range(0)));
  const record::Dataset data = make_records(784);
  const RunSpec spec = make_spec(hidden, batch);
  PlanOptions options;
  options.dry_run_steps = 64;
  const RunPlan plan = make_run_plan(spec, data, options);
  const CompiledRun compiled = compile_run(plan, true);
  const CellsCase records(data, plan.model);
  ExactRun exact(compiled.program, plan.model, plan.optimiser, plan.sampling, records.cells,
                 plan.layer_names);
  std::vector<u32> widths{784};
  widths.insert(widths.end(), hidden.begin(), hidden.end());
  widths.push_back(kClasses);
  FloatRun plain(widths, batch, data);
  Batches batches(plan.sampling);
  const float rate = 0.03125f / static_cast<float>(batch);
  double exact_seconds = 0, float_seconds = 0;
  u32 steps = 0;
  constexpr u32 kTurn = 8;
  for (auto _ : state) {
    if (exact.next_step() + kTurn > plan.sampling.steps) {
      state.SkipWithError("more iterations than steps");
      break;
    }
    const auto begin = Clock::now();
    const u32 first = exact.next_step();
    exact.run(first + kTurn);
    const auto between = Clock::now();
    for (u32 t = first; t < first + kTurn; ++t) plain.step(batches.rows(t), rate);
    const auto end = Clock::now();
    exact_seconds += std::chrono::duration<double>(between - begin).count();
    float_seconds += std::chrono::duration<double>(end - between).count();
    state.SetIterationTime(std::chrono::duration<double>(between - begin).count());
    steps += kTurn;
  }
  benchmark::DoNotOptimize(plain.first_weight());
  if (steps == 0) return;
  state.counters["exact_ms"] = 1000 * exact_seconds / steps;
  state.counters["float_ms"] = 1000 * float_seconds / steps;
  state.counters["ratio"] = exact_seconds / float_seconds;
}

void small_network(benchmark::State& state) { against_float(state, {256}, 64); }
void large_network(benchmark::State& state) { against_float(state, {1024, 1024}, 128); }
BENCHMARK(small_network)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Iterations(64)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(large_network)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Iterations(16)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pedigree::train
